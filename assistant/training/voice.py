"""From a writer's documents to a voice: plan, train, publish, and try it for copies.

The stages of a run that `inkling learn` carries out, each of which can be stopped: what was learned
by then can be used, and gone on with. Heavy libraries are imported where they are used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TypeAlias

from assistant.core.errors import Cancelled, TrainingError
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import adapters, library
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind, ModelDescription
from assistant.text import language as languages
from assistant.text.counts import count_words
from assistant.text.scripts import mostly_unspaced
from assistant.training import copy_check, curve, pages, run, voice_pace, voice_run
from assistant.training.pages import Page
from assistant.training.progress import Ended, Progress
from assistant.training.recipe import AdapterShape, Ingredient, Recipe, Schedule
from assistant.training.split import Part
from assistant.training.trainer import CURVE
from assistant.training.voice_card import publish
from assistant.training.voice_messages import (
    Checking,
    Learned,
    Learning,
    Message,
    Paused,
    Planned,
)
from assistant.training.voice_pace import PASSES, Pace
from assistant.training.voice_run import VoicePlan, VoiceRun, VoiceState

Report: TypeAlias = Callable[[Message], None]

# The adapter that a voice begins from, where it is there and made for the same model.
START = "teller"
_BLOCK = 512
_LARGEST_BATCH = 4096
# So few texts make so few steps; below this a step is made smaller.
_STEPS_WANTED = 60
_LOOKS = 12
_MOST_HELD_OUT = 20_000
# What a passage leaves free in its block, for texts with more tokens a word than the sample.
_FILLED = 0.85
_SAMPLE_PAGES = 40
# A model that was trained on a script has seen its characters together.
_MOST_TOKENS_A_CHARACTER = 1.5


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, the pages that it is for, and a sentence for the reader where something is amiss."""

    plan: VoicePlan
    pages: tuple[Page, ...]
    note: str = ""


def plan(name: str, documents: Sequence[Path], base: str, minutes: int = 0) -> Plan:
    """Read the documents and return what learning from them takes.

    `minutes` 0 sets no limit. Raises `DocumentError`, `ModelError`, or `TrainingError` where there
    is too little text or the model cannot be taught.
    """
    sections = pages.read_documents(documents)
    words = pages.words_in(sections)
    pages.require_enough(words)
    model = _teachable(base)
    made = pages.pages_of(sections)
    per_word = _tokens_per_word(made, model)
    held_out = sum(count_words(page.text) for page in made if page.part is Part.VALIDATION)
    pass_tokens = round((words - held_out) * per_word)
    tokens = PASSES * pass_tokens
    if minutes:
        speed = voice_pace.known_pace(model.reference).tokens_per_second
        tokens = min(tokens, round(minutes * 60 * speed))
    return Plan(
        VoicePlan(
            name=name,
            base=model.reference,
            start=_start_for(model),
            documents=tuple(str(path) for path in documents),
            words=words,
            held_out_words=held_out,
            pages=len(made),
            pass_tokens=pass_tokens,
            tokens=max(_BLOCK, tokens),
            passage_words=max(20, int(_FILLED * _BLOCK / per_word)),
            minutes=minutes,
        ),
        made,
        _language_note(made, model),
    )


def learn(
    voice: VoiceRun, report: Report, should_stop: ShouldStop, *, threads: int = 0
) -> Learned | Paused:
    """Learn `voice` from where it stands; the voice is in the library afterwards.

    Stopped, it is `Paused`, usable if it has learned anything. `threads` 0 leaves one core to the
    writer. Raises `TrainingError` or `ModelError`.
    """
    report(_planned(voice))
    try:
        if not run.is_prepared(voice.trainer):
            run.prepare(recipe_for(voice.plan), voice.data, voice.trainer, should_stop)
    except Cancelled:
        return Paused(voice.plan.name, voice.fraction, usable=False)
    clock = _Clock(voice, report, should_stop)
    cores = threads or voice_pace.cores_for_learning()
    ended = run.train(voice.trainer, clock.report, clock.should_stop, threads=cores)
    voice = clock.voice
    usable = publish(voice)
    if clock.speed:
        per_word = voice.plan.pass_tokens / (voice.plan.words - voice.plan.held_out_words)
        voice_pace.remember(voice.plan.base, Pace(clock.speed, per_word))
    if ended is Ended.STOPPED and not clock.time_is_up:
        return Paused(voice.plan.name, voice.fraction, usable=usable)
    before, after = _held_out_losses(voice)
    learned = Learned(
        voice.plan.name, before, after, 0.0, 0, voice.state.tokens, voice.state.seconds
    )
    try:
        tried = copy_check.try_for_copies(
            voice, lambda done, total: report(Checking(done, total)), should_stop
        )
        learned = replace(learned, copied=tried.share, samples=tried.samples)
    except Cancelled:
        pass
    voice_run.discard(voice)
    return learned


