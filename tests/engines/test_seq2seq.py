"""Encoder-decoders: the same tokens as `generate`, streamed, stopped, told the languages."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch

from assistant.core.errors import EngineError, PromptTooLong, UsageError
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    ChatMessage,
    ChatPrompt,
    Event,
    Finish,
    PlainPrompt,
    Reading,
    Request,
    Sampling,
    Seq2SeqPrompt,
    Writing,
)
from assistant.engines.base import Engine
from assistant.engines.seq2seq import Seq2SeqEngine
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.core.requests import Completion

    Seq2Seq = Callable[[str], Seq2SeqEngine]

_TEXT = "Hello there, you."


def _write(engine: Seq2SeqEngine, count: int = 20, **settings: Any) -> Completion:
    prompt = Seq2SeqPrompt(_TEXT, "en", "fr")
    return engine.generate(Request(prompt, count, **settings), lambda _: None, lambda: False)


def _expected(engine: Seq2SeqEngine, count: int = 20, **settings: Any) -> list[int]:
    """Return what `generate` writes, told the languages as the model's own page says."""
    loaded = engine._ready()
    tokenizer = loaded.tokenizer
    text = _TEXT
    if engine.model.reference == "marian":
        text = f">>fra<< {text}"
    if engine.model.reference == "m2m100":
        settings["forced_bos_token_id"] = tokenizer.get_lang_id("fr")
    if engine.model.reference == "nllb":
        settings["forced_bos_token_id"] = tokenizer.convert_tokens_to_ids("fra_Latn")
    with torch.inference_mode():
        written = loaded.model.generate(
            **tokenizer(text, return_tensors="pt"), max_new_tokens=count, **settings
        )
    return written[0, 1:].tolist()


@pytest.mark.parametrize("name", tiny_models.SEQ2SEQ)
@pytest.mark.parametrize("beams", [1, 3])
def test_the_text_equals_generate(name: str, beams: int, seq2seq: Seq2Seq) -> None:
    engine = seq2seq(name)
    completion = _write(engine, beams=beams)
    assert list(completion.ids) == _expected(engine, do_sample=False, num_beams=beams)
    assert "__" not in completion.text
    assert "_Latn" not in completion.text


def test_drawn_text_equals_generate_with_the_same_seed(seq2seq: Seq2Seq) -> None:
    """And torch's own random numbers go on as if nothing had been drawn."""
    engine = seq2seq("t5")
    before = torch.random.get_rng_state()
    sampling = Sampling(temperature=1.2, top_k=30, top_p=0.95, repetition_penalty=1.1, seed=3)
    completion = _write(engine, sampling=sampling)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(3)
    assert list(completion.ids) == _expected(
        engine, do_sample=True, temperature=1.2, top_k=30, top_p=0.95, repetition_penalty=1.1
    )


def test_without_a_seed_texts_differ(seq2seq: Seq2Seq) -> None:
    sampling = Sampling(temperature=20, top_p=1)
    assert len({_write(seq2seq("t5"), sampling=sampling).ids for _ in range(3)}) == 3


@pytest.mark.parametrize("name", tiny_models.SEQ2SEQ)
def test_text_streams_and_the_pieces_are_the_whole(name: str, seq2seq: Seq2Seq) -> None:
    engine: Engine = seq2seq(name)
    events: list[Event] = []
    prompt = Seq2SeqPrompt(_TEXT, "en", "fr")
    completion = engine.generate(Request(prompt, 20), events.append, lambda: False)
    tokens = engine.count_tokens(prompt)
    reading = [event for event in events if isinstance(event, Reading)]
    writing = [event for event in events if isinstance(event, Writing)]
    assert reading == [Reading(0, tokens), Reading(tokens, tokens)]
    assert "".join(event.text for event in writing) == completion.text
    assert completion.prompt_tokens == tokens
    if completion.text.strip("\ufffd"):
        assert len(writing) > 1


