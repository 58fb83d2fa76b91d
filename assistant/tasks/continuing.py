"""Continue: go on with a text, to the end of a paragraph or about so many words.

Always plain text as the prompt, for chat models too. Never refuses a long text: what the model
cannot read is left out at the beginning. What is streamed is the beginning of what is returned,
but where a version ran into its limit in mid-sentence: there `Outcome.text` is the shorter one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import Completion, Finish, Request, Sampling
from assistant.core.tasks import Continue, Form, Outcome, TaskName
from assistant.tasks import assessment
from assistant.tasks.cleaning import is_ideographic
from assistant.tasks.prompts import ways_of_asking
from assistant.tasks.writing import Stream, all_of_it, write
from assistant.text import sentences
from assistant.text.counts import count_words
from assistant.text.scripts import UNSPACED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.core.requests import Prompt
    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription
    from assistant.tasks.assessment import Assessment, Installed
    from assistant.tasks.desk import Desk

# A version may run past its length this far to end with a sentence.
_OVERRUN = 1.6
# Generous: the words are what ends a version.
_TOKENS_PER_WORD = 5
# Few tokens are longer than this: what stands further back cannot fit.
_CHARACTERS_PER_TOKEN = 12

# A line of fewer words does not end it: often it is the mark that closes the writer's sentence.
_FEWEST_WORDS = 3

# How often a version is begun again that leaves the writer's paragraph at once, and how far apart
# the seeds of its tries are: further than those of the versions.
_TRIES = 6
_SEEDS_APART = 1000

_BLANKS = " \t\u3000"
_LINE_BREAK = re.compile(r"\s*\n")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]」』）*_]*$")

_LAST_WORD = re.compile(rf"(?:[{UNSPACED}]|[^\s{UNSPACED}]+)\s*$")


def assess(
    _task: Continue, description: ModelDescription | None, installed: Installed
) -> Assessment:
    """Say how well the model goes on with a text."""
    return assessment.of(description, TaskName.CONTINUE, _cannot, installed)


def run(task: Continue, desk: Desk) -> Outcome:
    """Carry out `task`; a version that says the same as an earlier one is left out."""
    if not task.text.strip():
        raise UsageError(tr("There is nothing to go on with yet: write a few words first."))
    ability = assessment.require(desk.describe(), TaskName.CONTINUE, _cannot)
    engine = desk.engine()
    versions: list[str] = []
    completions: list[Completion] = []
    sampling = task.sampling or ability.sampling or Sampling()
    for number, own_sampling in enumerate(_samplings(sampling, task.versions)):
        text, completion = _version(task, _Run(engine, desk, own_sampling, number))
        completions.append(completion)
        if text.strip() and text not in versions:
            versions.append(text)
        if completion.finish is Finish.CANCELLED:
            break
    if not versions and completions[-1].finish is Finish.CANCELLED:
        raise Cancelled
    return Outcome(
        text=versions[0] if versions else "",
        form=Form.MODEL,
        versions=tuple(versions),
        completions=tuple(completions),
        note="" if versions else _silence(engine.model.title),
    )


def _cannot(model: str) -> str:
    return tr("{model} cannot go on with a text.", model=model)


def _silence(model: str) -> str:
    return tr(
        "{model} takes the text for finished and wrote nothing. Try again, or write a few words "
        "more.",
        model=model,
    )


def _samplings(sampling: Sampling, versions: int) -> Iterator[Sampling]:
    """Yield one sampling a version; a greedy one has only one version to give."""
    yield sampling
    if sampling.greedy:
        return
    for number in range(1, versions):
        yield _reseeded(sampling, number)


def _reseeded(sampling: Sampling, further: int) -> Sampling:
    """Return `sampling` with a seed `further` on; without a seed every run differs as it is."""
    if sampling.seed is None:
        return sampling
    return replace(sampling, seed=sampling.seed + further)


@dataclass(frozen=True, slots=True)
class _Run:
    """What one version is written with."""

    engine: Engine
    desk: Desk
    sampling: Sampling
    number: int


def _version(task: Continue, run: _Run) -> tuple[str, Completion]:
    if task.max_tokens is not None:
        return _plainly(task.text, task.max_tokens, run)
    end = _End(task.words, begins_paragraph=task.text.rstrip(_BLANKS).endswith("\n"))
    text, completion, stream = _best_of_tries(task.text, end, run)
    if completion.finish is not Finish.CANCELLED:
        text = end.trimmed(text, completion.finish)
    stream.close(text)
    return text, completion


def _best_of_tries(text: str, end: _End, run: _Run) -> tuple[str, Completion, Stream]:
    """Write until something goes on with the writer's paragraph, or else take the last try.

    A model that leaves the paragraph at once mostly leaves the story: it explains, or changes the
    subject. Nothing of such a try is shown, and it takes no more than a few tokens.
    """
    tries = 1 if run.sampling.greedy else _TRIES
    for number in range(tries):
        last = number == tries - 1
        drawn = replace(run, sampling=_reseeded(run.sampling, number * _SEEDS_APART))
        written, completion, stream = _joined(text, end, drawn, patient=last)
        if last or completion.finish is Finish.CANCELLED or not end.came_early(written):
            break
    return written, completion, stream


def _joined(text: str, end: _End, run: _Run, *, patient: bool) -> tuple[str, Completion, Stream]:
    """Return what goes on with `text` as it joins it."""
    join = _Join.without_blanks(text)
    completion, stream = _attempt(join, end, run, patient=patient)
    if join.fails(completion.text) and completion.finish is not Finish.CANCELLED:
        # The model went on inside the last word; after the blank it cannot.
        join = _Join.with_blanks(text)
        completion, stream = _attempt(join, end, run, patient=patient)
    return join.apply(completion.text), completion, stream


def _plainly(text: str, most_tokens: int, run: _Run) -> tuple[str, Completion]:
    """Write `most_tokens` and no fewer, unless the model itself ends: as `generate` would."""
    request = Request(prompt_that_fits(text, run.engine, most_tokens), most_tokens, run.sampling)
    stream = Stream(run.desk.emit, all_of_it, run.number)
    completion = write(run.engine, request, stream, run.desk.should_stop)
    return completion.text, completion


def _attempt(join: _Join, end: _End, run: _Run, *, patient: bool) -> tuple[Completion, Stream]:
    tokens = end.most_words * _TOKENS_PER_WORD
    request = Request(prompt_that_fits(join.prompt, run.engine, tokens), tokens, run.sampling)
    stream = Stream(run.desk.emit, lambda text: end.certain(join.apply(text)), run.number)

    def is_enough(text: str) -> bool:
        if join.fails(text):
            return True
        written = join.apply(text)
        return end.reached(written) or (not patient and end.breaks_early(written))

    return write(run.engine, request, stream, run.desk.should_stop, is_enough), stream


@dataclass(frozen=True, slots=True)
class _Join:
    """The seam between a text that may end in blanks and what a model writes after it.

    Models write the blank before a word together with the word, so a blank at the end of a prompt
    misleads them: it is left off the prompt, and the one that they write is taken off. `cuts` is
    whether blanks are taken off, `needs_blank` whether there have to be some.
    """

    prompt: str
    cuts: bool
    needs_blank: bool

    @classmethod
    def without_blanks(cls, text: str) -> _Join:
        """Return the seam of `text` for a prompt without the blanks at its end."""
        stem = text.rstrip(_BLANKS)
        last = stem[-1:]
        inside_a_line = not last.isspace() and not is_ideographic(last)
        return cls(stem, cuts=stem != text, needs_blank=stem != text and inside_a_line)

    @classmethod
    def with_blanks(cls, text: str) -> _Join:
        """Return the seam of `text` for a prompt that keeps them."""
        return cls(text, cuts=True, needs_blank=False)

    def fails(self, written: str) -> bool:
        """Return whether `written` goes on inside the text's last word, before its blank."""
        return self.needs_blank and bool(written) and not written[0].isspace()

    def apply(self, written: str) -> str:
        """Return `written` as it joins the text."""
        if self.fails(written):
            return ""
        return written.lstrip(_BLANKS) if self.cuts else written