def recipe_for(plan: VoicePlan) -> Recipe:
    """Return the recipe of a voice: one kind of examples, early stopping, on top of the teller."""
    rows = max(1, min(_LARGEST_BATCH, plan.tokens // _STEPS_WANTED) // _BLOCK)
    held_out = round(plan.pass_tokens * plan.held_out_words / max(1, plan.words))
    return Recipe(
        name=plan.name,
        base=plan.base,
        start=plan.start,
        adapter=_shape(plan.start),
        schedule=Schedule(
            tokens=plan.tokens,
            batch=rows * _BLOCK,
            block=_BLOCK,
            rate=3e-4,
            check_every=max(rows * _BLOCK, plan.tokens // _LOOKS),
            held_out=min(_MOST_HELD_OUT, max(_BLOCK, held_out)),
        ),
        mix=(Ingredient("pages", 1.0),),
        seed=Random(plan.name).randrange(2**31),  # noqa: S311 - no secret
    )


class _Clock:
    """Between the trainer and whoever listens: keeps the state, ends when time is up.

    Attributes: `voice` with its latest state, `time_is_up`, `speed` in tokens a second.
    """

    def __init__(self, voice: VoiceRun, report: Report, should_stop: ShouldStop) -> None:
        self.voice = voice
        self.time_is_up = False
        self.speed = 0.0
        self._report = report
        self._should_stop = should_stop
        self._began = time.monotonic()
        self._before = voice.state.seconds

    def report(self, progress: Progress) -> None:
        self.voice = self.voice.reached(VoiceState(progress.tokens, self._seconds()))
        self.speed = progress.tokens_per_second
        self._report(
            Learning(
                progress.tokens,
                progress.total,
                progress.loss,
                progress.held_out,
                self.speed,
                progress.seconds_left if self.speed else None,
            )
        )

    def should_stop(self) -> bool:
        minutes = self.voice.plan.minutes
        self.time_is_up = self.time_is_up or 0 < 60 * minutes < self._seconds()
        return self.time_is_up or self._should_stop()

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._began


def _planned(voice: VoiceRun) -> Planned:
    plan = voice.plan
    pace = voice_pace.known_pace(plan.base)
    left = (plan.tokens - voice.state.tokens) / pace.tokens_per_second
    return Planned(plan.name, plan.words, plan.held_out_words, plan.tokens, max(0.0, left))


def _teachable(reference: str) -> ModelDescription:
    """Return the model that a voice can change: of an adapter's, its base."""
    model = library.resolve(reference)
    if model.adapter is not None:
        model = model.adapter.base
    if model.kind is Kind.SEQ2SEQ or model.path is None:
        raise TrainingError(
            tr(
                "{model} does not go on with a text, so that it cannot learn how you do. Choose "
                "another model with --base.",
                model=model.title,
            )
        )
    return model


def _start_for(model: ModelDescription) -> str:
    folder = adapters.shipped_folder(START)
    return START if folder is not None and adapters.read(folder).base == model.reference else ""


def _shape(start: str) -> AdapterShape:
    folder = adapters.shipped_folder(start) if start else None
    if folder is None:
        return AdapterShape()
    config = adapters.read(folder).config
    return AdapterShape(config.rank, config.alpha)


def _tokens_per_word(made: Sequence[Page], model: ModelDescription) -> float:
    """Measure how many tokens a word takes; refuse a script that the model has never learned."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(
        model.path, trust_remote_code=False, local_files_only=True
    )
    every = max(1, len(made) // _SAMPLE_PAGES)
    sample = "\n\n".join(page.text for page in made[::every])
    tokens = len(tokenizer(sample, add_special_tokens=False)["input_ids"])
    if mostly_unspaced(sample) and tokens > _MOST_TOKENS_A_CHARACTER * len(sample):
        raise TrainingError(
            tr(
                "{model} does not know the script of these texts: it takes {tokens} tokens for one "
                "character. Choose a model that does with --base, for example gemma3.",
                model=model.title,
                tokens=f"{tokens / len(sample):.1f}",
            )
        )
    return tokens / max(1, count_words(sample))


def _language_note(made: Sequence[Page], model: ModelDescription) -> str:
    """Return what is said where the model was made for other languages than the texts'."""
    entry = load_catalogue().get(model.catalogue_name) if model.catalogue_name else None
    language = languages.detect("\n\n".join(page.text for page in made[:5]))
    if entry is None or language is None or language in entry.languages:
        return ""
    return tr(
        "{model} was not made for the language of these texts, and will not write it well. Another "
        "model may do better.",
        model=model.title,
    )


def _held_out_losses(voice: VoiceRun) -> tuple[float | None, float | None]:
    """Return the loss on the pages held out at the first look and at the best one."""
    points = curve.read(voice.trainer / CURVE)
    losses = [point.held_out for point in points if point.held_out is not None]
    return (losses[0], min(losses)) if losses else (None, None)
