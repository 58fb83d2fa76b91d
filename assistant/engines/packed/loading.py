"""From a model's folder to a packed model in memory, packed on the way if it has not been yet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.config.paths import cache_folder
from assistant.engines.packed.choosing import Exactness, choose_forms
from assistant.engines.packed.packing import load_packed, pack_model
from assistant.engines.packed.plan import Plan, plan_of
from assistant.engines.packed.reading import PackedModel
from assistant.engines.packed.store import Store, fingerprint
from assistant.engines.packed.weights import Source
from assistant.models import adapters

if TYPE_CHECKING:
    from assistant.core.requests import ShouldStop
    from assistant.engines.packed.store import Forms
    from assistant.models.description import ModelDescription

_FOLDER = "packed"
# Smaller models gain nothing: what takes time with them is not their matrices.
_FEWEST_PARAMETERS = 20_000_000

# What runs through the layers to find outliers: plain prose, speech, a letter, Chinese.
_SAMPLE = """\
The ferry was late again, and Mrs. Alder had counted the gulls on the pier twice before she saw its
lamp. “You might have telephoned,” she said, when her brother came down the plank with his hat in
one hand and a wicker basket in the other. “There was fog as far as the second buoy; we could not
see our own bow.” He laughed, kissed her on both cheeks, and gave her the basket, in which something
small and grey turned round and round and would not be still.

Dear Sir, thank you for your letter of 12 March. The repair will cost 1,450 pounds, of which half is
due when the work begins; we expect to need three weeks, if the weather holds.

傍晚的时候，河面上起了雾。老人把船系在柳树下，慢慢走上台阶，回头看了一眼对岸的灯火。
"""


def plan_for(model: ModelDescription, device: str) -> Plan | None:
    """Return the plan of a model that is to run on `device`, None where it cannot be packed."""
    if model.path is None or device != "cpu":
        return None
    try:
        config = json.loads((model.path / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return plan_of(config)


def exactness_for(precision: str, model: ModelDescription) -> Exactness | None:
    """Return how exact a packed model has to be by the setting, None where it is not to be packed.

    `auto` packs all but the smallest models.
    """
    if precision in tuple(Exactness):
        return Exactness(precision)
    if precision == "auto" and model.parameters >= _FEWEST_PARAMETERS:
        return Exactness.BALANCED
    return None


def load_packed_model(
    model: ModelDescription,
    plan: Plan,
    exactness: Exactness,
    strength: float,
    tokenizer: Any,
    report: Callable[[float], None],
    should_stop: ShouldStop,
) -> PackedModel | None:
    """Return the packed model; it is packed now if that has not been done, which takes seconds.

    None where the files are not what the plan expects, or the adapter does not fit. `report` hears
    the fraction of packing that is done. Raises `Cancelled`, `ModelError`s of the adapter, and
    `OSError` where the packed weights cannot be kept.
    """
    import torch
    import transformers

    assert model.path is not None
    adapter = adapters.read(model.adapter.path) if model.adapter else None
    with Source(model.path, plan, adapter, strength) as source, torch.inference_mode():
        if not source.complete or not source.takes_adapter:
            return None
        forms = choose_forms(exactness, plan, source.first_layer())
        store = _store(model, forms, strength)
        if not store.complete:
            sample = torch.tensor([tokenizer(_SAMPLE)["input_ids"]])
            pack_model(source, plan, forms, store, sample, report, should_stop)
        networks = load_packed(source, plan, forms, store)
    config = transformers.AutoConfig.from_pretrained(
        model.path, trust_remote_code=False, local_files_only=True
    )
    return PackedModel(networks, forms, config, _generation_config(model.path, config))


def _store(model: ModelDescription, forms: Forms, strength: float) -> Store:
    assert model.path is not None
    files = sorted(model.path.glob("*.safetensors"))
    name = forms.name
    if model.adapter is not None:
        files += sorted(model.adapter.path.glob("*.safetensors"))
        name = f"{name}-{fingerprint(files, strength)[:8]}"
    place = model.path / _FOLDER
    if not os.access(model.path, os.W_OK):
        # A folder of somebody else's: what is made of it is kept by us.
        place = cache_folder() / _FOLDER / fingerprint(files, strength)
    return Store(place / name, forms, files, strength)


def _generation_config(folder: Path, config: Any) -> Any:
    from transformers import GenerationConfig

    if (folder / "generation_config.json").is_file():
        return GenerationConfig.from_pretrained(folder, local_files_only=True)
    return GenerationConfig.from_model_config(config)
