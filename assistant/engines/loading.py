"""Getting a model from its folder into memory, the same for every transformers engine.

Owns the stages of loading and what is reported meanwhile, the choice of device and precision, and
giving the memory back.
"""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from assistant.core.errors import Cancelled, NotAModel
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Emit, Loading, ShouldStop
from assistant.engines.detokenizing import Vocabulary, vocabulary_of
from assistant.engines.devices import free_memory, pick
from assistant.engines.failures import explain_loading, not_enough_memory, weights_damaged
from assistant.engines.heap import trim_heap
from assistant.engines.libraries import collector_resting, import_torch, import_transformers
from assistant.engines.merging import merge
from assistant.engines.packed.loading import (
    Packing,
    exactness_for,
    facts_of,
    load_packed_model,
    plan_for,
)
from assistant.engines.precision import choose
from assistant.engines.threads import Threads
from assistant.engines.tokens import context_of, end_tokens
from assistant.models.description import ModelDescription

if TYPE_CHECKING:
    from assistant.engines.packed.facts import Facts
    from assistant.engines.packed.reading import PackedModel

_log = logging.getLogger(__name__)

Family: TypeAlias = Literal["causal", "seq2seq"]

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# Activations, the cache of a few thousand tokens, and the libraries' own workspaces.
_WORKSPACE = 256 * 2**20
_BLOCK = 16 * 2**20
# The shares of loading's stages, as measured with the default model in a fresh process: of a packed
# one, which does without transformers, and of all others.
_PACKED_IMPORTED, _TORCH_IMPORTED, _IMPORTED, _READ = 0.65, 0.25, 0.7, 0.9


@dataclass(slots=True)
class Loaded:
    """A model in memory with its tokenizer, where and how it runs, and what its tokens mean.

    `ends` are the tokens that end a text; `threads` keeps torch's number of threads for it.
    """

    model: Any
    tokenizer: Any
    device: str
    dtype: str
    ends: frozenset[int]
    vocabulary: Vocabulary
    context_length: int
    threads: Threads


def load(
    model: ModelDescription,
    spec: EngineSpec,
    family: Family,
    emit: Emit,
    should_stop: ShouldStop,
) -> Loaded:
    """Load `model` as `spec` says.

    Raises a `ModelError` that explains, or `Cancelled` between two stages.
    """

    def report(fraction: float) -> None:
        if should_stop():
            raise Cancelled
        emit(Loading(model.title, fraction))

    report(0.0)
    if model.path is None or not model.path.is_dir():
        raise NotAModel(
            tr(
                "The folder of “{model}” is not there any more. Get the model again or choose "
                "another.",
                model=model.title,
            )
        )
    with collector_resting(), explain_loading(model):
        packing = _packing(model, spec, family)
        facts = facts_of(model) if packing else None
        share = _PACKED_IMPORTED if facts else _TORCH_IMPORTED
        import_torch(lambda done: report(share * done), should_stop)
        threads = Threads(spec)
        device = pick(spec.device)
        if device != "cpu":
            packing = facts = None
        dtype = packing.widest if packing else choose(spec.precision, device, model.dtype)
        _check_memory(model, device, dtype)
        if facts is None:
            rest = _IMPORTED - share
            import_transformers(lambda done: report(share + rest * done), should_stop)
        report(share if facts else _IMPORTED)
        make_tokenizer = cache(facts.tokenizer if facts else partial(_load_tokenizer, model))
        network: Any = None
        if packing is not None:
            network = _packed(model, packing, facts, make_tokenizer, report, should_stop)
        tokenizer = make_tokenizer()
        if network is None:
            dtype = choose(spec.precision, device, model.dtype)
            network = _plain(model, family, device, dtype, report, should_stop)
            if model.adapter is not None:
                merge(network, model.adapter, spec.strength, should_stop)
        ends = end_tokens(network, tokenizer)
        vocabulary = vocabulary_of(tokenizer, ends)
        context = context_of(network, model)
        trim_heap()
        report(1.0)
    return Loaded(network, tokenizer, device, dtype, ends, vocabulary, context, threads)


