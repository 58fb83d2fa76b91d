"""Where sentences and paragraphs stand, in languages with and without spaces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.sentences import paragraphs, split


def sentences(text: str, language: str | None = None) -> list[str]:
    return [text[span.start : span.end] for span in split(text, language)]


def paragraph_texts(text: str) -> list[str]:
    return [text[span.start : span.end] for span in paragraphs(text)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["The U.S. Army came.", "Dr. Smith met J. R. R. Tolkien at 3.14 p.m.", "OK?", "Yes!!!"],
        ),
        (
            "en",
            ["“Go!” he said.", "“Now.”", "“I can't. I won't,” she said.", '"Really?" he asked.'],
        ),
        ("en", ["“I am here.”", "“So am I.”", "“And I?”", "“No!”", "She left."]),
        ("en", ["1. First thing.", "2. Second thing."]),
        ("fr", ["Hier, Mme. Durand est partie.", "Le Dr. Knock est là.", "« Bonjour ! » dit-il."]),
        ("de", ["Das ist z. B. gut.", "Der 3. Mai war schön.", "Herr Dr. Müller kam."]),
        ("ko", ["안녕하세요.", "저는 학생입니다.", "좋아요!"]),
        ("hi", ["यह है।", "वह गया।"]),
    ],
)
def test_sentences_end_where_a_reader_says(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["市议会周二投票决定关闭旧桥。", "市长说什么？", "太好了！", "完了"],
        ["他说：“你好！你是谁？”", "她没有回答。", "「真的吗？」", "他问。", "『是』。"],
        ["他走了。", '"你好！再见！"', "她说。"],
        ["今天天气很好……我们走吧！", "“我……我不知道……”", "真的？！"],
        ["《为什么？》这本书很好。", "（他走了。）", "价格是3.5元。"],
        ["“去吧！”，他说。", "“去吧！”的声音很大。"],
        ["彼は「行きます。」と言った。", "そして帰った。", "とはいえ、雨だ。"],
        ["𠀀𠀁𠀂。", "😀好。"],
    ],
)
def test_chinese_and_japanese_end_without_spaces_and_keep_speech_whole(expected: list[str]) -> None:
    assert sentences("".join(expected)) == expected


def test_long_chinese_speech_is_split_within_its_quotation_marks() -> None:
    speech = [f"这是第{number}句很长很长很长很长很长很长的话。" for number in range(20)]
    assert len(sentences("“" + "".join(speech) + "”")) == 20


def test_sentences_of_another_script_between_chinese_ones_are_found() -> None:
    text = "他看着我说了很久很久的话。I like it. Do you? 你呢？"
    assert sentences(text) == ["他看着我说了很久很久的话。", "I like it.", "Do you?", "你呢？"]


def test_paragraphs_are_never_joined() -> None:
    assert sentences("A heading\nA line\r\n\r\nand another\u2029more") == [
        "A heading",
        "A line",
        "and another",
        "more",
    ]


WRAPPED = (
    "It is a truth universally acknowledged, that a single man in possession\n"
    "of a good fortune, must be in want of a wife. However little known the\n"
    "feelings of such a man may be, it is fixed."
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_that_a_program_wrapped_are_one_paragraph(newline: str) -> None:
    text = f"CHAPTER I\n{WRAPPED}\n\n{WRAPPED}".replace("\n", newline)
    wrapped = WRAPPED.replace("\n", newline)
    assert paragraph_texts(text) == ["CHAPTER I", wrapped, wrapped]
    assert len(sentences(text, "en")) == 5


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red\nViolets are blue",
        "- a list of many things that are worth the while of a reader, one\n- by one by one by one",
        "This line stands alone and says all that it has to say today.\n" * 2,
        "这是一个很长很长的段落" * 7 + "\n" + "这是另一个很长很长的段落" * 6,
        "# A heading that is very long and goes on to fill the whole of one line\nAnd its text",
        "    An indented paragraph in a book without blank lines, one of two of them\n" * 2,
    ],
)
def test_lines_that_were_meant_stay_paragraphs(text: str) -> None:
    assert len(paragraph_texts(text)) == 2


@pytest.mark.parametrize("text", ["", " ", "\r\n \n\t"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert split(text) == ()
    assert paragraphs(text) == ()


@given(
    st.text(
        alphabet=st.sampled_from('ab .!?…。！？“”"「」（）\n\r\u2028\t😀\u3000中国1-#*，\ud83d')
        | st.characters()
    )
)
def test_spans_are_in_order_and_leave_out_white_space_only(text: str) -> None:
    for spans in (split(text, "en"), paragraphs(text)):
        for span in spans:
            part = text[span.start : span.end]
            assert part
            assert part == part.strip()
        assert all(one.end <= other.start for one, other in pairwise(spans))
        kept = "".join(text[span.start : span.end] for span in spans)
        assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "unit", ["他说你好。", "“你好。", "1. ", "Dr. ", "(", "a\n", "word ", "“a b? C.” ", "?"]
)
def test_no_text_takes_quadratic_time(unit: str) -> None:
    """Quadratic ones would run into the suite's timeout."""
    text = unit * 100_000
    assert split(text, "en")[-1].end == len(text.rstrip())