class _End:
    """Where a version of about `words` words ends. Attribute: `most_words`."""

    def __init__(self, words: int, *, begins_paragraph: bool) -> None:
        self._words = words
        self._begins_paragraph = begins_paragraph
        self.most_words = ceil(words * _OVERRUN)

    def reached(self, text: str) -> bool:
        """Return whether there is enough of `text`."""
        return count_words(text) > self.most_words or self._place(text) is not None

    def breaks_early(self, text: str) -> bool:
        """Return whether `text` leaves the writer's paragraph before it has said anything."""
        first, line_break, _ = text.partition("\n")
        early = bool(line_break) and count_words(first) < _FEWEST_WORDS
        return early and not self._begins_paragraph

    def came_early(self, text: str) -> bool:
        """Return whether nothing came, or nothing of the writer's paragraph."""
        return not text.strip() or self.breaks_early(text)

    def certain(self, text: str) -> str:
        """Return the part of `text` that stays, as far as can be told."""
        if count_words(text) < _FEWEST_WORDS:
            return ""
        place = self._place(text)
        return text[:place].rstrip() if place is not None else self._within(text)

    def trimmed(self, text: str, finish: Finish) -> str:
        """Return `text` up to its end; a sentence that a limit broke off goes, if one stays."""
        place = self._place(text)
        if place is not None:
            return text[:place]
        broken_off = finish is Finish.LENGTH or count_words(text) > self.most_words
        text = self._within(text)
        spans = sentences.split(text)
        if broken_off and len(spans) > 1 and not _SENTENCE_END.search(text):
            return text[: spans[-2].end]
        return text

    def _within(self, text: str) -> str:
        """Return `text` without the word that goes beyond the limit, of which more may follow."""
        if count_words(text) > self.most_words:
            text = _LAST_WORD.sub("", text)
        return text.rstrip()

    def _place(self, text: str) -> int | None:
        """Return where `text` ends: with its paragraph, or the sentence that fills the length.

        A sentence has ended when another one has begun.
        """
        paragraph = self._paragraph_end(text)
        if paragraph is not None:
            text = text[:paragraph]
        if count_words(text) >= self._words:
            for span in sentences.split(text)[:-1]:
                if count_words(text[: span.end]) >= self._words:
                    return span.end
        return paragraph

    def _paragraph_end(self, text: str) -> int | None:
        """Return the end of the first paragraph; a mark or two alone are none."""
        for match in _LINE_BREAK.finditer(text):
            if count_words(text[: match.start()]) >= _FEWEST_WORDS:
                return match.start()
        return None


