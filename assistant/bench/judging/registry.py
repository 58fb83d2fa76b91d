"""Which tasks of judging there are: the files that each wants, and how its scores are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.bench.judging import (
    answers,
    editor,
    efficiency,
    gap,
    passages,
    prose,
    questions,
    refusal,
    summaries,
    translations,
)
from assistant.bench.judging.passages import is_there
from assistant.core.i18n import tr

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Judging


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a score, what it is called, and its rivals by their names there.

    `places` are the digits behind the point.
    """

    score: str
    title: str
    rivals: tuple[tuple[str, str], ...] = ()
    places: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One task: any of `files` will do, and none is wanted where there are none.

    `lines` makes the lines of the table, in the interface's language.
    """

    judge: Judging
    files: tuple[str, ...]
    lines: Callable[[], tuple[Line, ...]]

    def can_run(self, data: Path) -> bool:
        """Return whether `data` holds what the task wants."""
        return not self.files or any(is_there(data, file) for file in self.files)


def _answers() -> tuple[Line, ...]:
    sentence = tr("sentence with most words in common")
    return (
        Line("f1", tr("words in common with the right answer (F1)"), ((sentence, "rival_f1"),)),
        Line("exact", tr("exactly right, %"), ((sentence, "rival_exact"),)),
        Line("answered", tr("answered, %")),
    )


def _refusal() -> tuple[Line, ...]:
    words = tr("share of words found")
    return (
        Line(
            "kept", tr("questions that the passage answers: answered, %"), ((words, "rival_kept"),)
        ),
        Line(
            "declined_other_story",
            tr("another story's questions: declined, %"),
            ((words, "rival_other_story"),),
        ),
        Line(
            "declined_same_story",
            tr("another passage's questions: declined, %"),
            ((words, "rival_same_story"),),
        ),
    )


def _summaries() -> tuple[Line, ...]:
    rivals = (
        (tr("“we propose …”"), "rival_cue"),
        (tr("key sentence"), "rival_key_sentence"),
        (tr("first sentence"), "rival_lead"),
    )
    return (
        Line("rouge_l", tr("words in their order in common with people's (ROUGE-L)"), rivals),
        Line("copied", tr("copied from the text word for word, %")),
        Line("words", tr("length in words")),
    )


def _editor() -> tuple[Line, ...]:
    rules, both = tr("grammar rules"), tr("both")
    return (
        Line(
            "mended",
            tr("spoilt sentences exactly mended, %"),
            ((rules, "harper_mended"), (both, "both_mended")),
        ),
        Line(
            "right_changed",
            tr("right sentences changed, %"),
            ((rules, "harper_right_changed"), (both, "both_right_changed")),
        ),
    )


def _prose() -> tuple[Line, ...]:
    bits = tr("bits per byte")
    lines = [
        Line(
            "bits_per_byte_unseen",
            tr("bits per byte, unseen works"),
            (("xz", "rival_bits_per_byte"),),
            3,
        ),
        Line("bits_per_byte_seen", tr("bits per byte, works learned from"), (), 3),
        Line("difference", tr("difference"), (), 3),
        Line("next_word", tr("next word right, %"), ((tr("pairs of words"), "rival_next_word"),)),
        Line(
            "repeated_8grams",
            tr("texts of 200 tokens that repeat eight words, %"),
            ((tr("the books themselves"), "rival_repeated_8grams"),),
        ),
        Line(
            "repeated_8grams_stories",
            tr("the same after small stories, %"),
            ((tr("the stories themselves"), "rival_repeated_8grams_stories"),),
        ),
    ]
    lines += [Line(f"bits_per_byte_{name}", f"{bits}, {name}", (), 3) for name in passages.MANNERS]
    return tuple(lines)


def _gap() -> tuple[Line, ...]:
    rivals = (
        (tr("words in common"), "rival_right"),
        (tr("read in its order"), "right_plain"),
    )
    return (
        Line("right", tr("true middle likelier than three others, %"), rivals),
        Line("right_by_lift", tr("made likelier by its surroundings than three others, %")),
    )


def _translations() -> tuple[Line, ...]:
    example = tr("nearest example")
    return tuple(
        Line(f"{score}_{source}_{target}", f"{title}, {source} → {target}",
             ((example, f"rival_{score}_{source}_{target}"),))
        for score, title in (("bleu", "BLEU"), ("chrf", "chrF"))
        for source, target in translations.DIRECTIONS
    )  # fmt: skip


def _efficiency() -> tuple[Line, ...]:
    return (
        Line("tokens_per_second", tr("tokens written a second")),
        Line("prompt_tokens_per_second", tr("tokens read a second"), (), 0),
        Line("memory", tr("memory, MB"), (), 0),
    )


# Efficiency first: later the program's memory holds what was judged.
TASKS: dict[str, Entry] = {
    efficiency.NAME: Entry(efficiency.judge, (), _efficiency),
    answers.NAME: Entry(answers.judge, (questions.FILE,), _answers),
    refusal.NAME: Entry(refusal.judge, (questions.FILE,), _refusal),
    summaries.NAME: Entry(summaries.judge, (summaries.FILE,), _summaries),
    editor.NAME: Entry(editor.judge, (*passages.FILES, *editor.EVERYDAY), _editor),
    prose.NAME: Entry(prose.judge, passages.FILES, _prose),
    gap.NAME: Entry(gap.judge, passages.FILES, _gap),
    translations.NAME: Entry(translations.judge, translations.FILES, _translations),
}
