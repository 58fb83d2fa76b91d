"""An adapter merged into its base writes what the base and the adapter side by side would."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from assistant.core.errors import Cancelled, ModelError, UnsupportedModel, WeightsDamaged
from assistant.core.jobs import EngineSpec
from assistant.core.requests import GREEDY, PlainPrompt, Request
from assistant.engines.factory import make_engine
from assistant.engines.pool import EnginePool
from assistant.models.adapters import CONFIG, WEIGHTS, read
from assistant.models.description import AdapterRef, ModelDescription
from tests.engines import tiny_adapters, tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.engines.causal import CausalEngine

SHAPES: dict[str, dict[str, tuple[int, int]]] = {
    "llama": tiny_adapters.LLAMA_MODULES,
    # Weights kept the other way round, a fused projection, and a head tied to the embeddings.
    "gpt2": {"transformer.h.0.attn.c_attn": (96, 32), "transformer.h.1.mlp.c_proj": (32, 128)},
    "qwen2": {"model.layers.1.self_attn.q_proj": (32, 32), "lm_head": (260, 32)},
    "gemma3": {"model.layers.0.mlp.down_proj": (32, 64)},
}


def _describe(base: Path, name: str, adapter: Path) -> ModelDescription:
    description = tiny_models.describe(base, name)
    return replace(
        description, reference="skill", adapter=AdapterRef(adapter, description, "Skill")
    )


def _engine(
    description: ModelDescription, strength: float = 1.0, precision: str = "float32"
) -> CausalEngine:
    spec = EngineSpec("skill", "cpu", precision, threads=1, strength=strength)
    engine = make_engine(description, spec)
    engine.load(lambda _event: None, lambda: False)
    return engine  # type: ignore[return-value]


def _network(engine: CausalEngine) -> Any:
    assert engine._loaded is not None
    return engine._loaded.model


def _side_by_side(base: Path, adapter: Path, strength: float) -> Any:
    """Return the base with B A computed beside each of its modules, as in training."""
    network = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tensors = load_file(adapter / WEIGHTS)
    config = read(adapter).config
    modules = dict(network.named_modules())

    def beside(name: str) -> Callable[..., torch.Tensor]:
        down, up = (tensors[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
        factor = strength * config.scale_of(name)
        return lambda _module, inputs, output: output + factor * (inputs[0] @ down.T @ up.T)

    for name in {key.split(".lora_")[0].removeprefix("base_model.model.") for key in tensors}:
        modules[name].register_forward_hook(beside(name))
    return network.eval()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("strength", [1.0, 0.4, 1.5])
def test_merged_equals_side_by_side(
    name: str, strength: float, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Logits and greedy tokens are the same, whatever the architecture and the strength."""
    base = tiny_folder(name)
    adapter = tiny_adapters.adapter(tmp_path / "a", name, SHAPES[name])
    engine = _engine(_describe(base, name, adapter), strength)
    beside = _side_by_side(base, adapter, strength)
    ids = torch.arange(10, 40)[None]
    with torch.inference_mode():
        expected, plain = beside(ids).logits, _network(engine)(ids).logits
        torch.testing.assert_close(plain, expected, rtol=1e-4, atol=1e-4)
        wanted = beside.generate(ids[:, :8], max_new_tokens=12, do_sample=False, pad_token_id=0)
    prompt = engine._loaded.tokenizer.decode(ids[0, :8])  # type: ignore[union-attr]
    if name != "gemma3":  # It begins each prompt with a token of its own.
        request = Request(PlainPrompt(prompt), sampling=GREEDY, max_new_tokens=12)
        written = engine.generate(request, lambda _event: None, lambda: False)
        assert list(written.ids) == wanted[0, 8:].tolist()[: len(written.ids)]


