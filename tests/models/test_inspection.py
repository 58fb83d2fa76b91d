"""A folder is described from its small files and headers alone, and bad ones are refused."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from assistant.core import errors
from assistant.models.architectures import Architectures, native_architectures
from assistant.models.description import Kind
from assistant.models.inspection import describe

if TYPE_CHECKING:
    from pathlib import Path

GPT2 = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_positions": 1024}
LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}


def safetensors(path: Path, tensors: dict[str, tuple[str, list[int]]]) -> Path:
    """Write a file with zeros of these types and shapes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape) in tensors.items():
        count = 1
        for side in shape:
            count *= side
        begin, end = end, end + count * {"F32": 4, "BF16": 2, "U8": 1}[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))
    return path


def model(folder: Path, config: object = GPT2, **tokenizer: Any) -> Path:
    """Write a folder that looks like a model."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "tokenizer.json").write_text("{}", "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), "utf-8")
    safetensors(folder / "model.safetensors", {"wte": ("F32", [10, 4])})
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return model(tmp_path / "some model")


def test_a_folder_is_described_without_loading_it(folder: Path) -> None:
    """Kind, size, precision and context come from the small files and the headers."""
    tensors = {
        "wte.weight": ("BF16", [100, 8]),
        "h.0.ln.bias": ("F32", [8]),
        "h.0.attn.bias": ("U8", [1, 1, 64, 64]),
        "h.0.c_attn.bias": ("BF16", [24]),
    }
    safetensors(folder / "model.safetensors", tensors)
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: mit\n---\n# Hi", "utf-8")
    found = describe(folder, "mine")
    assert (found.reference, found.title, found.path) == ("mine", "mine", folder)
    assert (found.kind, found.architecture) == (Kind.BASE, "GPT2LMHeadModel")
    assert (found.context_length, found.parameters) == (1024, 100 * 8 + 8 + 24)
    assert (found.dtype, found.licence) == ("bfloat16", "mit")
    assert found.size == sum(path.stat().st_size for path in folder.iterdir())


def test_describing_imports_no_heavy_library(folder: Path) -> None:
    """The window asks this before torch is there."""
    code = (
        "import sys; from pathlib import Path; from assistant.models.inspection import describe;"
        "from assistant.models import library, install, abilities;"
        f"describe(Path({str(folder)!r}), 'x');"
        "print({'torch', 'transformers', 'numpy', 'gguf', 'huggingface_hub'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_shards_are_added_up(folder: Path) -> None:
    """Weights in several files count together."""
    (folder / "model.safetensors").unlink()
    for i in (1, 2):
        safetensors(folder / f"model-0000{i}-of-00002.safetensors", {f"w{i}": ("F32", [5])})
    index = {"weight_map": {f"w{i}": f"model-0000{i}-of-00002.safetensors" for i in (1, 2)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    assert describe(folder, "x").parameters == 10

    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(errors.WeightsMissing, match="model-00002-of-00002"):
        describe(folder, "x")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": 3}', "utf-8")
    with pytest.raises(errors.WeightsDamaged):
        describe(folder, "x")


@pytest.mark.parametrize("kept", [0, 4, 30, -1])
def test_weights_that_were_cut_off_are_noticed(folder: Path, kept: int) -> None:
    """Header or data missing, in whatever part: damaged, not loaded as nonsense."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(errors.WeightsDamaged, match="Fetch them again"):
        describe(folder, "x")


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 14) + b'{"a": "b", 3:}',
        struct.pack("<Q", 10) + b'{"a": "b"}',
    ],
)
def test_a_header_of_nonsense_is_damage(folder: Path, content: bytes) -> None:
    """Lengths past all sense, other JSON, no tensors."""
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(errors.WeightsDamaged):
        describe(folder, "x")


def test_a_git_lfs_pointer_is_named_as_such(folder: Path) -> None:
    """A clone without LFS has a text file where the weights should be."""
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(errors.WeightsMissing, match="git lfs pull"):
        describe(folder, "x")


def test_pickled_weights_are_refused(folder: Path) -> None:
    """Without safetensors a pickle is not even looked into."""
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(errors.UnsafeWeights, match="any code"):
        describe(folder, "x")


