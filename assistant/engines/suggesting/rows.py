"""One text that is being suggested: its tokens, its words, how likely it is, and where it ends.

A word counts once it is surely complete, with the product of the probabilities of all tokens up to
its end. Chinese and Japanese characters count as words, as they do for a writer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from assistant.core.suggestions import Ending, Suggestion
from assistant.engines.suggesting.expecting import END, Option, Path, State
from assistant.engines.suggesting.mixture import NOTHING, Carry
from assistant.engines.suggesting.units import ends, ends_with_clause, is_open, undecided
from assistant.text.counts import count_words

# To see whether a word goes on behind an apostrophe, a text may become less likely than asked.
_MOST_UNDECIDED = 3
_LEAST = 1e-30
_BROKEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Kept:
    """A beginning of a text that could be shown: its length, and its log-probability in nats."""

    length: int
    log_probability: float


@dataclass(slots=True)
class Row:
    """A text behind `before`, by the tokens `path`, the last of which may not have been read.

    It goes on while its log-probability stays above `least`, counted from the second word on where
    it is `excused` for the first. `words` is the most of it.
    """

    before: str
    words: int
    least: float
    excused: bool = False
    path: Path = ()
    carry: Carry = NOTHING
    ending: Ending | None = None
    text: str = ""
    log_probability: float = 0.0
    kept: list[Kept] = field(default_factory=list)
    _bytes: bytes = b""
    # After each token: how long the text was, in bytes, and its log-probability.
    _steps: list[tuple[int, float]] = field(default_factory=list)
    _undecided: int = 0

    @property
    def state(self) -> State:
        """Where the text stands now."""
        whole = self.before[-2:] + self.text
        return State(
            broken=len(self._bytes) > len(self.text.encode()),
            blank=whole.endswith(" "),
            opened=is_open(whole),
            first=not self.text.strip(),
        )

    def add(self, text: bytes, option: Option) -> None:
        """Go on with `option`, whose text is `text`; sets `ending` where that ends it."""
        self.path += option.path
        self.log_probability += math.log(max(option.probability, _LEAST))
        if text == END:
            self._close(Ending.END)
            return
        head, line, _ = text.partition(b"\n")
        self._bytes += head
        self._steps.append((len(self._bytes), self.log_probability))
        if not self._take_text():
            self._close(Ending.END)
        elif line:
            self._close(Ending.LINE)
        else:
            self._look()
            if self._too_unlikely():
                self.stop(Ending.UNSURE)

    @property
    def first_word(self) -> float:
        """The log-probability of the first word, or of what is written of it."""
        if self.kept:
            return self.kept[0].log_probability
        unlikely = (so_far for _, so_far in self._steps if so_far < self.least)
        return next(unlikely, self.log_probability)

    def stop(self, ending: Ending) -> None:
        """End it where it is; an unfinished word is left out."""
        if self.ending is None:
            self.ending = ending

    def shown(self, least: float) -> Suggestion | None:
        """Return the longest part that could be shown and is likelier than `least`, if any."""
        fitting = [kept for kept in self.kept if kept.log_probability >= least]
        if not fitting:
            return None
        best = fitting[-1]
        text = self.text[: best.length]
        ending = self.ending or Ending.END
        if best is not self.kept[-1]:
            ending = Ending.UNSURE
        if ending in {Ending.UNSURE, Ending.TIME} and ends_with_clause(text):
            ending = Ending.CLAUSE
        return Suggestion(text, best.log_probability, ending)

    def _take_text(self) -> bool:
        """Decode what is whole of the bytes; return whether they are sound."""
        try:
            text = self._bytes.decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return False
            text = self._bytes[: error.start].decode()
        if _BROKEN in text:
            return False
        self.text = text
        return True

    def _close(self, ending: Ending) -> None:
        self._look(final=True)
        self.stop(ending)

    def _look(self, *, final: bool = False) -> None:
        """Keep what is newly complete, and end where that ends it."""
        known = self.kept[-1].length if self.kept else 0
        for end in ends(self.before, self.text, final=final):
            if end.position > known:
                log_probability = self._log_probability_at(end.position)
                if log_probability - self._excuse < self.least:
                    self.stop(Ending.UNSURE)
                    return
                self.kept.append(Kept(end.position, log_probability))
            if end.clause:
                self.stop(Ending.CLAUSE)
                return
            if count_words(self.text[: end.position]) >= self.words:
                self.stop(Ending.WORDS)
                return

    @property
    def _excuse(self) -> float:
        """The log-probability of what the row is excused for."""
        if not self.excused:
            return 0.0
        return self.kept[0].log_probability if self.kept else -math.inf

    def _too_unlikely(self) -> bool:
        """Return whether nothing more of the text could be shown."""
        if self.log_probability - self._excuse >= self.least:
            self._undecided = 0
            return False
        # The word before may be complete, and likely enough.
        waiting = self.state.broken or undecided(self.before, self.text)
        self._undecided += waiting
        return not waiting or self._undecided > _MOST_UNDECIDED

    def _log_probability_at(self, position: int) -> float:
        """Return the log-probability of the tokens that spell the text up to `position`."""
        length = len(self.text[:position].encode())
        return next(so_far for reached, so_far in self._steps if reached >= length)
