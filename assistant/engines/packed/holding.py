"""How a model is held here, told without loading it: by what was measured when one was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.holding import Holding, MeasuredForm
from assistant.engines.devices import means_processor
from assistant.engines.failures import explain_loading
from assistant.engines.packed.choosing import Exactness, fastest_forms, kept_seconds, per_token
from assistant.engines.packed.forms import Form
from assistant.engines.packed.loading import exactness_for, loss_of, plan_for
from assistant.engines.packed.weights import Source
from assistant.engines.threads import most_threads
from assistant.models import adapters

if TYPE_CHECKING:
    from assistant.core.jobs import EngineSpec
    from assistant.models.description import ModelDescription

_BITS = {
    Form.FLOAT32: 32,
    Form.BFLOAT16: 16,
    Form.PREPACKED: 16,
    Form.INT8: 8,
    Form.INT4: 4,
}


def holding_of(model: ModelDescription, spec: EngineSpec) -> Holding | None:
    """Return how `model` is held by `spec`; None where it is not packed.

    Measures nothing: before the model was first used nothing is known. Raises `ModelError` where
    its files cannot be read.
    """
    exactness, plan = exactness_for(spec.precision, model), plan_for(model, "cpu")
    if exactness is None or plan is None or not means_processor(spec.device):
        return None
    if exactness is Exactness.EXACT:
        return Holding(exactness, Form.FLOAT32, Form.FLOAT32, Form.FLOAT32)
    seconds = kept_seconds(plan, most_threads(spec))
    if seconds is None:
        return Holding(exactness)
    assert model.path is not None
    with explain_loading(model):
        adapter = adapters.read(model.adapter.path) if model.adapter else None
        with Source(model.path, plan, adapter, spec.strength) as source:
            if not source.complete or not source.takes_adapter:
                return None
            loss = loss_of(model, source, spec.strength)
    forms = fastest_forms(exactness, plan, loss, seconds)
    measured = tuple(
        MeasuredForm(name, _BITS[Form(name)], *per_token(plan, *found))
        for name, found in seconds.items()
    )
    return Holding(exactness, forms.writing, forms.reading, forms.head, measured)
