"""What a text is made of is what the model itself computes, and joined it is the text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.requests import GREEDY, PlainPrompt, Request, Sampling, TokenOption
from assistant.engines.detokenizing import Vocabulary, vocabulary_of
from assistant.engines.scripted import ScriptedEngine
from assistant.engines.token_choices import Weighed
from assistant.engines.transcript import Transcript
from assistant.models.scripted import describe_scripted
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assistant.core.requests import Completion
    from assistant.engines.causal import CausalEngine

_BYTES = tiny_models.byte_tokenizer()
_BYTE_LEVEL = vocabulary_of(_BYTES, {tiny_models.EOS_ID})
_FALLBACK = vocabulary_of(tiny_models.fallback_tokenizer(), {2})
_UNKNOWN, _END, _HELLO, _WORLD, _FIRST_BYTE = 0, 2, 3, 4, 9
_DRAWN = Sampling(temperature=1.3, top_p=0.9, repetition_penalty=1.2, seed=4)


def _write(engine: CausalEngine, prompt: str, count: int, **settings: object) -> Completion:
    request = Request(PlainPrompt(prompt), count, **settings)  # type: ignore[arg-type]
    return engine.generate(request, lambda _: None, lambda: False)


def _joined(completion: Completion) -> str:
    return "".join(choice.text for choice in completion.tokens)


def _log_probabilities(engine: CausalEngine, prompt: str, ids: Iterable[int]) -> torch.Tensor:
    """Return those of every token at each place of the text, shape (n, v)."""
    loaded = engine._ready()
    before = loaded.tokenizer(prompt).input_ids
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([[*before, *ids]])).logits[0].float()
    return logits.log_softmax(dim=-1)[len(before) - 1 : -1]


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize("sampling", [GREEDY, _DRAWN])
def test_they_are_what_the_model_itself_computes(
    name: str, sampling: Sampling, causal: Callable[[str], CausalEngine]
) -> None:
    """Before temperature and penalties, whatever was drawn, on five architectures."""
    engine = causal(name)
    completion = _write(engine, "Once upon a time", 40, sampling=sampling, look=7)
    assert _joined(completion) == completion.text
    expected = _log_probabilities(engine, "Once upon a time", completion.ids)
    total = sum(choice.log_probability for choice in completion.tokens)
    own = [float(row[token]) for row, token in zip(expected, completion.ids, strict=True)]
    ended = completion.ids[-1] in engine._ready().ends
    assert total == pytest.approx(sum(own[:-1] if ended else own), rel=1e-4)
    first = completion.tokens[0]
    best = expected[0].topk(7)
    assert [option.log_probability for option in first.options] == pytest.approx(
        best.values.tolist(), abs=1e-4
    )
    for option, token in zip(first.options, best.indices.tolist(), strict=True):
        assert option.text == _reading(token)[0]
        assert option.whole == _reading(token)[1]


def _reading(token: int) -> tuple[str, bool]:
    """Return how a token of one byte reads, and whether it is a whole character."""
    if token in _BYTE_LEVEL.silent:
        return "", True
    spelled = _BYTE_LEVEL.spell(token)
    return spelled.decode(errors="backslashreplace"), spelled.isascii()


def test_nothing_is_told_unless_it_is_wanted(causal: Callable[[str], CausalEngine]) -> None:
    engine = causal("llama")
    plain = _write(engine, "Once upon a time", 20)
    looked = _write(engine, "Once upon a time", 20, look=3)
    assert plain.tokens == ()
    assert (looked.ids, looked.text) == (plain.ids, plain.text)
    assert all(len(choice.options) == 3 for choice in looked.tokens)


def test_more_than_there_are_is_all_there_is(causal: Callable[[str], CausalEngine]) -> None:
    completion = _write(causal("gpt2"), "Once", 2, look=10_000)
    assert len(completion.tokens[0].options) == len(_BYTES)


def test_a_search_tells_nothing(causal: Callable[[str], CausalEngine]) -> None:
    assert _write(causal("gpt2"), "Once", 8, look=5, beams=2).tokens == ()


def test_a_token_that_ends_the_text_is_an_option_without_text(
    causal: Callable[[str], CausalEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = causal("llama")
    plain = _write(engine, "Once upon a time", 6)
    loaded = engine._ready()
    end = plain.ids[-1]
    vocabulary = replace(loaded.vocabulary, silent={*loaded.vocabulary.silent, end})
    ended = replace(loaded, ends=frozenset({end}), vocabulary=vocabulary)
    monkeypatch.setattr(engine, "_loaded", ended)
    completion = _write(engine, "Once upon a time", 12, look=4)
    assert completion.ids[-1] == end
    assert _joined(completion) == completion.text
    assert all(choice.text for choice in completion.tokens)


class Desk:
    """Writes given tokens down, each half as likely as it could be, beside given others."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        ends: Iterable[int] = (),
        stop: tuple[str, ...] = (),
        prompt: tuple[int, ...] = (),
    ) -> None:
        self.transcript = Transcript(
            vocabulary,
            emit=lambda _: None,
            started=0.0,
            ends=frozenset(ends),
            stop=stop,
            prompt=prompt,
        )

    def write(self, ids: Iterable[int], others: Iterable[int] = ()) -> Completion:
        from assistant.core.requests import Finish

        others = tuple(others)
        for token in ids:
            options = [(other, -1.0 - rank) for rank, other in enumerate(others)]
            self.transcript.add(token, Weighed(-0.5, options))
            if self.transcript.finish is not None:
                break
        return self.transcript.complete(Finish.LENGTH, 0)


