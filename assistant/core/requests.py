"""What an engine is asked and what it answers: frozen values, the same for every engine.

A `Request` holds everything that one inference needs. While it runs the engine emits `Reading`
and `Writing`; at the end it returns a `Completion`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class PlainPrompt:
    """Text that a causal model goes on with, as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """Turns for a chat model; the engine lays them out by the model's own chat template."""

    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True, slots=True)
class Seq2SeqPrompt:
    """Source text for an encoder-decoder.

    Languages as ISO 639-1 codes where the model wants them.
    """

    text: str
    source_language: str | None = None
    target_language: str | None = None


Prompt: TypeAlias = PlainPrompt | ChatPrompt | Seq2SeqPrompt


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn; the names are those of `transformers.GenerationConfig`.

    Temperature 0 is greedy. 0 switches `top_k`, `min_p` and `no_repeat_ngram_size` off,
    1 switches `top_p` and `repetition_penalty` off. The model may not end the text before
    `min_new_tokens`. Without a seed every run differs.
    """

    temperature: float = 0.6
    top_k: int = 0
    top_p: float = 0.9
    min_p: float = 0.0
    repetition_penalty: float = 1.1
    no_repeat_ngram_size: int = 0
    seed: int | None = None
    min_new_tokens: int = 0

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is always taken."""
        return self.temperature == 0


GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that one inference needs.

    `stop`: strings that end the text and are not part of it. They count only once something
    other than white space has been written, so a leading line break does not end an answer.
    `beams` above 1 asks for beam search; it replaces sampling and emits its text at the end.
    `look` is for how many of the likeliest tokens in each place are told in `Completion.tokens`,
    where tokens are chosen one by one: neither by a search nor by an encoder-decoder.
    `copies` says that the text will likely repeat passages of the prompt: an engine may guess from
    there what comes, to be faster, and chooses as it does without.
    """

    prompt: Prompt
    max_new_tokens: int
    sampling: Sampling = GREEDY
    stop: tuple[str, ...] = ()
    beams: int = 1
    look: int = 0
    copies: bool = False


@dataclass(frozen=True, slots=True)
class TokenOption:
    """What might have stood in a token's place; `log_probability` is in nats.

    `text` reads as it would stand there, its blank included; a token that ends the text has none.
    One that is not `whole` is a part of a character, told by its bytes.
    """

    text: str
    log_probability: float
    whole: bool = True


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """One token that was written, or several that only together make a character.

    `text` is what it added to the text, `log_probability` its own under the model itself (before
    temperature and penalties), in nats; `options` are the likeliest in its place, likeliest first.
    Of several, `log_probability` is that of all and `options` are for the first.
    """

    text: str
    log_probability: float
    options: tuple[TokenOption, ...] = ()


class Finish(StrEnum):
    """Why an engine stopped writing."""

    END = "end"
    LENGTH = "length"
    STOP = "stop"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine wrote.

    `ids` are the new tokens; a token that ended the text is the last of them, though its text is
    not in `text`. `seconds_first` and `seconds_total` count from the call of `generate`;
    `mean_log_probability` is in nats a token, under the model itself (before temperature and
    penalties), where the engine can tell. `tokens`, where the request wanted them, are what `text`
    is made of, in order: their texts joined are `text`.
    """

    text: str
    ids: tuple[int, ...]
    finish: Finish
    prompt_tokens: int
    seconds_first: float
    seconds_total: float
    mean_log_probability: float | None = None
    tokens: tuple[TokenChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Loading:
    """A model is being loaded; `fraction` from 0 to 1, None when unknown."""

    model: str
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The prompt is being read: `done` of `total` tokens."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Writing:
    """New text.

    `tokens` written so far and their speed. `version` counts the task's alternatives.
    """

    text: str
    tokens: int
    tokens_per_second: float
    version: int = 0


Event: TypeAlias = Loading | Reading | Writing
Emit: TypeAlias = Callable[[Event], None]
ShouldStop: TypeAlias = Callable[[], bool]
