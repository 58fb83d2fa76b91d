"""What a writer can ask for, as frozen values, and what comes back.

The window and the command line build these; `assistant.tasks` carries them out. Offsets are
code points of the text that the task was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from assistant.core.requests import Completion, Sampling
from assistant.core.steering import NO_STEERING, PromptPart, Steering
from assistant.core.suggestions import Suggestions, WordOdds
from assistant.core.token_spans import TokenSpan


class TaskName(StrEnum):
    """What can be asked for; the values are the command line's verbs."""

    CONTINUE = "continue"
    COMPLETE = "complete"
    SUMMARIZE = "summarize"
    TRANSLATE = "translate"
    ASK = "ask"
    REWRITE = "rewrite"


class Form(StrEnum):
    """Who does the work: the text itself (nothing is invented, no model is needed) or the model."""

    AUTO = "auto"
    EXTRACT = "extract"
    MODEL = "model"


class RewriteStyle(StrEnum):
    """What a rewrite is after."""

    PROOFREAD = "proofread"
    SHORTER = "shorter"
    LONGER = "longer"
    SIMPLER = "simpler"
    FORMAL = "formal"
    FRIENDLY = "friendly"
    INSTRUCTION = "instruction"


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with `text`: to the end of a paragraph or about `words` words, in `versions` versions.

    `max_tokens`, where given, is the only limit: neither paragraph nor words end the text then.
    `sampling` None takes what was measured best for the model. `after` is the rest of the paragraph
    that `text` breaks off in: a model that has learned to fill gaps writes what belongs between.
    `look` is for how many of the likeliest tokens in each place are told (`Outcome.tokens`).
    """

    text: str
    words: int = 60
    versions: int = 1
    max_tokens: int | None = None
    sampling: Sampling | None = None
    after: str = ""
    steering: Steering = NO_STEERING
    look: int = 0


@dataclass(frozen=True, slots=True)
class Complete:
    """Suggest what comes next at the caret, between `before` and the rest of its paragraph.

    `before` need not begin with the document: `offset` is how many code points of it are left out,
    so that the model's window moves in large steps of the whole. It goes on while the likelihood
    stays above `threshold`, for `words` words or `seconds` at most; with no time at all it is only
    read, so that the next one comes sooner. `alternatives` are how many different texts are wanted.
    Asked `by_hand` the likeliest is shown, sure or not. `markdown` says that headings and code are
    to be told by their marks.
    """

    before: str
    after: str = ""
    offset: int = 0
    words: int = 12
    threshold: float = 0.5
    seconds: float = 1.0
    alternatives: int = 1
    by_hand: bool = False
    markdown: bool = False
    draft: WordOdds | None = None
    steering: Steering = NO_STEERING


@dataclass(frozen=True, slots=True)
class Summarize:
    """Say what `text` says in about `sentences` sentences."""

    text: str
    form: Form = Form.AUTO
    sentences: int = 3
    max_tokens: int | None = None
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class Translate:
    """Put `text` into `target`; `source` None is detected. Languages are ISO 639-1 codes."""

    text: str
    target: str
    source: str | None = None
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer `question` from `text`."""

    text: str
    question: str
    form: Form = Form.AUTO
    max_tokens: int | None = None
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Put `text` differently; `instruction` is for the style of that name."""

    text: str
    style: RewriteStyle = RewriteStyle.PROOFREAD
    instruction: str = ""
    dialect: str = "american"
    ignored_words: tuple[str, ...] = ()
    max_tokens: int | None = None
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class ShowPrompt:
    """Tell what a model would read for `task`, and what that is made of; nothing is written."""

    task: Continue | Complete


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Have the job's model ready, so that the next task need not wait."""


Task: TypeAlias = (
    Continue | Complete | Summarize | Translate | Ask | Rewrite | ShowPrompt | LoadModel
)

TASK_NAMES: dict[type, TaskName] = {
    Continue: TaskName.CONTINUE,
    Complete: TaskName.COMPLETE,
    Summarize: TaskName.SUMMARIZE,
    Translate: TaskName.TRANSLATE,
    Ask: TaskName.ASK,
    Rewrite: TaskName.REWRITE,
}


@dataclass(frozen=True, slots=True)
class Span:
    """Part of the text that the task was given: code points from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """One change that a rewrite proposes: put `text` for the `span`, and why, for the reader."""

    span: Span
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task came to.

    `text` is the result (of the first version). `versions` holds all of them. `form` says who did
    the work. `spans` is where the result stands in the source. `found` is for ask: whether the text
    answers. `guess` is the model's own words beside a found sentence, not to be trusted; `evidence`
    is the sentence at `spans` beside an answer that is not in the source word for word. `draft`
    marks a text that needs checking by a person. `replacements` are a rewrite's changes one by one.
    `completions` are the engine's answers, `tokens` what each of `versions` is made of, where that
    was wanted; `note` is a sentence for the reader. `suggestions` are for complete; `prompt` is
    what the model read, `parts` what it is made of.
    """

    text: str
    form: Form
    versions: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    found: bool | None = None
    guess: str = ""
    evidence: str = ""
    draft: bool = False
    replacements: tuple[Replacement, ...] = ()
    completions: tuple[Completion, ...] = field(default=(), repr=False)
    tokens: tuple[tuple[TokenSpan, ...], ...] = field(default=(), repr=False)
    note: str = ""
    source_language: str | None = None
    suggestions: Suggestions | None = None
    prompt: str = field(default="", repr=False)
    parts: tuple[PromptPart, ...] = field(default=(), repr=False)
