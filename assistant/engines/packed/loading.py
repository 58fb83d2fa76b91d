"""From a model's folder to a packed model in memory, packed on the way if it has not been yet."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from assistant.config.paths import cache_folder
from assistant.engines.heap import trim_heap, use_large_pages
from assistant.engines.packed.choosing import Exactness, choose_forms, loss_in_four_bits
from assistant.engines.packed.facts import known_facts, said_by, write_down
from assistant.engines.packed.packing import load_packed, pack_model
from assistant.engines.packed.plan import Plan, plan_of
from assistant.engines.packed.reading import PackedModel
from assistant.engines.packed.store import Store, known_loss
from assistant.engines.packed.weights import Source
from assistant.models import adapters

if TYPE_CHECKING:
    from assistant.core.requests import ShouldStop
    from assistant.engines.packed.facts import Facts, GenerationConfig, TextConfig
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


@dataclass(frozen=True, slots=True)
class Packing:
    """How a model is to be packed: its plan, how exactly, an adapter with which `strength`."""

    plan: Plan
    exactness: Exactness
    strength: float

    @property
    def widest(self) -> str:
        """The number format that takes no less than the packed weights do."""
        return "float32" if self.exactness is Exactness.EXACT else "bfloat16"


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


def facts_of(model: ModelDescription) -> Facts | None:
    """Return what is known of the model's tokens without asking transformers, if it is."""
    assert model.path is not None
    return known_facts(model.path, _place(model))


def loss_of(model: ModelDescription, source: Source, strength: float) -> float:
    """Return what the model loses in 4 bits, looking at its weights only if nobody has yet."""
    known = known_loss(_place(model), _files(model), strength)
    return loss_in_four_bits(source.first_layer()) if known is None else known


def load_packed_model(
    model: ModelDescription,
    packing: Packing,
    facts: Facts | None,
    tokenizer: Callable[[], Any],
    report: Callable[[float], None],
    should_stop: ShouldStop,
) -> PackedModel | None:
    """Return the packed model; it is packed now if that has not been done, which takes seconds.

    None where the files are not what the plan expects, or the adapter does not fit. `tokenizer`
    makes the model's when it is first called; without `facts` it is what transformers makes, and is
    written down. `report` hears the fraction of packing that is done. Raises `Cancelled`,
    `ModelError`s of the adapter, and `OSError` where the packed weights cannot be kept.
    """
    import torch

    assert model.path is not None
    plan, exactness, strength = packing.plan, packing.exactness, packing.strength
    adapter = adapters.read(model.adapter.path) if model.adapter else None
    with Source(model.path, plan, adapter, strength) as source, torch.inference_mode():
        if not source.complete or not source.takes_adapter:
            return None
        loss = 0.0 if exactness is Exactness.EXACT else loss_of(model, source, strength)
        forms = choose_forms(exactness, plan, loss)
        store = _store(model, forms, strength)
        if not store.complete:
            sample = torch.tensor([tokenizer()(_SAMPLE)["input_ids"]])
            known = None if exactness is Exactness.EXACT else loss
            pack_model(source, plan, forms, store, sample, report, should_stop, known)
    config, generation_config = _configurations(model, facts, tokenizer)
    if facts is None:
        # Making a large tokenizer leaves several times its size behind.
        trim_heap()
    with Source(model.path, plan, adapter, strength) as source, torch.inference_mode():
        networks = load_packed(source, plan, forms, store, meanwhile=tokenizer)
    store.touch()
    if model.parameters >= _FEWEST_PARAMETERS:
        Thread(target=use_large_pages, name="large pages", daemon=True).start()
    return PackedModel(networks, forms, config, generation_config)


def _configurations(
    model: ModelDescription, facts: Facts | None, tokenizer: Callable[[], Any]
) -> tuple[TextConfig, GenerationConfig]:
    """Return what the model's configurations say; where transformers was asked, write it down."""
    if facts is not None:
        return facts.config, facts.generation_config
    import transformers

    assert model.path is not None
    config = transformers.AutoConfig.from_pretrained(
        model.path, trust_remote_code=False, local_files_only=True
    )
    if (model.path / "generation_config.json").is_file():
        generation = transformers.GenerationConfig.from_pretrained(
            model.path, local_files_only=True
        )
    else:
        generation = transformers.GenerationConfig.from_model_config(config)
    said = said_by(config, generation)
    write_down(model.path, _place(model), tokenizer(), *said)
    return said


def _store(model: ModelDescription, forms: Forms, strength: float) -> Store:
    name = forms.name
    if model.adapter is not None:
        # By its place: what is in it is looked at when the store is opened.
        name = f"{name}-{_digest(f'{model.adapter.path} {strength:.4f}')}"
    return Store(_place(model) / name, forms, _files(model), strength)


def _files(model: ModelDescription) -> list[Path]:
    """Return the files of the model's weights, and its adapter's."""
    assert model.path is not None
    folders = [model.path, *([model.adapter.path] if model.adapter else [])]
    return [file for folder in folders for file in sorted(folder.glob("*.safetensors"))]


def _place(model: ModelDescription) -> Path:
    """Return where what is made of a model is kept."""
    assert model.path is not None
    if os.access(model.path, os.W_OK):
        return model.path / _FOLDER
    # A folder of somebody else's: what is made of it is kept by us.
    return cache_folder() / _FOLDER / _digest(str(model.path.resolve()))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
