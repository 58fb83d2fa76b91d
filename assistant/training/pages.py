"""A writer's documents as pages to learn from: cleaned, parted, some of them held out.

Knows no model. A page is a few paragraphs of one section of one document; whole pages are kept to
judge by, so that nothing of a page is ever on both sides.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from assistant.core.errors import DocumentError, TrainingError
from assistant.core.i18n import tr
from assistant.text import sentences
from assistant.text.counts import count_words
from assistant.training.examples import Example
from assistant.training.split import Part, group_name, place

# A few minutes of reading: less than this says too little about how somebody writes.
FEWEST_WORDS = 2_000
# The share of the words that is kept to judge by, and between which sizes a page lies.
_HELD_OUT = 0.08
_PAGES_WANTED = 25
_SMALLEST_PAGE, _LARGEST_PAGE = 150, 600
# A paragraph that stands in the text again is a draft or a running head.
_FEWEST_WORDS_OF_A_REPEAT = 4
_LONGEST_WORD = 80

_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_FENCED = re.compile(r"^(```|~~~).*?^\1[`~]*[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_HEADING = re.compile(
    r"#{1,6}\s|(?:chapter|part|book|section|kapitel|chapitre|cap[ií]tulo)\s+[\divxlc]+\b"
    r"|第[\d一二三四五六七八九十百零〇两]+[章节回卷部篇]",
    re.IGNORECASE,
)
_LONGEST_HEADING = 80
_NOT_PROSE = re.compile(r"\||[-=*_~#\s]+$|\[\^?[^\]]+\]:")
_LINE_BREAK = re.compile(r"[ \t]*\n\s*")
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u2060\ufeff\ufffd]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Section:
    """The paragraphs between two headings; `between` is what its document puts between them."""

    document: str
    number: int
    paragraphs: tuple[str, ...]
    between: str = "\n\n"


@dataclass(frozen=True, slots=True)
class Page:
    """Some paragraphs that follow each other, and the side of the split that they are on."""

    group: str
    section: str
    part: Part
    paragraphs: tuple[str, ...]
    between: str

    @property
    def text(self) -> str:
        """The page as it stands in its document."""
        return self.between.join(self.paragraphs)


def read_documents(paths: Iterable[Path]) -> tuple[Section, ...]:
    """Return the sections of the files; what stands in them twice is taken once.

    Raises `DocumentError` for a file that is missing, no text, or without a sentence in it.
    """
    each = dict.fromkeys(path.resolve() for path in paths)
    return without_repeats(section for path in each for section in read_document(path))


def read_document(path: Path) -> tuple[Section, ...]:
    """Return the sections of one file; raises as `read_documents` does."""
    from assistant.documents import files

    sections = _sections(files.read(path).text, path.stem)
    if not any(section.paragraphs for section in sections):
        raise DocumentError(
            tr("There is no text to learn from in {path}. Leave it out.", path=path)
        )
    return tuple(sections)


def without_repeats(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections without the paragraphs that stood in one before: drafts, running heads.

    What is held out would else stand among what is learned from.
    """
    known: set[str] = set()
    unique = (_without_known(section, known) for section in sections)
    return tuple(section for section in unique if section.paragraphs)


def words_in(sections: Iterable[Section]) -> int:
    """Return how many words there are to learn from."""
    return sum(count_words(text) for section in sections for text in section.paragraphs)


def require_enough(words: int) -> None:
    """Raise `TrainingError` where there are too few words."""
    if words < FEWEST_WORDS:
        raise TrainingError(
            tr(
                "There are {words} words to learn from, and at least {fewest} are needed. Add more "
                "of your own texts.",
                words=f"{words:,}",
                fewest=f"{FEWEST_WORDS:,}",
            )
        )


def pages_of(sections: Sequence[Section]) -> tuple[Page, ...]:
    """Part the sections into pages, about 8 % of the words held out, at least one page."""
    wanted = words_in(sections) // _PAGES_WANTED
    size = min(max(wanted, _SMALLEST_PAGE), _LARGEST_PAGE)
    parted = [(section, page) for section in sections for page in _parted(section, size)]
    groups = [
        group_name(section.document, str(section.number), str(index))
        for index, (section, _) in enumerate(parted)
    ]
    kept = _kept(groups, [_words(paragraphs) for _, paragraphs in parted])
    return tuple(
        Page(
            group=group,
            section=f"{section.document}/{section.number}",
            part=Part.VALIDATION if group in kept else Part.TRAIN,
            paragraphs=paragraphs,
            between=section.between,
        )
        for group, (section, paragraphs) in zip(groups, parted, strict=True)
    )


