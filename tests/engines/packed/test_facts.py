"""Packed models without transformers: the same tokens, and transformers again when in doubt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import transformers as hf
from tokenizers import Tokenizer as Backend
from tokenizers import decoders, models, pre_tokenizers

from assistant.core.jobs import EngineSpec
from assistant.core.requests import ChatMessage, ChatPrompt, PlainPrompt, Request
from assistant.engines.causal import CausalEngine
from assistant.engines.packed.facts import known_facts, said_by, write_down
from assistant.engines.tokenizer import Tokenizer
from tests.engines import tiny_models
from tests.engines.packed.sizes import NAMES
from tests.real_models import ensure_default_model

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = (
    "",
    "Once upon a time, in the year 1450 …",
    "从前有一个老人。",
    "def f(x):\n\treturn x[0]  # </s> <|im_end|>",
    "  👩‍👩‍👧 e\u0301 \x00\ufffd\r\n ",
)
STRICT = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    "[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}[assistant]"
)


def loaded(folder: Path, name: str, precision: str = "exact") -> CausalEngine:
    spec = EngineSpec(name, "cpu", precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


def tokenizer_of(engine: CausalEngine) -> Any:
    return engine._ready().tokenizer


def ours(engine: CausalEngine) -> bool:
    return isinstance(tokenizer_of(engine), Tokenizer)


def asked_and_told(folder: Path, place: Path) -> tuple[Any, Any]:
    """Return transformers' tokenizer of a model, and ours by what is written down of it."""
    theirs = hf.AutoTokenizer.from_pretrained(folder)
    config = hf.AutoConfig.from_pretrained(folder)
    said = said_by(config, hf.GenerationConfig.from_pretrained(folder))
    write_down(folder, place, theirs, *said)
    facts = known_facts(folder, place)
    assert facts is not None
    assert (facts.config, facts.generation_config) == said
    return theirs, facts.tokenizer()


def require_alike(own: Any, theirs: Any) -> None:
    assert len(own) == len(theirs)
    assert own.all_special_ids == theirs.all_special_ids
    assert (own.bos_token_id, own.eos_token) == (theirs.bos_token_id, theirs.eos_token)
    for text in TEXTS:
        found, expected = (t(text, return_offsets_mapping=True) for t in (own, theirs))
        assert found["input_ids"] == expected["input_ids"]
        assert found["offset_mapping"] == expected["offset_mapping"]
        plain = theirs.encode(text, add_special_tokens=False)
        assert own.encode(text, add_special_tokens=False) == plain
        assert own.decode(plain) == theirs.decode(plain)
        assert own.convert_ids_to_tokens(plain) == theirs.convert_ids_to_tokens(plain)
    for token in ("a", "</s>", "no such token"):
        assert own.convert_tokens_to_ids(token) == theirs.convert_tokens_to_ids(token)
    if theirs.chat_template:
        turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi </s>"}]
        found, expected = (
            t.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
            for t in (own, theirs)
        )
        assert found["input_ids"] == expected["input_ids"]


@pytest.mark.parametrize("name", NAMES)
def test_tokens_are_those_of_transformers(name: str, tmp_path: Path) -> None:
    """Qwen2's tokenizer is built anew by transformers, whatever the file says."""
    theirs, own = asked_and_told(tiny_models.CAUSAL[name](tmp_path / "model"), tmp_path)
    require_alike(own, theirs)


@pytest.mark.real_model
def test_the_default_models_tokens_are_those_of_transformers(tmp_path: Path) -> None:
    theirs, own = asked_and_told(ensure_default_model(), tmp_path)
    require_alike(own, theirs)


def test_a_packed_model_is_loaded_without_transformers_the_second_time(tmp_path: Path) -> None:
    folder = tiny_models.gemma3(tmp_path)
    first, second = loaded(folder, "gemma3"), loaded(folder, "gemma3")
    assert not ours(first)
    assert ours(second)
    assert first._ready().ends == second._ready().ends
    assert first.context_length == second.context_length
    request = Request(PlainPrompt("Once upon"), 8)
    written = [
        engine.generate(request, lambda _event: None, lambda: False).ids
        for engine in (first, second)
    ]
    assert written[0] == written[1]


