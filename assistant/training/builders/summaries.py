"""What people wrote about a text in one sentence: abstracts of papers, and parts of meetings.

Cachola et al. 2020 (SciTLDR) and Zhong et al. 2021 (QMSum), of whose answers about an excerpt the
first sentence is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.text import sentences
from assistant.text.passages import as_one_line
from assistant.training import corpora
from assistant.training.cleaning import detokenized, group_of
from assistant.training.examples import Example
from assistant.training.split import Part

WAY = "summarize.reader"
# What leaves room for a sentence in 512 tokens: abstracts take about 5 characters a token, talk 4.
_LONGEST_ABSTRACT = 1900
_LONGEST_MEETING = 1650
_FEWEST_WORDS = 5
_MOST_WORDS = 45


def summaries(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield texts with what was written about them in one sentence."""
    found = [*_abstracts(data, part), *_meetings(data, part)]
    random.shuffle(found)
    yield from found


def sentence(text: str) -> str:
    """Return `text` as a sentence: on one line, begun with a capital, closed."""
    text = as_one_line(text).strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", '."', ".”")) else text.rstrip(",;:") + "."


def first_sentences(text: str, characters: int) -> str:
    """Return as many whole sentences from the beginning as there is room for."""
    if len(text) <= characters:
        return text
    ends = [span.end for span in sentences.split(text, "en") if span.end <= characters]
    return text[: ends[-1]] if ends else ""


def _abstracts(data: Path, part: Part) -> Iterator[Example]:
    for row in corpora.rows(data, "scitldr_train"):
        group = group_of(row)
        text = first_sentences(as_one_line(row["document"]), _LONGEST_ABSTRACT)
        for summary in row["summary"]:
            if part.has(group) and text and _is_sentence(summary):
                yield Example(WAY, {"text": text}, sentence(summary), group)


def _meetings(data: Path, part: Part) -> Iterator[Example]:
    for row in corpora.rows(data, "qmsum_train_short"):
        group = group_of(row)
        text = as_one_line(detokenized(row["document"]))
        summary = detokenized(as_one_line(row["summary"]))
        spans = sentences.split(summary, "en")
        first = summary[: spans[0].end] if spans else ""
        if part.has(group) and len(text) <= _LONGEST_MEETING and _is_sentence(first):
            yield Example(WAY, {"text": text}, sentence(first), group)


def _is_sentence(summary: str) -> bool:
    """Return whether a summary is neither a mere title in capitals, nor too short or too long."""
    words = summary.count(" ") + 1
    return _FEWEST_WORDS <= words <= _MOST_WORDS and summary != summary.upper()