def test_a_text_ends_at_a_stop_string(seq2seq: Seq2Seq) -> None:
    engine = seq2seq("t5")
    whole = _write(engine).text
    stop = whole[4:6]
    completion = _write(engine, stop=(stop,))
    assert completion.text == whole[: whole.find(stop, 1)]
    assert completion.finish is Finish.STOP


def test_writing_stops_when_asked(seq2seq: Seq2Seq) -> None:
    events: list[Event] = []
    completion = seq2seq("t5").generate(
        Request(Seq2SeqPrompt(_TEXT), 30),
        events.append,
        lambda: sum(isinstance(event, Writing) for event in events) >= 3,
    )
    assert completion.finish is Finish.CANCELLED
    assert 3 <= len(completion.ids) < 30
    assert completion.ids == _write(seq2seq("t5"), 30).ids[: len(completion.ids)]


def test_nothing_is_read_when_stopped_before(seq2seq: Seq2Seq) -> None:
    request = Request(Seq2SeqPrompt(_TEXT), 30, beams=2)
    completion = seq2seq("t5").generate(request, lambda _: None, lambda: True)
    assert (completion.finish, completion.ids) == (Finish.CANCELLED, ())


@pytest.mark.parametrize("name", tiny_models.SEQ2SEQ)
def test_reading_the_source_stops_before_every_layer(name: str, seq2seq: Seq2Seq) -> None:
    for most in (1, 2):
        asked = 0

        def should_stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        events: list[Event] = []
        request = Request(Seq2SeqPrompt(_TEXT, "en", "fr"), 30)
        completion = seq2seq(name).generate(request, events.append, should_stop)
        assert (completion.finish, completion.ids) == (Finish.CANCELLED, ())
        assert [event.done for event in events if isinstance(event, Reading)] == [0]


def test_an_end_token_ends_the_text(
    seq2seq: Seq2Seq, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    whole = _write(seq2seq("t5"))
    folder = shutil.copytree(tiny_folder("t5"), tmp_path / "model")
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text("utf-8"))
    settings["eos_token_id"] = [tiny_models.EOS_ID, whole.ids[6]]
    path.write_text(json.dumps(settings), "utf-8")
    engine = _loaded(folder, "t5")
    completion = _write(engine)
    assert completion.finish is Finish.END
    assert completion.ids == whole.ids[: whole.ids.index(whole.ids[6]) + 1]


def test_a_models_own_least_length_does_not_outlast_what_was_asked_for(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """BART's summaries have at least 56 tokens, of their own accord."""
    folder = shutil.copytree(tiny_folder("bart"), tmp_path / "model")
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text("utf-8")) | {"min_length": 56, "max_length": 142}
    path.write_text(json.dumps(settings), "utf-8")
    assert len(_write(_loaded(folder, "bart"), 10).ids) <= 10


def test_a_source_that_does_not_fit_is_refused(seq2seq: Seq2Seq) -> None:
    with pytest.raises(PromptTooLong) as caught:
        seq2seq("bart").generate(
            Request(Seq2SeqPrompt("a" * 300), 10), lambda _: None, lambda: False
        )
    assert (caught.value.tokens, caught.value.limit) == (302, 256)


def test_plain_text_is_a_source_and_a_chat_is_not(seq2seq: Seq2Seq) -> None:
    engine = seq2seq("t5")
    assert engine.count_tokens(PlainPrompt("abc")) == engine.count_tokens(Seq2SeqPrompt("abc"))
    with pytest.raises(UsageError):
        engine.count_tokens(ChatPrompt((ChatMessage("user", "abc"),)))


def test_an_engine_that_was_unloaded_says_so(tiny_folder: Callable[[str], Path]) -> None:
    engine = _loaded(tiny_folder("t5"), "t5")
    engine.unload()
    with pytest.raises(EngineError):
        engine.count_tokens(Seq2SeqPrompt("abc"))


def _loaded(folder: Path, name: str) -> Seq2SeqEngine:
    spec = EngineSpec(name, device="cpu", precision="float32", threads=1)
    engine = Seq2SeqEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _: None, lambda: False)
    return engine
