"""Answers to questions about a passage, beside those that people gave.

Scores: `f1` and `exact` (of SQuAD), `answered` (not declined; a declined question scores 0),
`f1_answered` (of those), and `rival_f1`, `rival_exact` of the sentence that has most words in
common with the question (BM25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.bench.judging.measures import is_exact, token_f1
from assistant.bench.judging.questions import questions
from assistant.bench.judging.subject import Scores, averaged, each, percent
from assistant.core.tasks import Ask, Form
from assistant.text.passages import best_sentence

if TYPE_CHECKING:
    from assistant.bench.judging.questions import Question
    from assistant.bench.judging.subject import Bench

NAME = "answers"


def judge(bench: Bench) -> Scores:
    """Return how well the model answers in its own words."""
    return averaged(each(NAME, questions(bench), bench, lambda item: _measure(item, bench)))


def asking(passage: str, question: str) -> Ask:
    """Return the task that asks for the model's own words."""
    return Ask(passage, question, form=Form.MODEL)


def _measure(item: Question, bench: Bench) -> Scores:
    outcome = bench.outcome(asking(item.passage, item.question))
    span = best_sentence(item.passage, item.question)
    sentence = item.passage[span.start : span.end] if span else ""
    # A guess stands beside the sentence; where the model has none, the sentence is what is shown.
    answer = "" if outcome.found is False else outcome.guess or outcome.text
    scores = {
        "f1": 100 * token_f1(answer, item.golds),
        "exact": percent(is_exact(answer, item.golds)),
        "answered": percent(outcome.found is not False),
        "rival_f1": 100 * token_f1(sentence, item.golds),
        "rival_exact": percent(is_exact(sentence, item.golds)),
    }
    if outcome.found is not False:
        scores["f1_answered"] = scores["f1"]
    return scores