def write_pages(pages: Iterable[Page], path: Path, passage_words: int) -> None:
    """Write pages as JSON lines, which the builder `pages` reads, and how long passages may be."""
    lines = [
        json.dumps(
            {
                "group": page.group,
                "section": page.section,
                "part": page.part.value,
                "paragraphs": page.paragraphs,
                "between": page.between,
                "passage_words": passage_words,
            },
            ensure_ascii=False,
        )
        for page in pages
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def page_from(row: Mapping[str, object]) -> Page:
    """Return the page that a row of such a file holds; raises `TrainingError` for any other."""
    try:
        paragraphs = row["paragraphs"]
        if not isinstance(paragraphs, list):
            raise TypeError
        return Page(
            group=str(row["group"]),
            section=str(row["section"]),
            part=Part(row["part"]),
            paragraphs=tuple(map(str, paragraphs)),
            between=str(row["between"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(damaged()) from error


def damaged() -> str:
    """Return what is said of pages that cannot be read."""
    return tr("The pages to learn from are damaged. Begin anew with your documents.")


def passages(pages: Iterable[Page], most_words: int, random: Random) -> Iterator[Example]:
    """Yield the pages as passages of at most `most_words`, the first of each stretch shorter.

    Pages of one side that follow each other in a section are one stretch, and where its passages
    part differs from pass to pass, so that every sentence is read with much and with little before
    it. What is longer than a passage by itself is parted at its sentences.
    """
    for stretch in _stretches(pages):
        pieces = [
            (page.group, piece, page.between if gap is None else gap)
            for page in stretch
            for paragraph in page.paragraphs
            for gap, piece in _pieces(paragraph, most_words)
        ]
        room = random.randint(most_words // 4, most_words)
        text, group, words = "", "", 0
        for piece_group, piece, between in pieces:
            count = count_words(piece)
            if text and words + count > room:
                yield _example(text, group)
                text, words, room = "", 0, most_words
            group = group if text else piece_group
            text = f"{text}{between}{piece}" if text else piece
            words += count
        if text:
            yield _example(text, group)


def _example(text: str, group: str) -> Example:
    return Example("continue.plain", {"text": ""}, text, group, ends=False)


def _stretches(pages: Iterable[Page]) -> Iterator[list[Page]]:
    stretch: list[Page] = []
    for page in pages:
        if stretch and (page.section, page.part) != (stretch[-1].section, stretch[-1].part):
            yield stretch
            stretch = []
        stretch.append(page)
    if stretch:
        yield stretch


def _pieces(paragraph: str, most_words: int) -> Iterator[tuple[str | None, str]]:
    """Yield a paragraph, or as many of its sentences at a time as `most_words` allow.

    With each comes what parts it from the one before in its paragraph, None for the first.
    """
    if count_words(paragraph) <= most_words:
        yield None, paragraph
        return
    start = end = words = 0
    gap = None
    for span in sentences.split(paragraph):
        count = count_words(paragraph[span.start : span.end])
        if words and words + count > most_words:
            yield gap, paragraph[start:end]
            gap, start, words = paragraph[end : span.start], span.start, 0
        end = span.end
        words += count
    yield gap, paragraph[start:end]


def _sections(text: str, document: str) -> list[Section]:
    """Return the sections of a text, without what is no prose."""
    text = _HIDDEN.sub("", unicodedata.normalize("NFC", text))
    for pattern, replacement in (
        (_FRONT_MATTER, ""),
        (_FENCED, "\n"),
        (_COMMENT, ""),
        (_IMAGE, ""),
        (_LINK, r"\1"),
    ):
        text = pattern.sub(replacement, text)
    between = "\n\n" if "\n\n" in text.strip() else "\n"
    parts: list[list[str]] = [[]]
    for span in sentences.paragraphs(text):
        paragraph = _joined_lines(text[span.start : span.end])
        if len(paragraph) <= _LONGEST_HEADING and _HEADING.match(paragraph):
            parts.append([])
        elif _is_prose(paragraph):
            parts[-1].append(paragraph)
    return [
        Section(document, number, tuple(paragraphs), between)
        for number, paragraphs in enumerate(parts)
    ]


def _joined_lines(paragraph: str) -> str:
    """Return a paragraph whose lines were wrapped as one line."""
    return _LINE_BREAK.sub(" ", paragraph)


def _is_prose(paragraph: str) -> bool:
    if _NOT_PROSE.match(paragraph) or not _LETTER.search(paragraph):
        return False
    if max(map(len, paragraph.split())) <= _LONGEST_WORD:
        return True
    # Chinese has no spaces; a word of a hundred Latin letters is no word.
    return count_words(paragraph) * 4 > len(paragraph)


def _without_known(section: Section, known: set[str]) -> Section:
    """Return `section` without the paragraphs that came before, and remember its own."""
    kept = []
    for paragraph in section.paragraphs:
        form = group_name(paragraph)
        if form in known and count_words(paragraph) >= _FEWEST_WORDS_OF_A_REPEAT:
            continue
        known.add(form)
        kept.append(paragraph)
    return Section(section.document, section.number, tuple(kept), section.between)


def _parted(section: Section, size: int) -> Iterator[tuple[str, ...]]:
    """Yield the pages of a section; what is left at its end goes with the last one."""
    pages: list[list[str]] = [[]]
    for paragraph in section.paragraphs:
        for _, piece in _pieces(paragraph, 2 * size):
            if _words(pages[-1]) >= size:
                pages.append([])
            pages[-1].append(piece)
    if len(pages) > 1 and _words(pages[-1]) < size // 2:
        rest = pages.pop()
        pages[-1] += rest
    yield from (tuple(page) for page in pages)


def _words(paragraphs: Iterable[str]) -> int:
    return sum(map(count_words, paragraphs))


def _kept(groups: Sequence[str], words: Sequence[int]) -> frozenset[str]:
    """Return the pages that are kept to judge by: those whose hashes come first."""
    wanted = _HELD_OUT * sum(words)
    kept: set[str] = set()
    total = 0
    for group, count in sorted(zip(groups, words, strict=True), key=lambda pair: place(pair[0])):
        if kept and (total + count / 2 > wanted or len(kept) + 1 >= len(groups)):
            break
        kept.add(group)
        total += count
    return frozenset(kept)
