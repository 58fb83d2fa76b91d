"""What a teller learns from: passages of whole paragraphs, gaps that close again, nothing kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest

from assistant.core.errors import TrainingError
from assistant.core.requests import PlainPrompt
from assistant.core.tasks import TaskName
from assistant.tasks.prompts import ways_of_asking
from assistant.training import storybooks
from assistant.training.builders.gaps import gaps
from assistant.training.builders.registry import BUILDERS
from assistant.training.builders.stories import stories
from assistant.training.examples import Builder
from assistant.training.overlap import STRETCH, Stretches
from assistant.training.recipe import find
from assistant.training.split import Part, book_group, group_name

_NAMES = ("Anna", "the miller", "an old sailor", "Tom", "the queen", "my aunt", "the smith")
_DEEDS = ("opened the gate", "found a silver key", "lost the way", "heard a bell", "sang softly")
_PLACES = ("by the river", "in the cold wood", "under the bridge", "behind the mill")
_TIMES = ("before noon", "in the evening", "when it rained", "long ago", "on a Sunday")


def sentence(random: Random) -> str:
    name, deed = random.choice(_NAMES), random.choice(_DEEDS)
    place, time = random.choice(_PLACES), random.choice(_TIMES)
    # Numbers, so that no two sentences share a dozen words.
    one, two = random.randrange(10**6), random.randrange(10**6)
    return f"{name[0].upper()}{name[1:]} {deed} {one} {place}, {time}, and counted {two} stars."


def prose(seed: str, paragraphs: int, sentences: int = 4) -> str:
    random = Random(seed)
    blocks = (" ".join(sentence(random) for _ in range(sentences)) for _ in range(paragraphs))
    return "\n\n".join(blocks)


def book(title: str, paragraphs: int = 120) -> dict[str, str]:
    text = f"{title.upper()}\n\nCHAPTER I\n\n{prose(title, paragraphs)}\n\nTHE END"
    return {"title": title, "author": "Lang, Andrew", "text": text}


def titles(part: Part, count: int) -> list[str]:
    """Return titles of books on that side of the split."""
    numbered = (f"Tale Number {number}" for number in range(10_000))
    found = (title for title in numbered if part.has(book_group(title, "Lang, Andrew")))
    return [title for title, _ in zip(found, range(count), strict=False)]


def write(folder: Path, name: str, rows: Iterable[Mapping[str, str]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{name}.jsonl").write_text(text, "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with a little of everything that a teller learns from."""
    books = [*titles(Part.TRAIN, 4), *titles(Part.VALIDATION, 2)]
    write(tmp_path, "gutenberg_children", map(book, books))
    tales = [{"title": f"tale-{n}", "text": prose(f"tale {n}", 9)} for n in range(40)]
    write(tmp_path, "fairytaleqa_stories", tales)
    write(tmp_path, "fairytaleqa_val", [{"story": "asked", "context": prose("asked", 2)}])
    whole = {"title": "Whole", "file": "whole.md", "text": prose("whole", 12)}
    torn = {"title": "Torn", "file": "torn.md", "text": "and so\n\n" + prose("torn", 5)}
    write(tmp_path, "pb_en", [whole, torn, {"title": "No text", "file": "none.md", "text": ""}])
    write(tmp_path, "asp_en", [])
    small = [{"text": prose(f"small {n}", 2)} for n in range(30)]
    write(tmp_path, "tinystories_cased", [*small, *small, {"text": "Too short."}])
    return tmp_path


@pytest.mark.parametrize("build", [stories, gaps])
def test_the_same_seed_gives_the_same_examples_and_another_one_others(
    data: Path, build: Builder
) -> None:
    """Nothing but the seed decides."""
    once, again = (list(build(data, Part.TRAIN, Random(5))) for _ in range(2))
    assert once == again
    assert once != list(build(data, Part.TRAIN, Random(6)))
    assert len(once) > 20


@pytest.mark.parametrize("build", [stories, gaps])
def test_no_group_is_on_both_sides(data: Path, build: Builder) -> None:
    """Of books, tales, picture books and small stories alike."""
    groups = {part: {e.group for e in build(data, part, Random(1))} for part in Part}
    assert all(part.has(group) for part, names in groups.items() for group in names)
    assert all(
        book_group(t, "Andrew Lang") in groups[Part.VALIDATION] for t in titles(Part.VALIDATION, 2)
    )


def test_a_passage_is_whole_paragraphs_of_one_work_and_fits_a_block(data: Path) -> None:
    """No heading, no end of a slice, nothing longer than is learned at a time."""
    works = {book_group(t, "Lang"): book(t)["text"] for t in titles(Part.TRAIN, 4)}
    found = [e for e in stories(data, Part.TRAIN, Random(1)) if e.group in works]
    assert {e.group for e in found} == set(works)
    for example in found:
        assert example.way == "continue.plain"
        assert example.values == {"text": ""}
        assert f"\n\n{example.answer}\n\n" in works[example.group]
        assert "CHAPTER" not in example.answer
        assert 500 <= len(example.answer) <= storybooks.LONGEST
        assert not example.ends


def test_passages_of_a_book_are_spread_over_it_and_do_not_overlap(data: Path) -> None:
    """Every page is seen at most once in a pass."""
    title = titles(Part.TRAIN, 1)[0]
    text = book(title)["text"]
    group = book_group(title, "Lang")
    found = [e.answer for e in stories(data, Part.TRAIN, Random(1)) if e.group == group]
    places = sorted((text.index(answer), len(answer)) for answer in found)
    assert len(places) > 5
    ends = [start + length for start, length in places]
    assert all(end <= start for end, (start, _) in zip(ends, places[1:], strict=False))
    assert places[0][0] < len(text) * 0.2
    assert places[-1][0] > len(text) * 0.7


