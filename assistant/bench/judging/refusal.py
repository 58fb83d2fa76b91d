"""Saying that a passage does not answer: wanted where it does not, and only there.

Scores: `kept` (questions put to their own passage and answered), `declined_other_story` and
`declined_same_story` (put to a passage of another story, to another one of the same), and
`rival_*`: the same by the share of the question's words that stand in the passage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.bench.judging.answers import asking
from assistant.bench.judging.questions import questions
from assistant.bench.judging.subject import Scores, averaged, each, percent
from assistant.text.passages import ANSWERABLE, share_found

if TYPE_CHECKING:
    from assistant.bench.judging.questions import Question
    from assistant.bench.judging.subject import Bench

NAME = "refusal"


def judge(bench: Bench) -> Scores:
    """Return how well what answers is told from what does not."""
    return averaged(each(NAME, questions(bench), bench, lambda item: _measure(item, bench)))


def _measure(item: Question, bench: Bench) -> Scores:
    scores = {
        "kept": percent(not _declined(item.passage, item, bench)),
        "rival_kept": percent(not _has_too_few_words(item.passage, item.question)),
    }
    for name, passage in (("other_story", item.other_story), ("same_story", item.elsewhere)):
        if passage:
            scores[f"declined_{name}"] = percent(_declined(passage, item, bench))
            scores[f"rival_{name}"] = percent(_has_too_few_words(passage, item.question))
    return scores


def _declined(passage: str, item: Question, bench: Bench) -> bool:
    return bench.outcome(asking(passage, item.question)).found is False


def _has_too_few_words(passage: str, question: str) -> bool:
    return share_found(passage, question) < ANSWERABLE
