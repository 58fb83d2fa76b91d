"""Reading several tokens at once where a text is likely copied: n-gram speculation.

What followed the last tokens before, in the prompt or in the text itself, is proposed (prompt
lookup decoding, Saxena 2023; inference with reference, Yang et al. 2023) and read together with
the token that was chosen last. Every token is still chosen from the model's own logits behind the
tokens before it; where it is the one that was proposed, the logits after it are there already. A
proposal being certain, that is the rule of Leviathan et al. (2023): a proposed token is kept with
the probability that it has, else one of the others is drawn. Neither greedy choices nor the odds
of drawn ones change, and a seed gives the text that it gives without.

So far as numbers go: a pass of several tokens rounds otherwise than one of a single token, and in
a packed model it may go through other weights. Where two tokens are as good as equally likely, the
other one may be chosen then; with float32 that is next to never, with 8 bits now and then.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from assistant.engines.reading import Reader

_log = logging.getLogger(__name__)

# What is looked up: the last two tokens, or else the last one. Longer ones found nothing better.
_LONGEST = 2
# So many proposals and the token before them make 8, up to which a pass stays cheap.
_MOST = 7
# What a pass takes with proposals, in passes of one token: measured on SmolLM2 in 8 bits, 1.1 with
# one, 1.2 with three, 1.5 with seven.
_EXTRA, _EACH = 0.05, 0.07
# How likely what followed the same one token, two, three or more comes again, before it is known
# of this text, and by how much the newest case counts. Of mended sentences, nine in ten; of a
# story, one in twenty.
_ODDS = (0.2, 0.5, 0.85)
_NEWEST = 0.1


class Steps(Protocol):
    """What gives the logits for token after token of a text whose prompt has been read."""

    def after(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the logits after `ids`, shape (1, v): prompt and text, the last token new."""

    def end(self) -> None:
        """Leave in the reader only what is of the text."""


class SingleSteps:
    """Reads token by token."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def after(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the logits after `ids`, shape (1, v)."""
        return self._reader.step(ids[:, -1:])

    def end(self) -> None:
        """Do nothing: what was read is of the text."""


class SpeculativeSteps:
    """Reads what is likely to come together with the last token; for a reader that can crop.

    `prompt` has been read; there will be `most` tokens in all at the most, and none beyond is read.
    Attributes: `proposed` and `kept`, how many tokens have been so far.
    """

    def __init__(self, reader: Reader, prompt: Sequence[int], most: int) -> None:
        self._reader = reader
        self._most = most
        self._lookup = Lookup(prompt)
        # What the reader has read of the text; proposals behind it are not known to be of it.
        self._sure = len(prompt)
        # Proposals that were read, each with the logits after it.
        self._ahead: deque[tuple[int, torch.Tensor]] = deque()
        self.proposed = 0
        self.kept = 0

    def after(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the logits after `ids`, shape (1, v), from the last pass or a new one."""
        token = int(ids[0, -1])
        self._lookup.add(token)
        if self._ahead and self._ahead[0][0] == token:
            self._sure += 1
            self.kept += 1
            return self._ahead.popleft()[1]
        self._forget()
        self._sure += 1
        # The last token of all is not read.
        proposed = self._lookup.proposal(self._most - self._sure - 1)
        if not proposed:
            return self._reader.step(ids[:, -1:])
        self.proposed += len(proposed)
        logits = self._reader.all_logits(ids.new_tensor([[token, *proposed]]))
        first, *others = logits.unbind(dim=1)
        self._ahead.extend(zip(proposed, others, strict=True))
        return first

    def end(self) -> None:
        """Leave in the reader only what is of the text."""
        self._forget()
        _log.debug("%d of %d proposed tokens kept", self.kept, self.proposed)

    def _forget(self) -> None:
        """Forget proposals that did not come."""
        self._ahead.clear()
        if self._reader.length > self._sure:
            self._reader.crop(self._sure)


class Lookup:
    """Foretells how a text goes on: as it went on when its last tokens stood there before.

    It learns how often it is right, whether its words are read or not, and proposes as many tokens
    as are likely to save time; none where it is mostly wrong.
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        self._tokens: list[int] = []
        # Where the token stands that came last after so many tokens.
        self._places: dict[tuple[int, ...], int] = {}
        self._odds = list(_ODDS)
        # Which token is expected next, and how many before it are the same as those before it.
        self._place: int | None = None
        self._same = 0
        for token in prompt:
            self._append(token)
        self._find()

    def add(self, token: int) -> None:
        """Take the next token of the text."""
        place = self._place
        if place is None:
            self._append(token)
            self._find()
            return
        right = self._tokens[place] == token
        which = _class(self._same)
        self._odds[which] += _NEWEST * (right - self._odds[which])
        self._append(token)
        if right:
            self._place, self._same = place + 1, self._same + 1
        else:
            self._find()

    def proposal(self, most: int) -> list[int]:
        """Return the next tokens, at most `most`, as many as are expected to save the most time."""
        if self._place is None:
            return []
        most = min(most, _MOST, len(self._tokens) - self._place)
        count, best = 0, 1.0
        all_right = expected = 1.0
        for number in range(1, most + 1):
            all_right *= self._odds[_class(self._same + number - 1)]
            expected += all_right
            speed = expected / (1 + _EXTRA + _EACH * number)
            if speed > best:
                count, best = number, speed
        return self._tokens[self._place : self._place + count]

    def _append(self, token: int) -> None:
        tokens = self._tokens
        for length in range(1, min(_LONGEST, len(tokens)) + 1):
            self._places[tuple(tokens[-length:])] = len(tokens)
        tokens.append(token)

    def _find(self) -> None:
        """Look for the last place where the text went on after its last tokens."""
        for length in range(min(_LONGEST, len(self._tokens)), 0, -1):
            place = self._places.get(tuple(self._tokens[-length:]))
            if place is not None:
                self._place, self._same = place, length
                return
        self._place, self._same = None, 0


def _class(same: int) -> int:
    """Return which of the odds are for a match of `same` tokens."""
    return min(same, len(_ODDS)) - 1