def test_neither_the_command_line_nor_the_engine_imports_transformers(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "model")
    (folder / "generation_config.json").write_text(
        json.dumps({"eos_token_id": 2, "suppress_tokens": [1], "begin_suppress_tokens": [5]})
    )
    loaded(folder, "llama")
    script = """
import sys
from assistant import cli
from assistant.core.jobs import EngineSpec
from assistant.core.requests import ChatMessage, ChatPrompt, Request, Sampling
from assistant.core.suggestions import SuggestRequest
from assistant.engines.pool import EnginePool
folder = sys.argv[1]
words = ("--model", folder, "--precision", "exact", "--max-tokens", "5", "--seed", "1")
assert cli.main(("continue", "Once upon a time", *words)) == 0
silent, never = (lambda _event: None), (lambda: False)
engine = EnginePool().engine_for(EngineSpec(folder, "cpu", "exact"), silent, never)
drawn = Sampling(temperature=0.8, top_k=9, top_p=0.9, min_p=0.1, repetition_penalty=1.2, seed=1)
chat = ChatPrompt((ChatMessage("user", "Hello"),))
engine.generate(Request(chat, 5, sampling=drawn), silent, never)
engine.suggest(SuggestRequest("Once upon a ti", threshold=0.0, rows=2, seconds=60), never)
engine.log_likelihood("Once", [" upon"], never)
engine.predictions(["Once upon a time"], 2, 9, never)
engine.samples(["Once"], drawn, 3, never)
print("imported:", [name for name in sys.modules if name.partition(".")[0] == "transformers"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "INKLING_HOME": str(tmp_path / "home")},
    )
    assert done.stdout.endswith("imported: []\n"), done.stdout + done.stderr


def test_a_changed_tokenizer_is_read_by_transformers_again(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    loaded(folder, "llama")
    before = tokenizer_of(loaded(folder, "llama"))("ab")["input_ids"]
    about = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    vocabulary = about["model"]["vocab"]
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    (folder / "tokenizer.json").write_text(json.dumps(about), "utf-8")
    changed, again = loaded(folder, "llama"), loaded(folder, "llama")
    assert not ours(changed)
    assert ours(again)
    for engine in (changed, again):
        assert tokenizer_of(engine)("ab")["input_ids"] == before[::-1]


def test_a_damaged_copy_is_not_believed(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    loaded(folder, "llama")
    (folder / "packed" / "tokenizer.json").write_text("{", "utf-8")
    assert not ours(loaded(folder, "llama"))


def test_a_tokenizer_that_tidies_its_texts_is_left_to_transformers(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    backend = Backend(models.WordLevel({"<unk>": 0, "a": 1, ",": 2, "late": 3}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    tidying = hf.PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="<unk>", clean_up_tokenization_spaces=True
    )
    tidying.save_pretrained(folder)
    for _ in range(2):
        assert not ours(loaded(folder, "llama"))
    assert json.loads((folder / "packed" / "tokens.json").read_text("utf-8"))["agrees"] is False


@pytest.mark.parametrize("template", [STRICT, "{% for m in messages %}{{ m.content", "{{ x.y }}"])
def test_a_strict_or_broken_template_does_with_ours_what_it_does_with_theirs(
    template: str, tmp_path: Path
) -> None:
    folder = tiny_models.llama(tmp_path)
    (folder / "chat_template.jinja").write_text(template, "utf-8")
    chat = ChatPrompt((ChatMessage("system", "Be brief."), ChatMessage("user", "Hi")))
    outcomes = []
    for _ in range(2):
        engine = loaded(folder, "llama")
        try:
            outcomes.append(str(engine.count_tokens(chat)))
        except jinja2.TemplateError as error:
            outcomes.append(f"{type(error).__name__}: {error}")
    assert ours(engine)
    assert outcomes[0] == outcomes[1]
