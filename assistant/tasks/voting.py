"""What a model holds for right: its own corrections by a vote, and a choice among given ones.

Every way of asking proposes a correction of a sentence; the sentence that is likeliest as plain
text wins, if it changes little and is clearly likelier than the writer's. So a model that spoils
sentences when asked once mends them here or leaves them alone.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from assistant.core.requests import GREEDY, PlainPrompt, Request
from assistant.tasks.cleaning import has_whole_line, one_line
from assistant.tasks.room import room_for_prompt
from assistant.tasks.writing import Draft, Stream, none_of_it, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.core.requests import ShouldStop
    from assistant.engines.base import Engine, Scorer
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece
    from assistant.tasks.prompts import Asking

# Measured: with 4 nats no correct sentence was touched, with 2 two of five were.
NATS_AHEAD = 4.0
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
            Request(prompt, tokens, GREEDY, way.stop),
            Stream(desk.emit, none_of_it),
            desk.should_stop,
            has_whole_line,
        )
        draft.completions.append(completion)
        if draft.cancelled:
            break
        proposal = one_line(completion.text, sentence)
        if proposal != sentence and changed_share(sentence, proposal) < _MOST_CHANGED:
            found[proposal] = None
    return tuple(found)


def changed_share(before: str, after: str) -> float:
    """Return how much of a sentence another one changes, as a share of its characters."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    changed = sum(
        max(old_end - old_start, new_end - new_start)
        for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes()
        if kind != "equal"
    )
    return changed / len(before)


def likeliest(
    candidates: Sequence[str],
    piece: Piece,
    text: str,
    scorer: Scorer,
    should_stop: ShouldStop,
    nats_ahead: float = 0.0,
) -> str:
    """Return the likeliest of `candidates` at the place of `piece` in `text`.

    The first of them is the writer's; another has to be likelier by more than `nats_ahead`.
    """
    if len(candidates) < 2:
        return candidates[0]
    scores = scorer.log_likelihood(_context(piece, text), candidates, should_stop)
    best = max(range(len(candidates)), key=lambda index: scores[index])
    return candidates[best] if scores[best] - scores[0] > nats_ahead else candidates[0]


def _context(piece: Piece, text: str) -> str:
    """Return what stands before a sentence in its paragraph; a new line where it is the first."""
    before = text[max(0, piece.span.start - _CONTEXT_CHARACTERS) : piece.span.start]
    return before.rpartition("\n")[2] or "\n"
