"""Chapters whose headings say what happens in them, as old novels have them.

“In which …”, “How …” and headings that are sentences of their own become one sentence; it goes
with that part of the chapter in which its words are found, if there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

from assistant.text import sentences
from assistant.text.passages import as_one_line
from assistant.text.words import content_words
from assistant.training import cleaning, corpora
from assistant.training.builders.summaries import WAY, sentence
from assistant.training.examples import Example
from assistant.training.split import Part

BOOKS = (
    "gutenberg_children", *(f"gutenberg_classics.{number}" for number in range(1, 5))
)  # fmt: skip
_MOST_CHARACTERS = 1600
_FEWEST_CHARACTERS = 400
_FEWEST_WORDS = 4
_MOST_WORDS = 30
# So much of a chapter shows which words it writes with a capital.
_SAMPLE = 30_000
# This share of the heading's content words must stand in the part that it is to sum up.
_FOUND = 0.6

_IN_WHICH = re.compile(
    r"^(?:in which|wherein|(?:showing|shows|shewing|telling|tells|relates|relating) (?:how|that)"
    r"|how(?! to\b| (?:many|much|long|old|far|not|about)\b))\b[,:]?\s+",
    re.IGNORECASE,
)
# What happens in headings.
_VERBS_TOLD = """
    is are was were has had does makes gets finds receives meets becomes takes comes loses falls
    goes turns arrives leaves obtains secures buys learns begins speaks explains reaches appears
    tells hears proves enters gains wins gives discovers decides astonishes crosses sells tries runs
    adopts demands captures seeks reappears delivers asks triumphs answers overtakes confides walks
    breaks hires brings fails investigates engages surprises joins succeeds eludes disappears
    betrays saves recovers opens escapes passes unmasks sees agrees waits rescues forgets astounds
    descends throws redeems recognizes punishes upsets realizes indulges asserts builds frightens
    drinks picks threatens explores pronounces writes grows puts entertains encounters continues
    accepts arises attempts awakens bears believes bids carries catches changes chooses closes
    consents declares defeats defends departs deserts destroys determines dies discusses drives
    eats ends expects fights finishes flies follows foils helps hides holds intends invents invites
    keeps kills knows laughs leads lives looks marries misses moves offers outwits pays
    prepares presents promises pursues quarrels reads refuses regains rejects rejoices relents
    repents replies resolves reveals rides rises sails saw seems sends sets settles shares shoots
    sings sits sleeps stands starts stays steals stops strikes suffers swims talks teaches thinks
    travels trusts undertakes unfolds wakes wants warns watches wears went wishes works yields
"""
_SUBJECTLESS = re.compile(r"^(?:is|are|was|were|has|had|and|or|but|that|to)\b", re.IGNORECASE)
_NO_SENTENCE = re.compile(r"[?\[\]{}\d]|\b(?:who|which|that|whom|whose|what)\b", re.IGNORECASE)
# Behind these, what looks like a verb is a noun.
_NOUN_FOLLOWS = frozenset(
    ("a", "an", "and", "by", "for", "great", "her", "his", "in", "its", "my", "of", "on", "our",
     "some", "the", "their", "three", "to", "two", "with", "without", "young")
)  # fmt: skip
_FARTHEST_VERB = 6
# Lines that may be such a heading, found before a book is read closely.
_LIKELY = re.compile(
    r"^(?:chapter\b.{9,}|[IVXLC\d]+[.:]? .{9,200}|(?-i:[^a-z\n]{9,200})"
    r"|(?:in which|wherein|how|showing)\b.+)$",
    re.MULTILINE | re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Told:
    """A part of a chapter, and what its heading says of it."""

    group: str
    text: str
    summary: str


def chapters(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the parts of chapters that their headings tell of."""
    found = [one for one in _all(data) if part.has(one.group)]
    random.shuffle(found)
    for one in found:
        yield Example(WAY, {"text": one.text}, one.summary, one.group)


@cache
def _all(data: Path) -> tuple[_Told, ...]:
    """Return what the headings of all books tell; reading them takes a minute."""
    found = []
    for name in BOOKS:
        for row in corpora.rows(data, name):
            if not any(_clause(cleaning.title_of(line)) for line in _LIKELY.findall(row["text"])):
                continue
            group = cleaning.group_of(row)
            told = (_told(group, chapter) for chapter in cleaning.chapters(row["text"]))
            found += [one for one in told if one is not None]
    return tuple(found)


@cache
def _verbs() -> frozenset[str]:
    return frozenset(_VERBS_TOLD.split())


def _told(group: str, chapter: cleaning.Chapter) -> _Told | None:
    title = cleaning.title_of(chapter.heading)
    if not _FEWEST_WORDS <= title.count(" ") + 1 <= _MOST_WORDS + 3:
        return None
    clause = _clause(title)
    if not clause:
        return None
    text = _part(chapter.paragraphs, set(content_words(clause, "en")))
    if not text:
        return None
    return _Told(group, text, sentence(_in_case(clause, " ".join(chapter.paragraphs))))


def _clause(title: str) -> str:
    """Return what a heading says happens, or nothing where it only names something."""
    title = title.strip(" .")
    if match := _IN_WHICH.match(title):
        clause = title[match.end() :]
        return "" if _SUBJECTLESS.match(clause) else clause
    if _SUBJECTLESS.match(title) or _NO_SENTENCE.search(title):
        return ""
    words = [word.casefold() for word in _WORD.findall(title)]
    told = any(
        word in _verbs() and before not in _NOUN_FOLLOWS
        for before, word in pairwise(words[:_FARTHEST_VERB])
    )
    return title if told else ""


def _part(paragraphs: Sequence[str], wanted: set[str]) -> str:
    """Return the part of a chapter that has most of the `wanted` words, if it has enough."""
    best, text = 0, ""
    for passage in _parts(paragraphs):
        found = len(wanted.intersection(content_words(passage, "en")))
        if found > best:
            best, text = found, passage
    return text if wanted and best >= _FOUND * len(wanted) else ""


def _parts(paragraphs: Sequence[str]) -> Iterator[str]:
    """Yield stretches of whole paragraphs, each begun half a stretch behind the last."""
    start = 0
    while start < len(paragraphs):
        end, length = start, 0
        while end < len(paragraphs) and length + len(paragraphs[end]) < _MOST_CHARACTERS:
            length += len(paragraphs[end]) + 1
            end += 1
        if length >= _FEWEST_CHARACTERS:
            yield as_one_line(" ".join(paragraphs[start:end]))
        start = max(start + 1, (start + end) // 2)


def _in_case(heading: str, text: str) -> str:
    """Return a heading in the case in which its words stand in the text."""
    text = text[:_SAMPLE]
    seen = Counter(_LETTERS.findall(text))
    # Words are capitals at the beginning of every sentence.
    begun = Counter(
        match.group()
        for span in sentences.split(text, "en")
        if (match := _LETTERS.search(text, span.start, span.end))
    )

    def cased(match: re.Match[str]) -> str:
        word = match.group()
        plain, proper = word.lower(), word.capitalize()
        if plain == "i":
            return proper
        return proper if seen[proper] - begun[proper] > seen[plain] else plain

    return _LETTERS.sub(cased, heading)
