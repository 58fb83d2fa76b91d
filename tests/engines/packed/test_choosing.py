"""Which forms are chosen for what was measured: speed where it is asked for, else memory too."""

from __future__ import annotations

import pytest

from assistant.engines.packed.choosing import Exactness, fastest_forms
from assistant.engines.packed.forms import Form
from assistant.engines.packed.plan import Plan, plan_of
from assistant.engines.packed.store import Forms

BARELY, FAR = 0.6, 0.4


@pytest.fixture
def plan() -> Plan:
    found = plan_of(
        {
            "model_type": "llama",
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 128,
            "vocab_size": 260,
            "max_position_embeddings": 64,
            "rms_norm_eps": 1e-5,
            "hidden_act": "silu",
        }
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("exactness", "faster", "loss", "expected"),
    [
        (Exactness.BALANCED, BARELY, 0.0, Forms(Form.INT8, Form.INT4, Form.INT8)),
        (Exactness.BALANCED, FAR, 0.0, Forms(Form.PREPACKED, Form.INT4, Form.INT8)),
        (Exactness.BALANCED, BARELY, 0.1, Forms(Form.INT8, Form.INT8, Form.INT8)),
        (Exactness.FAST, BARELY, 0.1, Forms(Form.PREPACKED, Form.INT4, Form.INT8)),
        (Exactness.FAST, 0.9, 0.1, Forms(Form.INT8, Form.INT4, Form.INT8)),
    ],
)
def test_sixteen_bits_have_to_be_worth_their_memory(
    exactness: Exactness, faster: float, loss: float, expected: Forms, plan: Plan
) -> None:
    seconds = {"int8": (1.0, 1.0), "int4": (2.0, 0.8), "prepacked": (faster, 2.0)}
    assert fastest_forms(exactness, plan, loss, seconds) == expected


def test_four_bits_are_left_where_they_are_slower(plan: Plan) -> None:
    seconds = {"int8": (1.0, 1.0), "int4": (2.0, 1.1), "prepacked": (1.0, 2.0)}
    found = fastest_forms(Exactness.FAST, plan, 0.0, seconds)
    assert found == Forms(Form.INT8, Form.INT8, Form.INT8)
