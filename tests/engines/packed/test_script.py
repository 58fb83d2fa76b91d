"""The scripted step against the network's own: the same tokens, for every architecture and form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.engines.packed.building import build
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.forms import Form
from assistant.engines.packed.plan import plan_of
from assistant.engines.packed.script import scripted
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES, wide

if TYPE_CHECKING:
    from pathlib import Path

FORMS = (Form.FLOAT32, Form.BFLOAT16, Form.INT8, Form.INT4)


@torch.inference_mode()
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_a_scripted_step_gives_what_the_network_gives(
    name: str, form: Form, tmp_path: Path
) -> None:
    folder = tiny_models.CAUSAL[name](tmp_path, **wide(name))
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    network = build(folder, plan, form)
    step = scripted(network, form)
    assert step is not None
    generator = torch.Generator().manual_seed(5)
    for rows in (1, 3):
        ids = torch.randint(4, 260, (rows, 30), generator=generator)
        caches = [Cache(plan, 4, form.dtype, rows) for _ in range(2)]
        for number in range(ids.shape[1]):
            one = ids[:, number : number + 1]
            if number == 4:
                for cache in caches:
                    network.hidden(ids[:, 4:10], cache)
            exact = network.hidden(one, caches[0])
            found = step.hidden(one, caches[1])
            assert caches[0].length == caches[1].length
            torch.testing.assert_close(found, exact, atol=1e-5, rtol=1e-5)


def test_a_form_without_a_script_has_none(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    plan = plan_of(json.loads((folder / "config.json").read_text("utf-8")))
    assert plan is not None
    assert scripted(build(folder, plan, Form.PREPACKED), Form.PREPACKED) is None
