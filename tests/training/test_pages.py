"""Documents as pages: what is prose, what is held out, and how pages become passages."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import DocumentError, TrainingError
from assistant.training import corpora, pages
from assistant.training.pages import Section
from assistant.training.split import Part

if TYPE_CHECKING:
    from pathlib import Path


def prose(words: int, seed: int = 0) -> str:
    """Return paragraphs of about forty words, no two the same."""
    random = Random(seed)
    vocabulary = [f"word{number}" for number in range(500)]
    made = []
    while words > 0:
        sentences = [" ".join(random.choices(vocabulary, k=10)).capitalize() for _ in range(4)]
        made.append(". ".join(sentences) + ".")
        words -= 40
    return "\n\n".join(made)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_marks_of_markdown_that_are_no_prose_are_left_out(tmp_path: Path) -> None:
    """Front matter, code, tables, pictures and headings teach nobody how somebody writes."""
    text = (
        "---\ntitle: Diary\n---\n# Monday\n\nIt *rained* on [us](http://a.b) all day.\n\n"
        "```\nprint(1)\n```\n\n| a | b |\n|---|---|\n\n![x](y.png)\n\n***\n\n## Tuesday\n\nSun.\n"
    )
    first, second = pages.read_documents([write(tmp_path, "diary.md", text)])
    assert first.paragraphs == ("It *rained* on us all day.",)
    assert second.paragraphs == ("Sun.",)


def test_wrapped_lines_are_joined(tmp_path: Path) -> None:
    """A line break that only wraps is a space."""
    text = "The keeper of the lighthouse had gone up the stairs every evening for\nthirty years."
    (section,) = pages.read_documents([write(tmp_path, "a.txt", text)])
    assert section.paragraphs[0].endswith("evening for thirty years.")


def test_a_draft_of_the_same_text_counts_once(tmp_path: Path) -> None:
    """Otherwise what is held out would stand among what is learned from."""
    text = prose(400)
    both = [write(tmp_path, "draft.txt", text), write(tmp_path, "final.txt", text.upper())]
    assert pages.words_in(pages.read_documents(both)) == pages.words_in(
        pages.read_documents(both[:1])
    )


@pytest.mark.parametrize("content", [b"", b"   \n\n", b"---\n***\n", b"\x00\x01\x02\xff" * 50])
def test_a_file_without_text_is_told(tmp_path: Path, content: bytes) -> None:
    """An empty or a binary file is refused with its name."""
    path = tmp_path / "strange.txt"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match="strange"):
        pages.read_documents([path])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nowhere"):
        pages.read_documents([tmp_path / "nowhere.txt"])


def test_too_little_text_is_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(TrainingError, match=r"1,999.*2,000"):
        pages.require_enough(1_999)
    pages.require_enough(2_000)


@pytest.mark.parametrize("words", [2_000, 10_000, 60_000])
def test_about_eight_of_a_hundred_words_are_held_out_in_whole_pages(
    tmp_path: Path, words: int
) -> None:
    """At least one page, whatever there is; nothing of it is learned from."""
    sections = pages.read_documents([write(tmp_path, "book.txt", prose(words))])
    made = pages.pages_of(sections)
    total = pages.words_in(sections)
    held = [page for page in made if page.part is Part.VALIDATION]
    share = sum(len(page.text.split()) for page in held) / total
    assert held
    assert 0.03 < share < 0.13
    kept = {paragraph for page in held for paragraph in page.paragraphs}
    assert not kept & {p for page in made if page not in held for p in page.paragraphs}
    assert pages.pages_of(sections) == made


@pytest.mark.parametrize("chapters", [1, 3, 15])
def test_every_paragraph_is_on_one_page(chapters: int) -> None:
    """What is left at a section's end, too little for a page, takes nothing else's place."""
    for words in range(160, 4_000, 120):
        sections = [
            Section("a", number, tuple(prose(words, number).split("\n\n")))
            for number in range(chapters)
        ]
        paragraphs = [paragraph for section in sections for paragraph in section.paragraphs]
        assert [p for page in pages.pages_of(sections) for p in page.paragraphs] == paragraphs


def test_pages_survive_the_disk(tmp_path: Path) -> None:
    made = pages.pages_of([Section("a", 0, tuple(prose(900).split("\n\n")), "\n")])
    pages.write_pages(made, tmp_path / "pages.jsonl", 100)
    assert tuple(map(pages.page_from, corpora.rows(tmp_path, "pages"))) == made


@pytest.mark.parametrize("row", [{}, {"paragraphs": 3}, {"group": "a", "part": "neither"}])
def test_damaged_pages_are_told(row: dict[str, object]) -> None:
    with pytest.raises(TrainingError, match="damaged"):
        pages.page_from(row)


def test_every_pass_reads_all_words_in_their_order_and_parts_them_elsewhere() -> None:
    """Nothing is lost or read twice in a pass; no passage is longer than it may be."""
    sections = [Section("a", 0, tuple(prose(1500).split("\n\n")))]
    made = [page for page in pages.pages_of(sections) if page.part is Part.TRAIN]
    words = [word for page in made for word in page.text.split()]
    passes = [list(pages.passages(made, 100, Random(seed))) for seed in range(12)]
    for one in passes:
        assert [word for example in one for word in example.answer.split()] == words
        assert max(len(example.answer.split()) for example in one) <= 100
        assert all(example.values == {"text": ""} and not example.ends for example in one)
    assert len({one[0].answer for one in passes}) > 1


def test_a_paragraph_longer_than_a_page_is_parted_at_its_sentences() -> None:
    """Somebody who never begins a new paragraph can be learned from too, in Chinese as well."""
    latin = prose(2_400).replace("\n\n", " ")
    chinese = "".join(f"第{n}天晚上老人又提着灯走上了楼梯。" for n in range(150))
    for text, glue in ((latin, " "), (chinese, "")):
        made = pages.pages_of([Section("a", 0, (text,))])
        assert len(made) > 5
        assert glue.join(p for page in made for p in page.paragraphs) == text
        examples = list(pages.passages(made, 100, Random(0)))
        assert all("\n\n" not in example.answer[:-1] or glue for example in examples)
