"""Suggestions in mid-paragraph: what leads to the words behind the caret, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assistant.core.errors import Cancelled
from assistant.core.requests import PlainPrompt
from assistant.core.suggestions import (
    Silence,
    Source,
    Suggestion,
    Suggestions,
    SuggestRequest,
)
from assistant.core.tasks import Complete
from assistant.models.description import Ability, Kind, Verdict
from assistant.tasks import bridging
from tests.tasks.desks import Rule, SuggestingEngine, TestDesk, always, model

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE, AFTER = "He lit the lamp. The boat ", "left the harbour, and nobody saw it again."


class Bridges(SuggestingEngine):
    """Finds what follows as likely, in nats, as `leads` say of the text before it.

    Keeps what it was to weigh: the context and the texts.
    """

    def __init__(
        self,
        leads: dict[str, float],
        drawn: tuple[str, ...] = (),
        rule: Rule | None = None,
        context_length: int = 4096,
        **abilities: Ability | Verdict,
    ) -> None:
        described = model(Kind.CHAT, context_length, **{"continue": Verdict.GOOD, **abilities})
        super().__init__(described, self._found, rule or always(""))
        self._leads = leads
        self._drawn = drawn
        self.likely: dict[str, float] = {}
        self.weighed: list[tuple[str, tuple[str, ...]]] = []

    def _found(self, request: SuggestRequest) -> Suggestions:
        likely = tuple(text for text in self._leads if text and text not in self._drawn)
        texts = self._drawn if request.temperature else likely
        return Suggestions(
            tuple(Suggestion(text, self.likely.get(text, -1.0)) for text in texts),
            silence=None if texts else Silence.UNSURE,
        )

    def log_likelihood(
        self, context: str, texts: object, should_stop: Callable[[], bool]
    ) -> list[float]:
        if should_stop():
            raise Cancelled
        assert isinstance(texts, list)
        self.weighed.append((context, tuple(texts)))
        return [self._weigh(text) for text in texts]

    def _weigh(self, text: str) -> float:
        """Return -1 for each character of a middle, and what its lead says for what follows."""
        said, follows, _ = text.partition(AFTER.strip()[:10])
        lead = next((lead for middle, lead in self._leads.items() if middle and middle in said), 0)
        return -len(said.strip()) + ((lead - 50.0) if follows else 0.0)


def bridged(engine: Bridges, task: Complete | None = None) -> Suggestions:
    found = TestDesk(engine).run(task or Complete(BEFORE, AFTER)).suggestions
    assert found is not None
    assert (found.silence is None) == bool(found.texts)
    return found


def texts(found: Suggestions) -> list[str]:
    return [suggestion.text for suggestion in found.texts]


def test_the_one_stays_after_which_what_follows_is_likeliest() -> None:
    engine = Bridges({"slowly": 3.0, "of the old man": 9.0, "sank and": -8.0})
    found = bridged(engine)
    assert texts(found) == ["of the old man "]
    assert found.texts[0].log_probability == -1.0
    assert texts(bridged(engine, Complete(BEFORE, AFTER, alternatives=3))) == [
        "of the old man ",
        "slowly ",
    ]


def test_of_two_that_lead_there_the_likelier_one_comes_first() -> None:
    """What fits no better than another is not worth a stranger word."""
    engine = Bridges({"slowly": 9.0, "askew": 9.2}, rule=always(""))
    engine.likely = {"askew": -5.0}
    assert texts(bridged(engine)) == ["slowly "]
    engine = Bridges({"slowly": 9.0, "askew": 19.0})
    engine.likely = {"askew": -5.0}
    assert texts(bridged(engine)) == ["askew "]


def test_what_does_not_beat_writing_nothing_is_not_shown() -> None:
    found = bridged(Bridges({"sank and": -8.0, "which": 0.0}))
    assert (found.texts, found.silence) == ((), Silence.UNSURE)


def test_asked_by_hand_the_best_is_shown_nevertheless() -> None:
    found = bridged(
        Bridges({"sank and": -8.0, "which": -1.0}), Complete(BEFORE, AFTER, by_hand=True)
    )
    assert texts(found) == ["which "]


def test_likely_beginnings_and_drawn_ones_are_candidates() -> None:
    engine = Bridges({"slowly": 3.0, "of the king": 9.0}, drawn=("of the king",))
    assert texts(bridged(engine)) == ["of the king "]
    likely, drawn = engine.asked
    assert (likely.temperature, drawn.temperature > 0) == (0, True)
    assert likely.rows > 1
    assert drawn.rows > 1
    assert drawn.seed is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The boat ", "left the harbour, and"),
        ("The boat", " left the harbour, and"),
        ("The boat ", " left the harbour, and"),
    ],
)
def test_blanks_at_the_caret_make_no_difference(before: str, after: str) -> None:
    """Each candidate and nothing at all are weighed with one blank on either side."""
    middle = "slowly" if before.endswith(" ") else " slowly"
    engine = Bridges({middle: 3.0})
    text = texts(bridged(engine, Complete(before, after)))[0]
    assert " ".join(f"{before}{text}{after}".split()) == "The boat slowly left the harbour, and"
    ((context, weighed),) = engine.weighed
    assert context == "The boat"
    assert weighed == (
        " left the harbour, and",
        " slowly",
        " slowly left the harbour, and",
    )


def test_marks_that_follow_need_no_blank() -> None:
    engine = Bridges({"slowly,": 3.0})
    bridged(engine, Complete("The boat ", ", which was old, left the harbour"))
    engine = Bridges({"come in": 3.0})
    bridged(engine, Complete("He said: “", "left the harbour” and went.", by_hand=True))
    assert engine.weighed[0][1][0] == "left the harbour” and went."


def test_what_follows_or_went_before_is_no_candidate() -> None:
    found = bridged(Bridges({"left the harbour": 9.0}))
    assert (found.texts, found.silence) == ((), Silence.REPEATS_AFTER)
    found = bridged(Bridges({"boat": 9.0}), Complete("The boat ", AFTER))
    assert (found.texts, found.silence) == ((), Silence.REPEATS_BEFORE)


def test_a_model_that_fills_gaps_has_a_say() -> None:
    """Its own text is weighed like the others."""
    able: dict[str, Any] = {"gap": Ability(Verdict.GOOD, prompt="gap")}
    sail = "with one sail"
    engine = Bridges({"slowly": 3.0, sail: 12.0}, (sail,), rule=always(" " + sail), **able)
    engine_found = bridged(engine)
    assert texts(engine_found) == ["with one sail "]
    assert engine_found.texts[0].source is Source.GAP
    assert engine_found.texts[0].log_probability == -len("with one sail")
    assert engine.requests[0].prompt == PlainPrompt(f"<filename>{AFTER}<file_sep>{BEFORE.rstrip()}")
    silent = Bridges({"slowly": 3.0}, rule=always(""), **able)
    assert texts(bridged(silent)) == ["slowly "]


def test_a_model_that_has_not_learned_it_is_not_asked_to() -> None:
    engine = Bridges({"slowly": 3.0})
    assert bridged(engine).texts[0].source is Source.MODEL
    assert engine.requests == []


def test_only_the_line_that_follows_is_weighed_and_of_a_long_one_its_beginning() -> None:
    engine = Bridges({"slowly": 3.0})
    bridged(engine, Complete(BEFORE, f"{AFTER}\nAnother paragraph."))
    assert engine.weighed[0][1][0] == f" {AFTER}"
    engine = Bridges({"slowly": 3.0})
    bridged(engine, Complete(BEFORE, AFTER + " It was a good boat." * 99))
    assert 50 < len(engine.weighed[0][1][0]) < 150
    engine = Bridges({"慢": 3.0})
    bridged(engine, Complete("老人", "走了很远的路。" * 99, by_hand=True))
    assert 50 < len(engine.weighed[0][1][0]) < 150


def test_a_long_text_is_weighed_by_its_end_alone() -> None:
    engine = Bridges({"slowly": 3.0})
    bridged(engine, Complete("It was a good boat. " * 900 + BEFORE, AFTER))
    ((context, _),) = engine.weighed
    assert 300 < len(context) <= 800
    assert context.startswith("It was")


class Clock:
    """Stands in for the module `time`; goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