def free_unused() -> None:
    """Give memory that nobody refers to any more back to the system."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
    trim_heap()


def _packing(model: ModelDescription, spec: EngineSpec, family: Family) -> Packing | None:
    """Return how a model is to be packed if it runs on the processor, None where it is not."""
    exactness = exactness_for(spec.precision, model) if family == "causal" else None
    plan = plan_for(model, "cpu") if exactness else None
    return Packing(plan, exactness, spec.strength) if exactness and plan else None


def _packed(
    model: ModelDescription,
    packing: Packing,
    facts: Facts | None,
    tokenizer: Callable[[], Any],
    report: Callable[[float], None],
    should_stop: ShouldStop,
) -> PackedModel | None:
    """Return the model packed, None where it cannot be."""

    def packed(fraction: float) -> None:
        report(_IMPORTED + (_READ - _IMPORTED) * fraction)

    try:
        return load_packed_model(model, packing, facts, tokenizer, packed, should_stop)
    except OSError as error:
        # No room to keep it: the model runs as it is.
        _log.warning("a model could not be packed: %s", type(error).__name__)
        return None


def _weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _check_memory(model: ModelDescription, device: str, dtype: str) -> None:
    assert model.path is not None
    width = _BYTES[dtype]
    if model.parameters:
        weights = model.parameters * width
    else:
        stored = sum(file.stat().st_size for file in _weight_files(model.path))
        weights = stored * width // _BYTES.get(model.dtype, 4)
    needed = weights + _WORKSPACE
    free = free_memory(device)
    if needed > free:
        raise not_enough_memory(model, needed, free)


def _read_ahead(folder: Path) -> Iterator[float]:
    """Read the weights once, block by block, yielding the fraction that is read.

    transformers maps the files, so this is no work lost: it finds them in the system's cache. It
    cannot be stopped and does not say how far it is; on a slow disk that matters.
    """
    files = _weight_files(folder)
    total = sum(file.stat().st_size for file in files) or 1
    if total > free_memory("cpu") // 2:
        return
    block = bytearray(_BLOCK)
    done = 0
    for path in files:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                done += count
                yield min(done / total, 1.0)


def _load_tokenizer(model: ModelDescription) -> Any:
    from transformers import AutoTokenizer

    with warnings.catch_warnings():
        # Advice to install packages that only tidy punctuation.
        warnings.simplefilter("ignore", UserWarning)
        try:
            return AutoTokenizer.from_pretrained(
                model.path, trust_remote_code=False, local_files_only=True
            )
        except Exception as error:
            raise NotAModel(
                tr(
                    "“{model}” has no tokenizer that can be used ({error}). Get the model again "
                    "or choose another.",
                    model=model.title,
                    error=str(error).partition("\n")[0],
                )
            ) from error


def _plain(
    model: ModelDescription,
    family: Family,
    device: str,
    dtype: str,
    report: Callable[[float], None],
    should_stop: ShouldStop,
) -> Any:
    """Return the model as transformers runs it."""
    import_transformers(should_stop=should_stop)
    assert model.path is not None
    for fraction in _read_ahead(model.path):
        report(_IMPORTED + (_READ - _IMPORTED) * fraction)
    return _load_weights(model, family, device, dtype)


def _load_weights(model: ModelDescription, family: Family, device: str, dtype: str) -> Any:
    import torch
    import transformers

    factory: Callable[..., Any] = (
        transformers.AutoModelForCausalLM.from_pretrained
        if family == "causal"
        else transformers.AutoModelForSeq2SeqLM.from_pretrained
    )
    loaded, info = factory(
        model.path,
        trust_remote_code=False,
        use_safetensors=True,
        local_files_only=True,
        dtype=getattr(torch, dtype),
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # to be told of them, see below
    )
    if info["missing_keys"] or info.get("mismatched_keys"):
        # transformers would fill the holes with random numbers.
        raise weights_damaged(model)
    return loaded.to(device).eval()