def test_missing_weights_are_said_to_be_missing(folder: Path) -> None:
    """None at all, or under a name that nothing points to."""
    (folder / "model.safetensors").rename(folder / "consolidated.safetensors")
    with pytest.raises(errors.WeightsMissing, match=r"consolidated\.safetensors"):
        describe(folder, "x")
    (folder / "consolidated.safetensors").unlink()
    with pytest.raises(errors.WeightsMissing):
        describe(folder, "x")


def test_code_of_its_own_is_refused_unless_the_architecture_is_known(tmp_path: Path) -> None:
    """`auto_map` beside a native architecture is never run; alone it is what the model needs."""
    custom = {"auto_map": {"AutoModelForCausalLM": "modeling.Mine"}}
    assert describe(model(tmp_path / "a", {**GPT2, **custom}), "x").kind is Kind.BASE
    foreign = {"model_type": "mine", "architectures": ["MineForCausalLM"]}
    with pytest.raises(errors.CustomCodeRefused, match="Python code"):
        describe(model(tmp_path / "b", {**foreign, **custom}), "x")
    with pytest.raises(errors.UnsupportedModel):
        describe(model(tmp_path / "c", foreign), "x")


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "bert", "architectures": ["BertForSequenceClassification"]},
        {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]},
        {"model_type": "vit", "architectures": ["ViTForImageClassification"]},
        {},
    ],
)
def test_models_that_do_not_write_are_refused(tmp_path: Path, config: object) -> None:
    """Classifiers, speech, images, and a configuration that says nothing."""
    with pytest.raises(errors.UnsupportedModel):
        describe(model(tmp_path / "m", config), "x")


def test_what_is_no_model_folder_is_explained(tmp_path: Path) -> None:
    """Each kind of wrong thing has its own sentence."""
    with pytest.raises(errors.ModelNotFound, match="nothing at"):
        describe(tmp_path / "gone", "x")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(errors.NotAModel, match=r"config\.json"):
        describe(empty, "x")
    (empty / "adapter_config.json").write_text("{}")
    with pytest.raises(errors.NotAModel, match="adapter"):
        describe(empty, "x")
    (empty / "m.gguf").touch()
    with pytest.raises(errors.NotAModel, match="inkling models get"):
        describe(empty, "x")
    with pytest.raises(errors.NotAModel, match="has to be converted"):
        describe(empty / "m.gguf", "x")
    with pytest.raises(errors.NotAModel, match="not a folder"):
        describe(empty / "adapter_config.json", "x")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b""])
def test_a_configuration_that_cannot_be_read_is_explained(folder: Path, content: bytes) -> None:
    """Not JSON, not an object, not even text."""
    (folder / "config.json").write_bytes(content)
    with pytest.raises(errors.NotAModel, match="cannot be read"):
        describe(folder, "x")


def test_a_model_without_tokenizer_is_refused(folder: Path) -> None:
    """Weights alone cannot read a text."""
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(errors.NotAModel, match="tokenizer"):
        describe(folder, "x")


@pytest.mark.parametrize(
    ("config", "length"),
    [
        ({**LLAMA, "max_position_embeddings": 8192}, 8192),
        ({**GPT2, "n_positions": 77}, 77),
        ({"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}, 512),
        ({**LLAMA, "text_config": {"max_position_embeddings": 99}}, 99),
        ({**LLAMA, "max_position_embeddings": True}, 300),
    ],
)
def test_the_context_length_is_found(tmp_path: Path, config: object, length: int) -> None:
    """Each family has another word for it; failing all, the tokenizer's limit."""
    assert (
        describe(model(tmp_path / "m", config, model_max_length=300), "x").context_length == length
    )


def test_a_limit_that_is_none_is_not_taken_for_one(tmp_path: Path) -> None:
    """Tokenizers write a huge number where there is no limit."""
    made = model(tmp_path / "m", LLAMA, model_max_length=10**30)
    assert describe(made, "x").context_length == 1024


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, Kind.BASE),
        ({"chat_template": "{{ messages }}<|im_end|>", "eos_token": "<|im_end|>"}, Kind.CHAT),
        # As Qwen's base models have it: the family's template, and an end that is not a turn's.
        ({"chat_template": "{{ messages }}<|im_end|>", "eos_token": "<|endoftext|>"}, Kind.BASE),
        ({"chat_template": "{{ messages }}{{ eos_token }}", "eos_token": "</s>"}, Kind.CHAT),
        # Turns without an end of their own.
        ({"chat_template": "{{ messages }}### Answer:", "eos_token": "</s>"}, Kind.CHAT),
        ({"chat_template": "{{ messages }}<|im_end|>"}, Kind.CHAT),
        ({"chat_template": [{"name": "default", "template": "{{ eos_token }}"}]}, Kind.CHAT),
        (
            {"chat_template": "x<e>", "eos_token": {"content": "<e>", "special": True}},
            Kind.CHAT,
        ),
    ],
)
def test_chat_models_are_told_from_base_models(
    tmp_path: Path, settings: dict[str, Any], kind: Kind
) -> None:
    """A template alone does not make a chat model; ending its turns does."""
    assert describe(model(tmp_path / "m", LLAMA, **settings), "x").kind is kind