def prompt_that_fits(text: str, engine: Engine, new_tokens: int) -> Prompt:
    """Return the prompt of as much of the end of `text` as the model can read.

    Half of the context at most is kept free for what is written. What is left of a text that is
    too long begins with a paragraph or a sentence where that leaves enough, else with a word.
    """
    way = ways_of_asking(TaskName.CONTINUE).named("plain")
    room = engine.context_length - min(new_tokens, engine.context_length // 2)

    def prompt(start: int) -> Prompt:
        return way.fill({"text": text[start:]})

    def fits(start: int) -> bool:
        return engine.count_tokens(prompt(start)) <= room

    nearest = max(0, len(text) - room * _CHARACTERS_PER_TOKEN)
    if nearest == 0 and fits(0):
        return prompt(0)
    # What begins at `nearest` itself may be the rest of a sentence.
    starts = [nearest + span.start for span in sentences.split(text[nearest:])][1:]
    sentence = _first(starts, fits)
    words = [match.start() for match in re.finditer(r"\S+", text[nearest:])]
    word = _first([nearest + start for start in words], fits)
    if sentence is not None and (word is None or 2 * sentence <= len(text) + word):
        return prompt(sentence)
    if word is None:
        word = _first(range(nearest, len(text)), fits)
    return prompt(len(text) - 1 if word is None else word)


def _first(places: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Return the first of the rising `places` that fits; all after it fit too."""
    index = bisect_left(places, True, key=fits)
    return places[index] if index < len(places) else None
