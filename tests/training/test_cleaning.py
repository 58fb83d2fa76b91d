"""What is left of a book when it is clean: its prose and its chapters, as the author had them."""

from __future__ import annotations

from assistant.training.cleaning import (
    Kind,
    blocks,
    chapters,
    detokenized,
    group_of,
    paragraphs,
    passages,
    title_of,
)


def prose(text: str) -> list[str]:
    return list(paragraphs(text))


def kinds(text: str) -> list[Kind]:
    return [block.kind for block in blocks(text)]


def test_wrapped_lines_are_joined_and_what_was_said_stays_as_it_was() -> None:
    text = '"Come,"  said the\nold\u00a0man--"come _here_, my\nmerry-\nmaker."\n\nShe came.'
    assert prose(text) == ['"Come," said the old man--"come here, my merry-maker."', "She came."]


def test_what_an_edition_puts_around_a_book_is_taken_off() -> None:
    text = (
        "Produced by A. Person and the Distributed Proofreaders\n\n"
        "*** START OF THIS PROJECT GUTENBERG EBOOK A TALE ***\r\n\r\nOnce there was a king.\r\n\r\n"
        "He was old.[12]\r\n\r\n*** END OF THIS PROJECT GUTENBERG EBOOK A TALE ***\r\n\r\nLicence."
    )
    assert prose(text) == ["Once there was a king.", "He was old."]


def test_captions_contents_and_notes_are_dropped() -> None:
    text = (
        "A TALE\n\nCONTENTS\n\nThe king . . . . . . . . 12\n\nI. THE KING 9\nII. THE QUEEN 17\n\n"
        "The king sat down.\n\n[Illustration: The king,\n\nsitting]\n\nThe queen &amp; he ate.\n\n"
        "* * * * *\n\n[Footnote 1: In the first edition he stands.]\n\n42\n\nThey slept."
    )
    assert prose(text) == ["The king sat down.", "The queen & he ate.", "They slept."]


def test_a_transcribers_note_at_the_end_ends_the_book() -> None:
    text = "\n\n".join(f"He walked on for day {day}." for day in range(40))
    text += "\n\nTRANSCRIBER'S NOTE:\n\nObvious errors have been corrected."
    assert len(prose(text)) == 40


def test_headings_verse_and_scraps_are_told_from_prose() -> None:
    text = (
        "CHAPTER I\n\nThe Golden Bird\n\nXII. THE OLD MILL\n\nI am the miller.\n\n"
        "O bird of gold,\nO bird so old,\nCome home to me\n\nIt sang,\n\n“WHO CALLS?”\n\nTHE END."
    )
    assert kinds(text) == [
        Kind.HEADING,
        Kind.SCRAP,
        Kind.HEADING,
        Kind.PROSE,
        Kind.VERSE,
        Kind.SCRAP,
        Kind.SCRAP,
        Kind.HEADING,
    ]


def test_a_chapter_has_the_headings_in_front_of_it() -> None:
    text = (
        "A preface.\n\nCHAPTER I.\n\nIn which a ship sails away, and comes back.\n\nIt sailed.\n\n"
        "It came back.\n\nCHAPTER II. THE STORM\n\nIt blew.\n\nIn which tree was the bird?"
    )
    found = list(chapters(text))
    assert [title_of(chapter.heading) for chapter in found] == [
        "",
        "In which a ship sails away, and comes back.",
        "THE STORM",
    ]
    assert found[1].paragraphs == ("It sailed.", "It came back.")
    assert found[2].paragraphs == ("It blew.", "In which tree was the bird?")


def test_a_number_alone_is_no_title() -> None:
    assert title_of("Chapter XIV.") == title_of("IX") == title_of("CHAPTER TWENTY-FIRST.") == ""


def test_passages_are_whole_paragraphs_of_about_the_length_that_is_wanted() -> None:
    assert list(passages(["one two", "three", "four five six seven", "eight"], 3)) == [
        "one two\n\nthree",
        "four five six seven",
        "eight",
    ]


def test_tokenized_text_gets_its_spaces_back() -> None:
    tokenized = "well , we do n't ( really ) know : it 's a time - line ."
    assert detokenized(tokenized) == "well, we don't (really) know: it's a time-line."


def test_a_row_of_any_file_has_a_group() -> None:
    rows = (
        {"story": "Snow-Man", "context": "It is cold."},
        {"title": "Ozma of Oz\rA Record", "author": "Baum, L. Frank", "text": ""},
        {"file": "Bdb001.json", "document": ""},
        {"english": "Go.", "foreign": "Geh."},
        {"text": "One day, a girl found a needle."},
    )
    assert [group_of(row) for row in rows] == [
        "snow man",
        "ozma of oz baum",
        "bdb001 json",
        "go",
        "one day a girl found a needle",
    ]
