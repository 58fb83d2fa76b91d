"""Writing suggestions word by word behind a prompt that has been read, several side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.core.requests import ShouldStop
from assistant.core.suggestions import Ending, SuggestRequest
from assistant.engines.suggesting.choosing import Choice, Chooser
from assistant.engines.suggesting.expecting import MOST, Expected, Option, Outlook, State
from assistant.engines.suggesting.healing import Taken, expect_healed
from assistant.engines.suggesting.mixture import NOTHING, Mixture
from assistant.engines.suggesting.prefix import Prefix, common_path, step
from assistant.engines.suggesting.rows import Row
from assistant.engines.suggesting.units import is_open, typed_word

if TYPE_CHECKING:
    import torch

    from assistant.engines.reading import Reader


class Writing:
    """One request under way behind `text`, whose stem `prefix` has read.

    `least` is the log-probability that texts have to keep to.
    """

    def __init__(
        self,
        request: SuggestRequest,
        text: str,
        prefix: Prefix,
        outlook: Outlook,
        mixture: Mixture | None,
    ) -> None:
        self._text = text
        self._prefix = prefix
        self._outlook = outlook
        self._mixture = mixture
        self._chooser = Chooser(request)
        self._words = request.words
        drawn = request.temperature > 0
        # Drawn texts go on to the end of their clause, likely or not.
        sure = request.threshold > 0 and not drawn
        self.least = math.log(request.threshold) if sure else -math.inf
        self._rows = request.rows
        alone = request.rows == 1 and not drawn and mixture is None
        self._most = 1 if alone else MOST

    def begin(self, taken: Taken) -> list[Row]:
        """Return rows that begin differently, each with its first token."""
        text = self._text
        state = State(blank=text.endswith(" "), opened=is_open(text), first=True)
        expected = expect_healed(self._prefix, taken, self._outlook, state, self._most)
        options = expected.options
        if self._mixture is not None:
            options = self._mixed_over(self._mixture, expected, taken)
        rows = []
        for choice in self._chooser.first(options, self._rows):
            row = Row(text, self._words, self.least, excused=self._rows > 1)
            self._add(row, choice)
            rows.append(row)
        return rows

    def go_on(
        self, rows: Sequence[Row], deadline: float, room: int, should_stop: ShouldStop
    ) -> None:
        """Write each of `rows` to its end, token by token.

        All end at `deadline`, by `time.perf_counter`, and at `room` tokens. Raises `Cancelled`.
        """
        batch = _Batch(self._prefix, rows)
        while writing := [row for row in rows if row.ending is None]:
            if should_stop():
                raise Cancelled
            ending = self._end(rows, deadline, room)
            if ending is not None:
                for row in writing:
                    row.stop(ending)
                return
            for row, logits in batch.step():
                self._add(row, self._next(row, logits))

    def _end(self, rows: Sequence[Row], deadline: float, room: int) -> Ending | None:
        """Return why nothing more is to be written."""
        if max(row.first_word for row in rows) < self.least:
            return Ending.UNSURE
        if time.perf_counter() >= deadline:
            return Ending.TIME
        return Ending.WORDS if any(len(row.path) >= room for row in rows) else None

    def _next(self, row: Row, logits: torch.Tensor) -> Choice | None:
        state = row.state
        read = [*self._prefix.stem, *row.path]
        expected = self._outlook.expect(logits, read, state, self._most)
        options = expected.options
        if self._mixture is not None:
            options = self._mixed(self._mixture, expected, row)
        return self._chooser.next(options)

    def _add(self, row: Row, choice: Choice | None) -> None:
        if choice is None:
            row.stop(Ending.END)
            return
        text, option = choice
        row.add(text, option)
        if self._mixture is not None:
            row.carry = self._mixture.carry(option)

    def _mixed_over(
        self, mixture: Mixture, expected: Expected, taken: Taken
    ) -> dict[bytes, Option]:
        """Mix the draft's words in where what was typed is taken back."""
        text = self._text
        if taken.blank:
            return mixture.mix(expected, NOTHING, lambda: mixture.words_over(text, taken.typed))
        word = typed_word(text)
        carry = NOTHING
        if word and taken.typed:
            carry = mixture.words_from(text[: -len(word)], taken.typed, word)
        opened = expected.opened
        words = partial(mixture.words_behind, text, taken.natural, opened=opened)
        return mixture.mix(expected, carry, words)

    def _mixed(self, mixture: Mixture, expected: Expected, row: Row) -> dict[bytes, Option]:
        """Mix the draft's words in behind what a row says so far."""
        if row.state.broken:
            return mixture.mix(expected, row.carry, tuple)
        text, opened = self._text + row.text, expected.opened
        words = partial(mixture.words_behind, text, (), opened=opened)
        return mixture.mix(expected, row.carry, words)


class _Batch:
    """Reads on for several rows, a token of each at a step."""

    def __init__(self, prefix: Prefix, rows: Sequence[Row]) -> None:
        self._prefix = prefix
        self._rows = rows
        self._reader: Reader | None = None
        self._read = 0

    def step(self) -> Iterator[tuple[Row, torch.Tensor]]:
        """Yield each row that is to go on with the logits, shape (v,), behind its tokens."""
        if len(self._rows) == 1:
            row = self._rows[0]
            yield row, self._prefix.after(row.path)
            return
        if self._reader is None:
            shared = common_path([row.path[:-1] for row in self._rows])
            self._read = len(shared)
            self._reader = self._prefix.branch(shared, len(self._rows))
        # Rows whose first tokens are fewer write while the others are still reading theirs; those
        # that have ended are fed anything.
        tokens = [(row.path[self._read :] or row.path[-1:])[0] for row in self._rows]
        logits = step(self._reader, tokens)
        self._read += 1
        for row, expected in zip(self._rows, logits, strict=True):
            if row.ending is None and self._read == len(row.path):
                yield row, expected