@pytest.mark.parametrize("name", SHAPES)
def test_strength_zero_is_the_base_bit_for_bit(
    name: str, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Every weight is the base's own, in bfloat16 too, and a tied head stays tied."""
    base = tiny_folder(name)
    adapter = tiny_adapters.adapter(tmp_path / "a", name, SHAPES[name])
    network = _network(_engine(_describe(base, name, adapter), 0.0, "bfloat16"))
    own = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    for (key, ours), (_, theirs) in zip(
        network.named_parameters(), own.named_parameters(), strict=True
    ):
        assert torch.equal(ours, theirs), key


def test_what_is_merged_is_computed_in_float32(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """In bfloat16 each weight is the float32 sum, rounded once."""
    base = tiny_folder("llama")
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    name = "model.layers.0.mlp.up_proj"
    network = _network(_engine(_describe(base, "llama", adapter), 1.0, "bfloat16"))
    own = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    tensors = load_file(adapter / WEIGHTS)
    down, up = (tensors[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
    expected = own.get_submodule(name).weight.float().addmm(up, down, alpha=2.0).bfloat16()
    assert torch.equal(network.get_submodule(name).weight, expected)


def test_embeddings_tied_to_an_adapted_head_stay_as_they_are(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """What was learned for the way out must not change the way in."""
    base = tiny_folder("qwen2")
    adapter = tiny_adapters.adapter(tmp_path / "a", "qwen2", SHAPES["qwen2"])
    network = _network(_engine(_describe(base, "qwen2", adapter)))
    own = hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    table = own.get_input_embeddings().weight
    assert torch.equal(network.get_input_embeddings().weight, table)
    assert not torch.equal(network.lm_head.weight, table)


def test_the_root_of_the_rank_and_patterns_are_respected(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Rank-stabilized scaling, and an alpha of its own for one module."""
    base = tiny_folder("llama")
    adapter = tiny_adapters.adapter(
        tmp_path / "a", "llama", rank=4, use_rslora=True, alpha_pattern={"layers.1.mlp.up_proj": 1}
    )
    config = read(adapter).config
    assert config.scale_of("model.layers.0.mlp.up_proj") == pytest.approx(8 / math.sqrt(4))
    assert config.scale_of("model.layers.1.mlp.up_proj") == pytest.approx(1 / math.sqrt(4))
    engine = _engine(_describe(base, "llama", adapter))
    ids = torch.arange(10, 40)[None]
    with torch.inference_mode():
        expected = _side_by_side(base, adapter, 1.0)(ids).logits
        torch.testing.assert_close(_network(engine)(ids).logits, expected, rtol=1e-4, atol=1e-4)


def test_a_table_of_embeddings_can_be_adapted(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Its matrices are named and turned in a way of their own."""
    base = tiny_folder("llama")
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    down, up = torch.randn(2, 260), torch.randn(32, 2)
    key = "base_model.model.model.embed_tokens.lora_embedding_"
    save_file({f"{key}A": down, f"{key}B": up}, adapter / WEIGHTS)
    table = _network(_engine(_describe(base, "llama", adapter))).get_input_embeddings().weight
    own = hf.AutoModelForCausalLM.from_pretrained(base).get_input_embeddings().weight
    torch.testing.assert_close(table, own + 2 * (up @ down).T)


@pytest.mark.parametrize(
    "modules",
    [
        {"model.layers.7.self_attn.q_proj": (32, 32)},
        {"model.layers.0.self_attn.q_proj": (32, 48)},
        {"model.layers.0.self_attn.q_proj": (16, 32)},
        {"model.norm": (32, 32)},
        {"model": (32, 32)},
    ],
)
def test_an_adapter_of_another_model_is_refused(
    modules: dict[str, tuple[int, int]], tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Before anything is changed, with the names of both."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama", modules)
    with pytest.raises(UnsupportedModel, match=r"Skill.*Tiny llama"):
        _engine(_describe(tiny_folder("llama"), "llama", adapter))


def test_numbers_that_are_none_are_refused(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """A run that diverged writes nothing but NaN."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    tensors = load_file(adapter / WEIGHTS)
    next(iter(tensors.values()))[0, 0] = math.nan
    save_file(tensors, adapter / WEIGHTS)
    with pytest.raises(WeightsDamaged):
        _engine(_describe(tiny_folder("llama"), "llama", adapter))


def test_an_adapter_that_has_gone_since_says_so(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """The description was made before; the error names the file."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    description = _describe(tiny_folder("llama"), "llama", adapter)
    (adapter / CONFIG).unlink()
    with pytest.raises(ModelError, match=CONFIG):
        _engine(description)


def test_merging_can_be_stopped(tiny_folder: Callable[[str], Path], tmp_path: Path) -> None:
    """Between two modules, and nothing stays in memory."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    description = _describe(tiny_folder("llama"), "llama", adapter)
    engine = make_engine(description, EngineSpec("skill", "cpu", "float32", threads=1))
    fractions: list[float | None] = []
    with pytest.raises(Cancelled):
        engine.load(lambda event: fractions.append(event.fraction), lambda: fractions[-1:] == [0.9])  # type: ignore[union-attr]
    assert fractions[-1] == 0.9
    assert engine._loaded is None  # type: ignore[union-attr]


def test_the_pool_keeps_strengths_apart(tiny_folder: Callable[[str], Path], tmp_path: Path) -> None:
    """Base and adapter are one engine; the same at another strength is another."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "llama")
    description = _describe(tiny_folder("llama"), "llama", adapter)
    pool = EnginePool(resolve=lambda _reference, _kind: description)
    spec = EngineSpec("skill", "cpu", "float32", threads=1)

    def engine_of(strength: float) -> object:
        wanted = replace(spec, strength=strength)
        return pool.engine_for(wanted, lambda _event: None, lambda: False)

    whole = engine_of(1.0)
    assert engine_of(1.0) is whole
    assert engine_of(0.5) is not whole
    assert len(pool.loaded()) == 2
    pool.unload_all()


def test_the_configuration_is_pefts(tmp_path: Path) -> None:
    """What is written is what peft's LoraConfig has, and is read back as it was."""
    adapter = tiny_adapters.adapter(tmp_path / "a", "smollm2", rank=4)
    text = (adapter / CONFIG).read_text("utf-8")
    document = json.loads(text)
    assert (document["peft_type"], document["r"], document["lora_alpha"]) == ("LORA", 4, 8)
    assert read(adapter).config.scale == 2.0
