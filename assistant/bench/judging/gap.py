"""A sentence taken out of a paragraph, and whether it is likelier there than three others.

Scores: `right` (asked as a teller is, what follows first: Bavarian et al. 2022), `right_by_lift`
(by how much likelier each becomes by what stands around the gap), `right_plain` (what stands
before, the sentence and what follows read in their order), `rival_right` (the sentence that has
most words in common with what stands around the gap). The others are as long; one of four is right
by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from assistant.bench.judging.subject import Scores, averaged, each, percent
from assistant.core.errors import TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.requests import PlainPrompt
from assistant.core.tasks import TaskName
from assistant.engines.base import Scorer
from assistant.tasks.prompts import ways_of_asking
from assistant.text import sentences
from assistant.text.words import content_words

if TYPE_CHECKING:
    from assistant.bench.judging.passages import Passage
    from assistant.bench.judging.subject import Bench

NAME = "gap"

_SHORTEST, _LONGEST = 30, 320
_OTHERS = 3
# So many passages give sentences enough of every length.
_PASSAGES = 400
# How much is read, in characters.
_BEFORE, _AFTER = 600, 300


@dataclass(frozen=True, slots=True)
class _Gap:
    """A gap, the `middle` that belongs there, and the work it is from."""

    before: str
    middle: str
    after: str
    group: str


def judge(bench: Bench) -> Scores:
    """Return how often the model knows what belongs into a gap."""
    engine = bench.engine()
    if not isinstance(engine, Scorer):
        raise TaskNotPossible(
            tr("{model} cannot say how likely a text is.", model=engine.model.title)
        )
    passages = bench.prose.unseen(bench.prose.manners()[0], max(_PASSAGES, 2 * bench.limit))
    elsewhere = _Elsewhere(passages)
    gaps = [gap for passage in passages if (gap := _gap(passage)) is not None]
    items = [
        (gap, others)
        for gap in gaps[: bench.limit]
        if len(others := elsewhere.like(gap)) == _OTHERS
    ]

    def measure(item: tuple[_Gap, Sequence[str]]) -> Scores:
        gap, others = item
        middles = [gap.middle, *others]
        prompt = (
            ways_of_asking(TaskName.CONTINUE)
            .named("gap")
            .fill({"before": gap.before, "after": gap.after})
        )
        assert isinstance(prompt, PlainPrompt)
        spaced = [f" {middle}" for middle in middles]
        filled = engine.log_likelihood(prompt.text, spaced, bench.should_stop)
        whole = [f"{middle} {gap.after}" for middle in spaced]
        read = engine.log_likelihood(gap.before, whole, bench.should_stop)
        alone = engine.log_likelihood("\n", middles, bench.should_stop)
        around = set(content_words(f"{gap.before} {gap.after}", "en"))
        shared = [len(around & set(content_words(middle, "en"))) for middle in middles]
        return {
            "right": percent(_is_first(filled)),
            "right_plain": percent(_is_first(read)),
            "right_by_lift": percent(
                _is_first([a - b for a, b in zip(filled, alone, strict=True)])
            ),
            "rival_right": percent(_is_first(shared)),
        }

    return averaged(each(NAME, items, bench, measure))


def _is_first(scores: Sequence[float]) -> bool:
    return all(scores[0] > other for other in scores[1:])


def _gap(passage: Passage) -> _Gap | None:
    """Return the sentence of a passage that has most of it before and enough behind, taken out."""
    text = passage.text
    middle = len(text) * 2 // 3
    found = _inner_sentences(text)
    if not found:
        return None
    start, end = min(found, key=lambda place: abs(place[0] - middle))
    before, after = text[:start].rstrip(), text[end:].lstrip()
    return _Gap(_last(before, _BEFORE), text[start:end], _first(after, _AFTER), passage.group)


def _inner_sentences(text: str) -> list[tuple[int, int]]:
    """Return where sentences stand that have others of their paragraph on both sides."""
    found = []
    for paragraph in sentences.paragraphs(text):
        inside = sentences.split(text[paragraph.start : paragraph.end], "en")
        found += [
            (paragraph.start + one.start, paragraph.start + one.end)
            for one in inside[1:-1]
            if _SHORTEST <= one.end - one.start <= _LONGEST
        ]
    return found


class _Elsewhere:
    """The sentences of many works by their length: the shorter of two would be the likelier."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._by_length: dict[int, list[tuple[str, str]]] = {}
        for passage in passages:
            for start, end in _inner_sentences(passage.text):
                sentence = passage.text[start:end]
                self._by_length.setdefault(end - start, []).append((passage.group, sentence))

    def like(self, gap: _Gap) -> list[str]:
        """Return sentences of other works that are as long as the middle, or nearly."""
        size = len(gap.middle)
        lengths = sorted(self._by_length, key=lambda length: (abs(length - size), length))
        near = (one for length in lengths for one in self._by_length[length])
        fitting = (text for group, text in near if group != gap.group and text != gap.middle)
        return list(islice(dict.fromkeys(fitting), _OTHERS))


def _last(text: str, size: int) -> str:
    return text if len(text) <= size else text[text.find(" ", len(text) - size) + 1 :]


def _first(text: str, size: int) -> str:
    return text if len(text) <= size else text[: max(text.rfind(" ", 0, size), 1)]
