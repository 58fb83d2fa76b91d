"""Continue: go on with a text, to the end of a paragraph or about so many words.

Always plain text as the prompt, for chat models too. Never refuses a long text: what the model
cannot read is left out at the beginning. In the middle of a paragraph a model that has learned to
fill gaps writes what joins on to the rest (`filling`). What is streamed is the beginning of what is
returned, but where a version ran into its limit in mid-sentence: there `Outcome.text` is shorter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import Completion, Finish, Request, Sampling
from assistant.core.tasks import Continue, Form, Outcome, TaskName
from assistant.core.token_spans import TokenSpan, token_spans
from assistant.tasks import assessment, filling, steering
from assistant.tasks.guarding import Guard
from assistant.tasks.joining import BLANKS, Join
from assistant.tasks.prompts import ways_of_asking
from assistant.tasks.versions import Run, samplings
from assistant.tasks.writing import Stream, write
from assistant.text import sentences
from assistant.text.counts import count_words
from assistant.text.scripts import UNSPACED

if TYPE_CHECKING:
    from assistant.core.requests import Prompt
    from assistant.core.steering import Steering
    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription
    from assistant.tasks.assessment import Assessment, Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.steering import Composed

# A version may run past its length this far to end with a sentence.
_OVERRUN = 1.6
# Generous: the words are what ends a version.
_TOKENS_PER_WORD = 5
# Few tokens are longer than this: what stands further back cannot fit.
_CHARACTERS_PER_TOKEN = 12

# A line of fewer words does not end it: often it is the mark that closes the writer's sentence.
_FEWEST_WORDS = 3

# How often a version is begun again that leaves the writer's paragraph at once.
_TRIES = 6

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
    model = desk.describe()
    gap = filling.ability_for_gap(task, model)
    ability = gap or assessment.require(model, TaskName.CONTINUE, _cannot)
    engine = desk.engine()
    guard = Guard.of(engine.model)
    versions: list[str] = []
    completions: list[Completion] = []
    tokens: list[tuple[TokenSpan, ...]] = []
    sampling = task.sampling or ability.sampling or Sampling()
    for number, own_sampling in enumerate(samplings(sampling, task.versions)):
        own = Run(engine, desk, own_sampling, number, guard, task.look, task.steering)
        text, completion = _version(task, own) if gap is None else filling.fill(task, own)
        completions.append(completion)
        if text.strip() and text not in versions:
            versions.append(text)
            tokens.append(token_spans(text, completion))
        if completion.finish is Finish.CANCELLED:
            break
    if not versions and completions[-1].finish is Finish.CANCELLED:
        raise Cancelled
    read = composed(task, engine)
    return Outcome(
        text=versions[0] if versions else "",
        form=Form.MODEL,
        versions=tuple(versions),
        completions=tuple(completions),
        tokens=tuple(tokens) if task.look else (),
        note=guard.note() or ("" if versions else _silence(engine.model.title)),
        prompt=read.text,
        parts=read.parts,
    )


def composed(task: Continue, engine: Engine) -> Composed:
    """Return what `engine` reads for `task`; the last part is as much of the text as it reads."""
    gap = filling.ability_for_gap(task, engine.model)
    if gap is not None:
        return filling.composed(task, engine)
    if task.max_tokens is not None:
        return _composed(task.text, task.steering, engine, task.max_tokens)
    text = Join.without_blanks(task.text).prompt
    return _composed(text, task.steering, engine, _most_tokens(_most_words(task.words)))


def _cannot(model: str) -> str:
    return tr("{model} cannot go on with a text.", model=model)


def _silence(model: str) -> str:
    return tr(
        "{model} takes the text for finished and wrote nothing. Try again, or write a few words "
        "more.",
        model=model,
    )


def _version(task: Continue, run: Run) -> tuple[str, Completion]:
    if task.max_tokens is not None:
        return _plainly(task.text, task.max_tokens, run)
    end = _End(task.words, begins_paragraph=task.text.rstrip(BLANKS).endswith("\n"))
    written, completion, stream = _best_of_tries(task.text, end, run)
    text = run.guard.original(written)
    if completion.finish is not Finish.CANCELLED:
        text = end.trimmed(text, completion.finish if text == written else Finish.LENGTH)
    stream.close(text)
    return text, completion


def _best_of_tries(text: str, end: _End, run: Run) -> tuple[str, Completion, Stream]:
    """Write until something goes on with the writer's paragraph, or else take the last try.

    A model that leaves the paragraph at once mostly leaves the story: it explains, or changes the
    subject. A voice may begin with its own pages. Nothing of such a try is shown, and it takes no
    more than a few tokens.
    """
    *tries, last = run.tries(_TRIES)
    for drawn in tries:
        written, completion, stream = _joined(text, end, drawn, patient=False)
        gone_on = not end.came_early(written) and not run.guard.leaves_nothing(written)
        if completion.finish is Finish.CANCELLED or gone_on:
            return written, completion, stream
    return _joined(text, end, last, patient=True)


def _joined(text: str, end: _End, run: Run, *, patient: bool) -> tuple[str, Completion, Stream]:
    """Return what goes on with `text` as it joins it."""
    join = Join.without_blanks(text)
    completion, stream = _attempt(join, end, run, patient=patient)
    if join.fails(completion.text) and completion.finish is not Finish.CANCELLED:
        # The model went on inside the last word; after the blank it cannot.
        join = Join.with_blanks(text)
        completion, stream = _attempt(join, end, run, patient=patient)
    return join.apply(completion.text), completion, stream


def _plainly(text: str, most_tokens: int, run: Run) -> tuple[str, Completion]:
    """Write `most_tokens` and no fewer, unless the model itself ends: as `generate` would."""
    prompt = _prompt(text, run, most_tokens)
    request = Request(prompt, most_tokens, run.sampling, look=run.look)
    stream = Stream(run.desk.emit, run.guard.certain, run.number)
    completion = write(run.engine, request, stream, run.desk.should_stop, run.guard.copies)
    written = run.guard.original(completion.text)
    stream.close(written)
    return written, completion


def _attempt(join: Join, end: _End, run: Run, *, patient: bool) -> tuple[Completion, Stream]:
    tokens = _most_tokens(end.most_words)
    prompt = _prompt(join.prompt, run, tokens)
    request = Request(prompt, tokens, run.sampling, look=run.look)

    def certain(text: str) -> str:
        return run.guard.certain(end.certain(join.apply(text)))

    stream = Stream(run.desk.emit, certain, run.number)

    def is_enough(text: str) -> bool:
        if join.fails(text):
            return True
        written = join.apply(text)
        stops = end.reached(written) or run.guard.copies(written)
        return stops or (not patient and end.breaks_early(written))

    return write(run.engine, request, stream, run.desk.should_stop, is_enough), stream


class _End:
    """Where a version of about `words` words ends. Attribute: `most_words`."""

    def __init__(self, words: int, *, begins_paragraph: bool) -> None:
        self._words = words
        self._begins_paragraph = begins_paragraph
        self.most_words = _most_words(words)

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


def _most_words(words: int) -> int:
    return ceil(words * _OVERRUN)


def _most_tokens(words: int) -> int:
    return words * _TOKENS_PER_WORD


def _prompt(text: str, run: Run, new_tokens: int) -> Prompt:
    return _plain(_composed(text, run.steering, run.engine, new_tokens).text)


def _plain(text: str) -> Prompt:
    return ways_of_asking(TaskName.CONTINUE).named("plain").fill({"text": text})


def _composed(text: str, steered_by: Steering, engine: Engine, new_tokens: int) -> Composed:
    """Return what steers and as much of the end of `text` as the model can read.

    Half of the context at most is kept free for what is written.
    """
    room = engine.context_length - min(new_tokens, engine.context_length // 2)

    def count_tokens(part: str) -> int:
        return engine.count_tokens(_plain(part))

    frame = steering.frame(text, steered_by, room, count_tokens)

    def fits(start: int) -> bool:
        return count_tokens(frame.around(text[start:])) <= room

    return frame.composed(text[_start_that_fits(text, room, fits) :], count_tokens)


def _start_that_fits(text: str, room: int, fits: Callable[[int], bool]) -> int:
    """Return where in `text` begins what fits in `room` tokens.

    What is left of a text that is too long begins with a paragraph or a sentence where that leaves
    enough, else with a word.
    """
    nearest = max(0, len(text) - room * _CHARACTERS_PER_TOKEN)
    if nearest == 0 and fits(0):
        return 0
    # What begins at `nearest` itself may be the rest of a sentence.
    starts = [nearest + span.start for span in sentences.split(text[nearest:])][1:]
    sentence = _first(starts, fits)
    words = [match.start() for match in re.finditer(r"\S+", text[nearest:])]
    word = _first([nearest + start for start in words], fits)
    if sentence is not None and (word is None or 2 * sentence <= len(text) + word):
        return sentence
    if word is None:
        word = _first(range(nearest, len(text)), fits)
    return len(text) - 1 if word is None else word


def _first(places: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Return the first of the rising `places` that fits; all after it fit too."""
    index = bisect_left(places, True, key=fits)
    return places[index] if index < len(places) else None
