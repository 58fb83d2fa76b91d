"""What a model holds for right: its own corrections by a vote, and a choice among given ones.

Every way of asking proposes a correction of a sentence; the sentence that is likeliest as plain
text wins, if it changes little and is clearly likelier than the writer's. So a model that spoils
sentences when asked once mends them here or leaves them alone.
"""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from assistant.core.requests import GREEDY, PlainPrompt, Request
from assistant.tasks.cleaning import has_whole_line, one_line
from assistant.tasks.room import room_for_prompt
from assistant.tasks.writing import Draft, Stream, none_of_it, write
from assistant.text import difference
from assistant.text.language import detect
from assistant.text.words import content_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.core.requests import ShouldStop
    from assistant.engines.base import Engine, Scorer
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece
    from assistant.tasks.prompts import Asking

# Measured: with 4 nats no correct sentence was touched, with 2 two of five were.
NATS_AHEAD = 4.0
# Enough where the sentence is known to need mending: in it the rules have found something, or it
# is one of several changes.
NATS_AHEAD_OF_WRONG = 2.0
# What the rules suggest may be this much less likely, beside other mistakes, and still be right.
NATS_FOR_RULES = -4.0
# A correction changes less than this share of a sentence; more is another sentence.
_MOST_CHANGED = 0.2
# How much of what stands before a sentence helps to judge it.
_CONTEXT_CHARACTERS = 400


def proposals(
    sentence: str, ways: Sequence[Asking], engine: Engine, desk: Desk, draft: Draft
) -> tuple[str, ...]:
    """Return the small corrections that the model proposes for `sentence`, each once.

    `draft` takes the completions; it says whether the model was stopped.
    """
    # A correction is about as long as its sentence.
    tokens = 2 * engine.count_tokens(PlainPrompt(sentence)) + 8
    found: dict[str, None] = {}
    for way in ways:
        prompt = way.fill({"text": sentence})
        if engine.count_tokens(prompt) > room_for_prompt(engine, tokens):
            continue
        completion = write(
            engine,
            Request(prompt, tokens, GREEDY, way.stop, copies=True),
            Stream(desk.emit, none_of_it),
            desk.should_stop,
            has_whole_line,
        )
        draft.completions.append(completion)
        if draft.cancelled:
            break
        proposal = one_line(completion.text, sentence)
        if proposal != sentence and is_correction(sentence, proposal):
            found[proposal] = None
    return tuple(found)


def is_correction(before: str, after: str) -> bool:
    """Return whether one sentence may be another put right, not another one.

    It changes little, and every word that says something has its counterpart: one that begins
    with the same letter, as other forms and spellings of a word mostly do.
    """
    if changed_share(before, after) >= _MOST_CHANGED:
        return False
    language = detect(before) or "en"
    old, new = (set(content_words(text, language)) for text in (before, after))
    return Counter(word[0] for word in old - new) == Counter(word[0] for word in new - old)


def changed_share(before: str, after: str) -> float:
    """Return how much of a sentence another one changes, as a share of its characters."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    changed = sum(
        max(old_end - old_start, new_end - new_start)
        for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes()
        if kind != "equal"
    )
    return changed / len(before)


class Judge:
    """Weighs what could stand at the place of one sentence of a text."""

    def __init__(self, piece: Piece, text: str, scorer: Scorer, should_stop: ShouldStop) -> None:
        self._context = _context(piece, text)
        self._scorer = scorer
        self._should_stop = should_stop

    def better(self, sentence: str, others: Sequence[str], nats_ahead: float) -> str | None:
        """Return the likeliest of `others` if it is ahead of `sentence` by more than `nats_ahead`.

        A negative number lets one win that is a little less likely.
        """
        if not others:
            return None
        own, *scores = self._scores([sentence, *others])
        best = max(range(len(others)), key=lambda index: scores[index])
        return others[best] if scores[best] - own > nats_ahead else None

    def without_needless(self, before: str, after: str, nats_worth: float) -> str:
        """Return `after` without those changes that alone make it no likelier by `nats_worth`."""
        changes = difference.replacements(before, after)
        if len(changes) < 2:
            return after
        lacking = [
            difference.apply(before, [other for other in changes if other is not change])
            for change in changes
        ]
        whole, *scores = self._scores([after, *lacking])
        kept = [
            change
            for change, score in zip(changes, scores, strict=True)
            if whole - score > nats_worth
        ]
        return difference.apply(before, kept)

    def _scores(self, texts: Sequence[str]) -> list[float]:
        return self._scorer.log_likelihood(self._context, texts, self._should_stop)


def _context(piece: Piece, text: str) -> str:
    """Return what stands before a sentence in its paragraph; a new line where it is the first."""
    before = text[max(0, piece.span.start - _CONTEXT_CHARACTERS) : piece.span.start]
    return before.rpartition("\n")[2] or "\n"