def test_the_end_of_a_turn_is_found_among_the_end_tokens_of_generation(tmp_path: Path) -> None:
    """As with Gemma: the tokenizer's end is the text's, the turn's stands in other files."""
    folder = model(tmp_path / "m", LLAMA, eos_token="<eos>")
    (folder / "chat_template.jinja").write_text("{{ messages }}<end_of_turn>", "utf-8")
    (folder / "generation_config.json").write_text('{"eos_token_id": [1, 106]}', "utf-8")
    added = [{"id": 1, "content": "<eos>"}, {"id": 106, "content": "<end_of_turn>"}]
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added, "model": {}}))
    assert describe(folder, "x").kind is Kind.CHAT
    (folder / "generation_config.json").unlink()
    assert describe(folder, "x").kind is Kind.BASE
    (folder / "config.json").write_text(json.dumps({**LLAMA, "eos_token_id": 106}), "utf-8")
    assert describe(folder, "x").kind is Kind.CHAT


def test_the_kind_can_be_overridden_within_reason(tmp_path: Path) -> None:
    """A base model may be chatted with; an encoder-decoder stays one."""
    causal = model(tmp_path / "a", LLAMA)
    assert describe(causal, "x", "chat").kind is Kind.CHAT
    with pytest.raises(errors.UsageError, match="seq2seq"):
        describe(causal, "x", Kind.SEQ2SEQ)
    with pytest.raises(errors.UsageError, match="poem"):
        describe(causal, "x", "poem")
    bart = model(
        tmp_path / "b",
        {
            "model_type": "bart",
            "architectures": ["BartForConditionalGeneration"],
            "is_encoder_decoder": True,
        },
    )
    assert describe(bart, "x").kind is Kind.SEQ2SEQ
    with pytest.raises(errors.UsageError):
        describe(bart, "x", Kind.BASE)


def test_real_models_saved_by_transformers_are_recognised(tmp_path: Path) -> None:
    """Parameters are those that transformers counts; tied heads count once."""
    import transformers as hf

    from tests.engines import tiny_models

    wanted = {"gpt2": Kind.BASE, "llama": Kind.CHAT, "gemma3": Kind.BASE, "qwen2": Kind.BASE}
    for name, kind in wanted.items():
        folder = tiny_models.CAUSAL[name](tmp_path / name)
        found = describe(folder, name)
        loaded = hf.AutoModelForCausalLM.from_pretrained(folder)
        assert (found.kind, found.context_length) == (kind, 1024)
        assert found.parameters == loaded.num_parameters()
        assert found.architecture == type(loaded).__name__
    for name in ("t5", "bart", "marian"):
        found = describe(tiny_models.SEQ2SEQ[name](tmp_path / name), name)
        assert found.kind is Kind.SEQ2SEQ
        assert found.dtype == "float32"


def test_the_tables_of_transformers_are_read_as_it_has_them() -> None:
    """What is read from the source equals what importing it gives."""
    from transformers.models.auto import modeling_auto

    native = native_architectures()
    names = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    assert set(native.causal) == set(names)
    assert set(native.seq2seq) == set(modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES)
    assert native.causal["gpt2"] == (names["gpt2"],)
    assert native.is_seq2seq("MarianMTModel")


def test_without_the_tables_nothing_is_refused_for_its_name() -> None:
    """A transformers whose source looks different must not make every model unusable."""
    assert Architectures({}, {}).knows("anything")
