"""Sentences to be mended, and sentences to be left alone, from modern and old prose.

Clean sentences of everyday talk, children's stories and novels, two of three spoilt by rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from assistant.core.tasks import TaskName
from assistant.tasks.prompts import ways_of_asking
from assistant.text import sentences
from assistant.training import cleaning
from assistant.training.corpora import rows
from assistant.training.examples import Example
from assistant.training.split import Part
from assistant.training.spoiling.spoiler import spoil

WAY = f"{TaskName.REWRITE}.proofread.editor"
# The share of sentences that are right as they stand.
_WHOLE = 0.3
# The share of examples that are two short sentences: what runs on can be parted again.
_TWO = 0.07
_SHORT_WORDS = 14
_FEWEST_WORDS, _MOST_WORDS = 3, 45
# A word that is rarer in all that was read is a misprint, dialect, or of another language.
_KNOWN_COUNT = 3
# A book is met at one place of this many characters.
_WINDOW = 12_000


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    group: str


@dataclass(frozen=True, slots=True)
class _Source:
    """Corpora of one manner: their share of the examples, how many sentences of a group.

    `met` is the share of rows that are looked at: of some there are more than anybody needs.
    """

    corpora: tuple[str, ...]
    share: float
    of_a_group: int
    met: float = 1.0


# Three fifths modern, two fifths old.
_SOURCES = (
    _Source(("tatoeba.en-fr", "tatoeba.en-de", "tatoeba.en-es"), 0.32, 1, 0.25),
    _Source(("tinystories_cased",), 0.21, 12),
    _Source(("pb_en", "asp_en"), 0.07, 20),
    _Source(("fairytaleqa_stories",), 0.13, 60),
    _Source(("gutenberg_children",), 0.17, 40),
    _Source(("gutenberg_classics.1",), 0.10, 40),
)

_ENDS = re.compile(r"[.!?][\"”]?$")
_BEGINS = re.compile(r"[\"“]?[A-Z]")
_ODD = re.compile(
    r"[^\w\s.,;:!?\"'’“”—–-]|_|\d{5}|--|\s\s|[A-Z]{2,}|\s[.,;:!?]|[.,;:!?]{2}|[.!?] [a-z]"
)
# Speech as it was heard: 'em, goin', o', ain't, dat.
_DIALECT = re.compile(
    r"(?<!\w)['’][a-z]|\b\w+in['’](?!\w)|\bo['’] |\b(?:ain't|ain’t|yer|ye|dat|dis|de|wot|o'er|e'en"
    r"|thar|hev|wuz|ter|fer|git|jest|kin|ole|gwine|nuff|an')\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(?<![\w'’])[a-z]+(?:['’][a-z]+)?")


def corrections(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield sentences, spoilt or whole, each with the right one as its answer."""
    pools = [_pool(data, source, part, random) for source in _SOURCES]
    counts = Counter(
        word for pool in pools for sentence in pool for word in _WORDS.findall(sentence.text)
    )
    known = frozenset(word for word, count in counts.items() if count >= _KNOWN_COUNT)
    prompted = _prompted()
    shares = [source.share for source in _SOURCES]
    while True:
        (pool,) = random.choices(pools, shares)
        if not pool:
            # The others would no longer be mixed as they should.
            return
        sentence = pool.pop()
        words = _WORDS.findall(sentence.text)
        if sentence.text not in prompted and (part is Part.VALIDATION or known.issuperset(words)):
            yield _example(sentence, random, known)


def _example(sentence: _Sentence, random: Random, known: frozenset[str]) -> Example:
    spoilt = None if random.random() < _WHOLE else spoil(sentence.text, random, known)
    text = spoilt.text if spoilt else sentence.text
    return Example(WAY, {"text": text}, sentence.text, sentence.group)


def _prompted() -> frozenset[str]:
    """Return the sentences that models are shown as shots: they are judged beside this one."""
    ways = ways_of_asking(TaskName.REWRITE).ways.values()
    return frozenset(answer for way in ways for answer in way.answers())


def _pool(data: Path, source: _Source, part: Part, random: Random) -> list[_Sentence]:
    """Return the clean sentences of one source, shuffled, none of them twice."""
    found: dict[str, _Sentence] = {}
    for name in source.corpora:
        for row in rows(data, name):
            if random.random() >= source.met:
                continue
            group = cleaning.group_of(row)
            if part.has(group):
                for text in _sentences(row, source.of_a_group, random):
                    found.setdefault(text, _Sentence(text, group))
    pool = list(found.values())
    random.shuffle(pool)
    return pool


def _sentences(row: Mapping[str, Any], most: int, random: Random) -> Iterator[str]:
    if "english" in row:
        if is_clean(row["english"]):
            yield row["english"]
        return
    text = row["text"]
    if len(text) > _WINDOW:
        start = text.find("\n\n", random.randrange(len(text) - _WINDOW))
        text = text[start : start + _WINDOW].rpartition("\n\n")[0]
    found = [one for paragraph in cleaning.paragraphs(text) for one in _of(paragraph, random)]
    yield from random.sample(found, min(most, len(found)))


def _of(paragraph: str, random: Random) -> Iterator[str]:
    """Yield the clean sentences of a paragraph; sometimes two short ones as one."""
    before = ""
    for span in sentences.split(paragraph, "en"):
        text = paragraph[span.start : span.end]
        clean = is_clean(text)
        if clean and before and random.random() < 3 * _TWO:
            yield f"{before} {text}"
        elif clean:
            yield text
        before = text if clean and len(text.split()) <= _SHORT_WORDS else ""


def is_clean(text: str) -> bool:
    """Return whether `text` can pass for a right sentence, as far as its looks tell."""
    words = text.count(" ") + 1
    return (
        _FEWEST_WORDS <= words <= _MOST_WORDS
        and _BEGINS.match(text) is not None
        and _ENDS.search(text) is not None
        and _ODD.search(text) is None
        and _DIALECT.search(text) is None
        and text.count('"') % 2 == 0
        and text.count("“") == text.count("”")
    )
