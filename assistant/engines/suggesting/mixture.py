"""The draft's own words, mixed into what the model expects (Kuhn and De Mori 1990; Grave 2017).

Where a new word begins, P = (1 - w) P_model + w P_draft, with the draft's words in the tokens that
spell them naturally. What the draft leaves over is the model's. Inside a word the weight goes on as
the probability that the draft is where the word came from (Bayes), so a whole word is as likely as
the mixture of both says. Both speak of words only: where a word or a mark may come, the mixture
divides the share of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.core.suggestions import WordOdds
from assistant.engines.suggesting.expecting import Expected, Option, Path, Share
from assistant.engines.suggesting.token_texts import TokenTexts, is_boundary, is_word

# Where a new word is less likely than this the draft is not asked.
_UNLIKELY = 0.01
_MOST_SPELLINGS = 20_000


@dataclass(frozen=True, slots=True)
class Follower:
    """A word of the draft, or the rest of one: the text of its next token, and those behind it."""

    text: bytes
    path: Path
    share: Share


@dataclass(frozen=True, slots=True)
class Carry:
    """What the draft says inside a word, with its `weight` there.

    The word may go on with `followers`, or be complete with the probability `done`; together 1.
    """

    weight: float = 0.0
    done: float = 0.0
    followers: tuple[Follower, ...] = ()


NOTHING = Carry()


class Spellings:
    """The tokens that spell words naturally, in the middle of a text; those asked for are kept."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, Path] = {}

    def of(self, text: str) -> Path:
        """Return the tokens of `text` behind another word, or without its blank behind a line."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _MOST_SPELLINGS:
                self._known.clear()
            found = self._known[text] = self._spell(text)
        return found

    def _spell(self, text: str) -> Path:
        # Alone, some tokenizers would put a blank before it.
        anchor = "a" if text.startswith(" ") else "\n"
        before, whole = self._encode(anchor), self._encode(anchor + text)
        return tuple(whole[len(before) :]) if whole[: len(before)] == before else ()

    def _encode(self, text: str) -> list[int]:
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        if backend is not None:
            return list(backend.encode(text, add_special_tokens=False).ids)
        return list(self._tokenizer.encode(text, add_special_tokens=False))


class Mixture:
    """Mixes `odds` in with `weight`."""

    def __init__(
        self, odds: WordOdds, weight: float, texts: TokenTexts, spellings: Spellings
    ) -> None:
        self._odds = odds
        self._weight = weight
        self._texts = texts
        self._spellings = spellings

    def words_behind(self, text: str, path: Path, *, opened: bool) -> list[Follower]:
        """Return the words that may begin behind `text`, whose last tokens are `path`."""
        blank = "" if opened else " "
        words = self._odds.next_words(text + blank, "")
        return self._followers({blank + word: odds for word, odds in words.items()}, path, b"")

    def words_over(self, text: str, typed: bytes) -> list[Follower]:
        """Return the words that may begin behind `text`, whose end, `typed`, is taken back."""
        words = self._odds.next_words(text, "")
        spelled = {typed.decode() + word: odds for word, odds in words.items()}
        return self._followers(spelled, (), typed)

    def words_from(self, before: str, typed: bytes, word: str) -> Carry:
        """Return what the draft knows of the `word` that is begun, at the end of `typed`.

        `typed` is taken back; `before` is all that stands before the word.
        """
        taken = typed.decode()
        words = {
            taken + whole[len(word) :]: odds
            for whole, odds in self._odds.next_words(before, word).items()
            if whole.startswith(word)
        }
        total = sum(words.values())
        if total <= 0:
            return NOTHING
        done = words.pop(taken, 0.0)
        scaled = {text: odds / total for text, odds in words.items()}
        followers = self._followers(scaled, (), typed)
        return Carry(self._weight * min(total, 1.0), done / total, tuple(followers))

    def _followers(self, words: Mapping[str, float], path: Path, typed: bytes) -> list[Follower]:
        """Return for each text the token that first says more than `typed`."""
        found = []
        for text, odds in words.items():
            tokens = self._spellings.of(text)
            if not all(self._texts.texts[token] for token in tokens):
                continue
            spelled = b""
            for number, token in enumerate(tokens):
                spelled += self._texts.texts[token]
                if len(spelled) > len(typed):
                    share = Share(odds, tokens[number + 1 :])
                    end = (*path, *tokens[: number + 1])
                    found.append(Follower(spelled[len(typed) :], end, share))
                    break
        return found

    def carry(self, option: Option) -> Carry:
        """Return what the draft says behind `option`, which was chosen."""
        mass = sum(share.probability for share in option.shares)
        if mass <= 0:
            return NOTHING
        done = sum(share.probability for share in option.shares if not share.rest) / mass
        followers = tuple(
            Follower(
                self._texts.texts[share.rest[0]],
                share.rest[:1],
                Share(share.probability / mass, share.rest[1:]),
            )
            for share in option.shares
            if share.rest
        )
        return Carry(min(1.0, mass / option.probability), done, followers)

    def mix(
        self, expected: Expected, carry: Carry, words: Callable[[], Sequence[Follower]]
    ) -> dict[bytes, Option]:
        """Return the options with the words that go on, and with new `words`, mixed in."""
        opened = expected.opened
        # What the word's end, where the draft says so, adds to all that is no part of a word.
        at_end = carry.weight * carry.done / expected.boundary if expected.boundary > 0 else 0.0
        kept = 1 - carry.weight
        new = expected.word * (kept + at_end)
        begun = words() if new >= _UNLIKELY else ()
        drafts = self._weight * sum(word.share.probability for word in begun)
        mixed: dict[bytes, Option] = {}
        for text, option in _with(expected, (*carry.followers, *begun)).items():
            factor = kept + (at_end if is_boundary(text, opened=opened) else 0.0)
            if is_word(text, opened=opened):
                factor *= 1 - drafts
            mixed[text] = Option(option.probability * factor, option.path)
        _add(mixed, carry.followers, carry.weight)
        _add(mixed, begun, self._weight * new)
        return mixed


def _with(expected: Expected, followers: Iterable[Follower]) -> dict[bytes, Option]:
    """Return the options with those of `followers` that are not among the likeliest."""
    options = dict(expected.options)
    for follower in followers:
        if follower.text not in options:
            probability = expected.probability(follower.path)
            options[follower.text] = Option(probability, follower.path)
    return options


def _add(mixed: dict[bytes, Option], followers: Iterable[Follower], weight: float) -> None:
    """Add to each option what the draft says of it."""
    if weight <= 0:
        return
    for follower in followers:
        option = mixed[follower.text]
        mass = weight * follower.share.probability
        share = Share(mass, follower.share.rest)
        mixed[follower.text] = Option(
            option.probability + mass, option.path, (*option.shares, share)
        )
