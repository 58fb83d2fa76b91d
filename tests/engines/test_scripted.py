"""The scripted engine: the same contract as a model's, and always the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import Cancelled, ModelNotFound, PromptTooLong
from assistant.core.requests import (
    ChatMessage,
    ChatPrompt,
    Event,
    Finish,
    Loading,
    PlainPrompt,
    Reading,
    Request,
    Sampling,
    Seq2SeqPrompt,
    Writing,
)
from assistant.core.suggestions import Ending, Silence, SuggestRequest
from assistant.engines.base import Engine, Scorer, Suggester
from assistant.engines.scripted import ScriptedEngine
from assistant.models.description import Kind
from assistant.models.scripted import describe_scripted, is_scripted

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.core.requests import Completion
    from assistant.core.suggestions import Suggestions


def _engine(reference: str = "scripted") -> ScriptedEngine:
    engine = ScriptedEngine(describe_scripted(reference))
    engine.load(lambda _: None, lambda: False)
    return engine


def _write(prompt: str, count: int = 60, **settings: object) -> Completion:
    request = Request(PlainPrompt(prompt), count, **settings)  # type: ignore[arg-type]
    return _engine().generate(request, lambda _: None, lambda: False)


def test_it_keeps_the_contract_of_an_engine() -> None:
    engine: Engine = _engine()
    assert isinstance(engine, Scorer)
    assert engine.context_length == 2048
    assert is_scripted("scripted:slow")
    assert not is_scripted("scripted-model")


def test_it_reads_then_writes_and_what_it_emits_is_the_text() -> None:
    events: list[Event] = []
    completion = _engine().generate(
        Request(PlainPrompt("word " * 600), 30), events.append, lambda: False
    )
    reading = [event for event in events if isinstance(event, Reading)]
    writing = [event for event in events if isinstance(event, Writing)]
    assert events == [*reading, *writing]
    assert [event.done for event in reading] == [0, 256, 512, 600]
    assert "".join(event.text for event in writing) == completion.text
    assert (len(completion.ids), completion.finish) == (30, Finish.LENGTH)


def test_the_same_request_gives_the_same_text_and_another_one_another() -> None:
    assert _write("Once").text == _write("Once").text
    assert _write("Once").text != _write("Twice").text
    assert _write("Once", sampling=Sampling(seed=1)).text != _write("Once").text


def test_it_goes_on_about_whom_the_text_is_about() -> None:
    assert "Martha" in _write("In the garden Martha sat down.", 200).text


def test_a_space_comes_first_only_where_none_is() -> None:
    assert _write("Once upon").text.startswith(" ")
    assert not _write("Once upon ").text.startswith(" ")


def test_it_ends_by_itself_and_at_stop_strings() -> None:
    assert _write("Once", 1000).finish is Finish.END
    completion = _write("Once", 1000, stop=("\n\n",))
    assert completion.finish is Finish.STOP
    assert "\n" not in completion.text


def test_it_stops_when_asked() -> None:
    events: list[Event] = []
    completion = _engine("scripted:slow").generate(
        Request(PlainPrompt("Once"), 50),
        events.append,
        lambda: sum(isinstance(event, Writing) for event in events) >= 2,
    )
    assert completion.finish is Finish.CANCELLED
    assert len(completion.ids) == 2
    with pytest.raises(Cancelled):
        _engine().load(lambda _: None, lambda: True)


def test_every_kind_of_prompt_is_read() -> None:
    engine = _engine()
    assert engine.count_tokens(PlainPrompt("three words here")) == 3
    assert engine.count_tokens(PlainPrompt("中文字 and")) == 4
    assert engine.count_tokens(ChatPrompt((ChatMessage("user", "two words"),))) == 2
    assert engine.count_tokens(Seq2SeqPrompt("two words", "en", "fr")) == 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(PromptTooLong):
        _write("word " * 2048)
    assert len(_write("word " * 2046, 100).ids) == 2


def test_a_script_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text("Just these words.", "utf-8")
    engine = _engine(f"scripted:{path}")
    events: list[Event] = []
    engine.load(events.append, lambda: False)
    assert isinstance(events[-1], Loading)
    completion = engine.generate(Request(PlainPrompt("Once"), 9), lambda _: None, lambda: False)
    assert (completion.text, completion.finish) == ("Just these words.", Finish.END)
    with pytest.raises(ModelNotFound):
        _engine(f"scripted:{tmp_path / 'missing.txt'}")


def test_words_of_the_context_are_likelier() -> None:
    known, other = _engine().log_likelihood("a red boat", ["red boat", "blue sky"], lambda: False)
    assert known > other
    prompt = PlainPrompt("a red boat")
    answers = _engine().answer_likelihood(prompt, ["red boat", "blue sky"], lambda: False)
    assert answers == [known, other]
    with pytest.raises(Cancelled):
        _engine().log_likelihood("a", ["b"], lambda: True)


def test_the_kind_can_be_chosen() -> None:
    assert describe_scripted("scripted").kind is Kind.BASE
    assert describe_scripted("scripted", "chat").kind is Kind.CHAT


def _suggest(text: str, reference: str = "scripted", **settings: object) -> Suggestions:
    request = SuggestRequest(text, **settings)  # type: ignore[arg-type]
    return _engine(reference).suggest(request, lambda: False)


def test_it_suggests_what_it_would_write() -> None:
    """Up to a clause's end or so many words, 0.9 sure of the first."""
    assert isinstance(_engine(), Suggester)
    (found,) = _suggest("Once upon").texts
    assert _write("Once upon").text.startswith(found.text)
    assert (found.ending, found.probability) == (Ending.CLAUSE, pytest.approx(0.9))
    (short,) = _suggest("Once upon ", words=2).texts
    assert (len(short.text.split()), short.ending) == (2, Ending.WORDS)
    assert not short.text.startswith(" ")
    assert _suggest("Once", threshold=0.95).silence is Silence.UNSURE


def test_its_alternatives_differ_and_a_file_has_none(tmp_path: Path) -> None:
    texts = [found.text for found in _suggest("Once upon", rows=3).texts]
    assert len(set(texts)) == 3
    path = tmp_path / "script.txt"
    path.write_text(" and so on", "utf-8")
    found = _suggest("Once", f"scripted:{path}", rows=3).texts
    assert [(one.text, one.ending) for one in found] == [(" and so on", Ending.LINE)]


def test_it_stops_suggesting_when_asked_and_in_time() -> None:
    with pytest.raises(Cancelled):
        _engine().suggest(SuggestRequest("Once"), lambda: True)
    with pytest.raises(PromptTooLong):
        _suggest("word " * 2048)
    assert _suggest("Once", seconds=0.0).silence is Silence.TOO_SLOW
