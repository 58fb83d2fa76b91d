"""What is typed is unseen, what was tuned on is never reported on, and helpers help in turn."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.suggestions import Silence, Suggestion, Suggestions, SuggestRequest
from assistant.training.cleaning import group_of
from assistant.training.split import Part
from tests.benchmarks import keystrokes
from tests.benchmarks.keystrokes import (
    PARTS,
    Helper,
    Passage,
    Remembering,
    Setting,
    book_passages,
    stories,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINE = "Elizabeth walked to the mill with Mr. Darcy, and the others followed them slowly."
PASSAGE = Passage("a book", f"{LINE}\n\n{LINE}\n\n", LINE)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keystrokes, "_DRAFT_WORDS", 60)
    book = "\n\n".join(f"{LINE} That was day {n} of many." for n in range(40))
    books = [{"title": f"Book {n}", "author": "A. Writer", "text": book} for n in range(300)]
    tales = [{"text": f"There were {n} bears. {LINE} {LINE} {LINE} {LINE}"} for n in range(300)]
    for name, rows in (("gutenberg_children", books), ("tinystories_cased", tales)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return tmp_path


class Knowing:
    """Suggests the next three words of the line, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[SuggestRequest] = []

    def suggest(self, request: SuggestRequest, should_stop: Callable[[], bool]) -> Suggestions:
        self.requests.append(request)
        typed_line = request.text.rpartition("\n")[2]
        rest = LINE[len(typed_line) :] if LINE.startswith(typed_line) else ""
        text = " ".join(rest.split(" ")[:3])
        return Suggestions((Suggestion(text, -0.1),) if text else ())


@pytest.mark.parametrize("find", [book_passages, stories])
def test_the_parts_share_no_title_and_hold_nothing_that_was_learned(
    data: Path, find: Callable[..., object]
) -> None:
    titles = [
        {passage.title.rpartition(" ")[0] for passage in find(data, part, 30, 20)} for part in PARTS
    ]
    assert all(titles)
    assert not titles[0] & titles[1]
    held = [n for n in range(300) if Part.VALIDATION.has(f"book {n} writer")]
    assert {group_of({"title": f"Book {n}", "author": "A. Writer"}) for n in held} >= {
        title for part in titles for title in part if title.startswith("book")
    }


def test_a_passage_of_a_book_has_its_draft_before_it(data: Path) -> None:
    passages = list(book_passages(data, "report", 12, 20))
    assert len(passages) == 12
    assert len({passage.title for passage in passages}) == 12
    for passage in passages:
        assert 60 <= len(passage.before.split()) < 100
        assert passage.before.endswith("\n\n")
        assert len(passage.text.split(" ")) == 20


def test_every_way_of_helping_adds_to_the_one_before() -> None:
    engine = Knowing()
    tallies = [typed(engine, [PASSAGE], Setting(way, 0.5, 0.2)) for way in ("model", "own")]
    assert all(tally.given == tally.characters for tally in tallies)
    assert engine.requests[0].odds is None
    assert engine.requests[-1].odds is not None
    alone = typed(None, [PASSAGE], Setting("inside", 0.5, 0.2))
    assert 0.2 < alone.saved < 1
    assert typed(None, [PASSAGE], Setting("own", 0.5, 0.2)).shown == 0
    Helper(engine, PASSAGE, Setting("others", 0.3, 0.2)).ask("Eliz of old ")
    assert (engine.requests[-1].rows, engine.requests[-1].threshold) == (3, 0.3)


class Sure:
    """Is sure of two words to 0.6 and to 0.3, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def suggest(self, request: SuggestRequest, _should_stop: Callable[[], bool]) -> Suggestions:
        self.asked += 1
        for text, likely in ((" the mill", 0.3), (" the", 0.6)):
            if likely >= request.threshold:
                return Suggestions((Suggestion(text, math.log(likely)),))
        return Suggestions(silence=Silence.UNSURE, best_log_probability=math.log(0.6))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("thresholds", [[0.2, 0.3, 0.5, 0.6, 0.7, 0.8], [0.8, 0.7, 0.5, 0.2]])
def test_what_is_remembered_is_what_would_be_suggested(thresholds: list[float], rows: int) -> None:
    engine, plain = Sure(), Sure()
    remembering = Remembering(engine)
    for threshold in [*thresholds, *thresholds]:
        request = SuggestRequest("to", threshold=threshold, rows=rows)
        expected = plain.suggest(request, lambda: False)
        assert remembering.suggest(request, lambda: False) == expected
    assert engine.asked <= (4 if rows == 1 else len(thresholds))


def test_another_text_or_weight_is_asked_for_anew() -> None:
    engine = Sure()
    remembering = Remembering(engine)
    asked = SuggestRequest("to")
    for request in (asked, asked, replace(asked, odds_weight=0.1), replace(asked, text="into")):
        remembering.suggest(request, lambda: False)
    assert engine.asked == 3