class Slow(Bridges):
    """Takes `seconds` of `clock` for each text that it suggests, writes or weighs."""

    clock = Clock()
    seconds = 0.0

    def suggest(self, request: SuggestRequest, should_stop: Callable[[], bool]) -> Suggestions:
        found = super().suggest(request, should_stop)
        self.clock.now += self.seconds * len(found.texts)
        return found

    def log_likelihood(
        self, context: str, texts: object, should_stop: Callable[[], bool]
    ) -> list[float]:
        found = super().log_likelihood(context, texts, should_stop)
        self.clock.now += self.seconds * len(found)
        return found


SAILS = {"slowly": 3.0, "at last": 5.0, "with one sail": 7.0, "with both sails": 9.0}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.01, "with both sails "), (0.07, "with one sail "), (0.1, "at last "), (0.21, "at last ")],
)
def test_what_there_is_no_time_to_weigh_is_left_out(
    seconds: float, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second is a second: the likeliest are weighed first, and what was weighed is ranked."""
    engine = Slow(SAILS, drawn=("with one sail", "with both sails"))
    engine.clock, engine.seconds = Clock(), seconds
    monkeypatch.setattr(bridging, "time", engine.clock)
    found = bridged(engine)
    assert texts(found) == [expected]
    assert found.seconds == engine.clock.now
    assert found.seconds <= Complete("").seconds or seconds > 0.2


def test_where_there_is_no_time_at_all_it_is_read_on_for_the_next_request() -> None:
    """What is weighed has been read then, and the prompt of a model that fills gaps."""
    able: dict[str, Any] = {"gap": Ability(Verdict.GOOD, prompt="gap")}
    engine = Bridges({"slowly": 3.0}, **able)
    found = bridged(engine, Complete(BEFORE, AFTER, seconds=0.0))
    assert (found.texts, found.silence) == ((), Silence.TOO_SLOW)
    bridged(engine)
    assert engine.weighed[0][0] == engine.weighed[1][0]
    first, second = engine.requests
    assert first.prompt == second.prompt
    assert first.max_new_tokens == 1


def test_a_stopped_task_raises_cancelled() -> None:
    used = TestDesk(Bridges({"slowly": 3.0}), stop_after=0)
    with pytest.raises(Cancelled):
        used.run(Complete(BEFORE, AFTER))