def test_bytes_that_make_one_character_are_one_choice() -> None:
    """As likely as all of them together; the options are for the first."""
    completion = Desk(_BYTE_LEVEL).write(_BYTES("a😀b")["input_ids"], _BYTES("xé")["input_ids"])
    assert [choice.text for choice in completion.tokens] == ["a", "😀", "b"]
    assert [choice.log_probability for choice in completion.tokens] == [-0.5, -2.0, -0.5]
    assert completion.tokens[1].options == (
        TokenOption("x", -1.0),
        TokenOption("\\xc3", -2.0, whole=False),
        TokenOption("\\xa9", -3.0, whole=False),
    )


def test_bytes_that_make_none_belong_to_the_end() -> None:
    completion = Desk(_BYTE_LEVEL).write(_BYTES("a中")["input_ids"][:-1])
    assert [choice.text for choice in completion.tokens] == ["a", "\ufffd"]
    assert completion.text == "a\ufffd"


def test_a_stop_string_cuts_the_token_that_it_begins_in() -> None:
    """Those after it are gone; one that only looked like its beginning is not."""
    desk = Desk(_FALLBACK, stop=("wor",), prompt=(1, _HELLO))
    completion = desk.write([_HELLO, _HELLO, _WORLD, _HELLO])
    assert completion.text == " Hello Hello "
    assert [choice.text for choice in completion.tokens] == [" Hello", " Hello", " "]
    held = Desk(_FALLBACK, stop=("world!",), prompt=(1, _HELLO)).write([_HELLO, _WORLD])
    assert [choice.text for choice in held.tokens] == [" Hello", " world"]


def test_options_read_as_they_would_stand_there() -> None:
    """With the blank that the word before asks for, bytes as they are, an end as nothing."""
    others = [_WORLD, _FIRST_BYTE + 0xE4, _FIRST_BYTE + ord("x"), _END]
    inside = Desk(_FALLBACK, ends=(_END,), prompt=(1, _HELLO)).write([_WORLD, _END], others)
    assert [(option.text, option.whole) for option in inside.tokens[0].options] == [
        (" world", True),
        ("\\xe4", False),
        ("x", True),
        ("", True),
    ]
    assert [choice.text for choice in inside.tokens] == [" world"]
    begin = Desk(_FALLBACK, prompt=(1,)).write([_WORLD], others)
    assert begin.tokens[0].options[0].text == "world"


def test_tokens_without_text_are_joined_with_what_follows() -> None:
    completion = Desk(_FALLBACK, prompt=(1, _HELLO)).write([_UNKNOWN, _WORLD])
    assert [choice.text for choice in completion.tokens] == [" world"]
    assert completion.tokens[0].log_probability == -1.0


def test_the_script_knows_what_it_might_have_written() -> None:
    """Likeliest first, all different, the word that it writes among them."""
    engine = ScriptedEngine(describe_scripted("scripted"))
    completion = engine.generate(
        Request(PlainPrompt("Elsa went out"), 30, look=10), lambda _: None, lambda: False
    )
    assert _joined(completion) == completion.text
    for choice in completion.tokens:
        texts = [option.text for option in choice.options]
        likely = [option.log_probability for option in choice.options]
        assert len(set(texts)) == len(texts) == 10
        assert likely == sorted(likely, reverse=True)
        assert choice.text not in texts or likely[texts.index(choice.text)] == pytest.approx(
            choice.log_probability
        )
