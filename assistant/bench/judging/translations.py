"""Everyday sentences from and into English, beside people's translations (Tatoeba's form).

Rows have `english` and `foreign`; of each language half as many pairs as the limit says are put
both ways. Scores, of each direction that the model can do: `bleu_en_fr`, `chrf_en_fr`, …, and as
the rival what needs no model, the other side of the nearest example: `rival_bleu_en_fr`, …
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.bench.judging.ngrams import bleu, chrf
from assistant.bench.judging.passages import is_there
from assistant.bench.judging.selection import lowest
from assistant.bench.judging.subject import Scores, each
from assistant.core.errors import TaskNotPossible
from assistant.core.tasks import Translate
from assistant.tasks.examples import nearest
from assistant.training.builders.translations import PAIRS, is_short
from assistant.training.corpora import rows

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Bench

NAME = "translations"
FILES = tuple(PAIRS)
DIRECTIONS = tuple(
    direction for language in PAIRS.values() for direction in (("en", language), (language, "en"))
)


@dataclass(frozen=True, slots=True)
class _Item:
    source: str
    target: str
    text: str
    reference: str

    @property
    def direction(self) -> str:
        return f"{self.source}_{self.target}"


def judge(bench: Bench) -> Scores:
    """Return how near the model's translations come to people's, for each direction."""
    found: dict[str, list[tuple[_Item, str]]] = {}
    refused: dict[str, TaskNotPossible] = {}

    def translate(item: _Item) -> Scores:
        if item.direction not in refused:
            try:
                text = bench.outcome(Translate(item.text, item.target, item.source)).text
                found.setdefault(item.direction, []).append((item, text))
            except TaskNotPossible as error:
                refused[item.direction] = error
        return {}

    each(NAME, _items(bench), bench, translate)
    if refused and not found:
        raise next(iter(refused.values()))
    scores: Scores = {}
    for direction, done in found.items():
        own = [(text, item.reference) for item, text in done]
        examples = [(_by_example(item), item.reference) for item, _ in done]
        scores |= {f"bleu_{direction}": bleu(own), f"chrf_{direction}": chrf(own)}
        scores |= {
            f"rival_bleu_{direction}": bleu(examples), f"rival_chrf_{direction}": chrf(examples)
        }  # fmt: skip
    if found:
        scores["items"] = sum(map(len, found.values()))
    return scores


def _items(bench: Bench) -> list[_Item]:
    """Return pairs that nobody has learned from, each both ways, a pair of each language in turn.

    So that what is done when it is stopped is of all directions.
    """
    count = max(1, bench.limit // 2)
    languages = [_pairs(bench, file, count) for file in FILES if is_there(bench.data, file)]
    numbers = range(max(map(len, languages), default=0))
    pairs = [pairs[number] for number in numbers for pairs in languages if number < len(pairs)]
    return [item for pair in pairs for item in pair]


def _pairs(bench: Bench, file: str, count: int) -> list[tuple[_Item, _Item]]:
    language = PAIRS[file]
    short = (row for row in rows(bench.data, file) if is_short(row["english"]))
    # Twice as many as are wanted: a few may be among the examples that models are shown.
    groups = lowest(short, 2 * count, bench.learned.is_unseen)
    sides = [(group[0]["english"], group[0]["foreign"]) for group in groups]
    return [
        (_Item("en", language, english, foreign), _Item(language, "en", foreign, english))
        for english, foreign in sides
        if not any(pair.source == english for pair in nearest(english, "en", language, 1))
    ][:count]


def _by_example(item: _Item) -> str:
    return "".join(pair.target for pair in nearest(item.text, item.source, item.target, 1))