def test_a_whole_story_ends_and_is_learned_once(data: Path) -> None:
    """A story that stands in the file twice is one story; one that is too short is none."""
    wholes = {group_name(prose(f"small {n}", 2)[:120]): prose(f"small {n}", 2) for n in range(30)}
    found = [e for e in stories(data, Part.TRAIN, Random(1)) if e.group in wholes]
    assert len(found) == len({e.group for e in found}) > 20
    assert all(e.ends and e.answer == wholes[e.group] for e in found)


def test_a_longer_story_is_parted_and_ends_with_its_last_part(data: Path) -> None:
    """A picture book whose pages are torn is left out."""
    found = list(stories(data, Part.TRAIN, Random(1)))
    parts = [e for e in found if e.group == "whole"]
    parts.sort(key=lambda e: prose("whole", 12).index(e.answer))
    assert "\n\n".join(e.answer for e in parts) == prose("whole", 12)
    assert len(parts) > 1
    assert [e.ends for e in parts] == [False] * (len(parts) - 1) + [True]
    assert not any(e.group in ("torn", "no text") for e in found)


def test_what_is_kept_to_judge_by_is_in_no_other_book_either(data: Path) -> None:
    """A tale that is asked about, and a kept book, are not learned from a collection of tales."""
    kept = titles(Part.VALIDATION, 1)[0]
    copied = prose("asked", 2).upper().replace(",", ";") + "\n\n" + prose(kept, 12)
    collections = [book(title) for title in titles(Part.TRAIN, 4)]
    for row in collections:
        row["text"] = "\n\n".join([copied] * 12)
    write(data, "gutenberg_children", [*collections, book(kept)])
    groups = {e.group for e in stories(data, Part.TRAIN, Random(1))}
    assert not groups & {book_group(t, "Lang") for t in titles(Part.TRAIN, 4)}


def test_plays_verse_and_garbled_text_are_no_stories(data: Path) -> None:
    """What is not prose is passed over."""
    play = "\n\n".join(f"ANNA. {prose(str(n), 1)}" for n in range(40))
    garbled = prose("g", 40).replace("and", "â€œandâ€")
    verse = "\n\n".join("Line one of it\nLine two of it\nLine three" for _ in range(200))
    train = titles(Part.TRAIN, 3)
    rows = [
        {**book(t), "text": text} for t, text in zip(train, (play, garbled, verse), strict=True)
    ]
    write(data, "gutenberg_children", rows)
    groups = {e.group for e in stories(data, Part.TRAIN, Random(1))}
    assert not groups & {book_group(t, "Lang") for t in train}


@pytest.mark.parametrize(
    "text", ["", "One line.", "x" * 20_000, "\n\n" * 9000, "\r\n".join("ab" * 9)]
)
def test_a_book_that_is_none_is_passed_over(data: Path, text: str) -> None:
    """Whatever a file holds."""
    write(data, "gutenberg_children", [{"title": "Odd", "author": "", "text": text}])
    assert "odd" not in {e.group for e in stories(data, Part.TRAIN, Random(1))}


def test_a_missing_file_is_said(data: Path) -> None:
    """With its name."""
    (data / "pb_en.jsonl").unlink()
    with pytest.raises(TrainingError, match="pb_en"):
        list(stories(data, Part.TRAIN, Random(1)))


def test_a_gap_closes_again(data: Path) -> None:
    """Before, middle and after are a stretch of the text, in the middle of a paragraph."""
    works = {book_group(t, "Lang"): book(t)["text"] for t in titles(Part.TRAIN, 4)}
    found = [e for e in gaps(data, Part.TRAIN, Random(1)) if e.group in works]
    assert len(found) > 10
    for example in found:
        before, after = example.values["before"], example.values["after"]
        closed = [before + example.answer + blank + after for blank in ("", " ", "\n\n")]
        assert any(text in works[example.group] for text in closed)
        assert example.ends
        assert "\n" not in example.answer
        assert before.rpartition("\n")[2]
        assert 12 <= len(example.answer.strip()) <= 320


def test_gaps_are_clauses_and_sentences(data: Path) -> None:
    """Some end inside a sentence, some hold one, some two."""
    found = [e.answer for e in gaps(data, Part.TRAIN, Random(1))]
    stars = [answer.count("stars.") for answer in found]
    assert {0, 1, 2} <= set(stars)
    assert any(answer.endswith(",") for answer in found)


def test_a_gap_is_asked_as_the_program_asks(data: Path) -> None:
    """What follows first, then what is before, right before the middle."""
    example = next(iter(gaps(data, Part.TRAIN, Random(1))))
    task, _, section = example.way.partition(".")
    prompt = ways_of_asking(TaskName(task)).named(section).fill(example.values)
    assert prompt == PlainPrompt(
        f"<filename>{example.values['after']}<file_sep>{example.values['before']}"
    )


def test_the_recipe_names_builders_and_files_that_there_are() -> None:
    """Shares come to one, and every file has its licence."""
    recipe = find("teller")
    assert all(part.examples in BUILDERS for part in recipe.mix)
    assert sum(part.share for part in recipe.mix) == pytest.approx(1)
    assert all(source.licence and source.attribution and source.source for source in recipe.data)


def test_stretches_are_found_whatever_their_case_and_marks() -> None:
    """A run that is one word too short is chance."""
    words = " ".join(f"word{number}" for number in range(30))
    kept = Stretches()
    kept.add(words)
    run = words.split()[5 : 5 + STRETCH]
    assert kept.meets(f"And then: “{', '.join(run).upper()}!”")
    assert not kept.meets(" ".join(run[1:]) + " and on")
    assert not kept.meets("")
