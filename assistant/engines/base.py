"""The contract of an engine, push style.

One thread owns an engine: it loads, generates and unloads there. `generate` calls `emit` with
`Reading` while the prompt is read and with `Writing` for each new piece of text, and asks
`should_stop` at least once in the work of 256 prompt tokens and after every new token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from assistant.core.requests import Completion, Emit, Prompt, Request, Sampling, ShouldStop
from assistant.core.suggestions import Suggestions, SuggestRequest
from assistant.engines.predictions import Prediction
from assistant.models.description import ModelDescription


class Engine(Protocol):
    """Loads one model and makes text with it."""

    @property
    def model(self) -> ModelDescription:
        """What is being run."""

    @property
    def device(self) -> str:
        """Where it runs: `cpu`, `cuda:0`, `mps`; meaningful once loaded."""

    @property
    def context_length(self) -> int:
        """How many tokens prompt and answer may have together."""

    def load(self, emit: Emit, should_stop: ShouldStop) -> None:
        """Get ready to generate, emitting `Loading`.

        Raises a `ModelError` when it cannot be done and `Cancelled` when stopped; nothing stays in
        memory then.
        """

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        """Carry out `request`; a cancelled one returns what was written so far.

        Raises `PromptTooLong` before anything is read, `NotEnoughMemory`, `EngineError`.
        """

    def count_tokens(self, prompt: Prompt) -> int:
        """Return how many tokens `prompt` takes, the model's own additions included."""

    def unload(self) -> None:
        """Give the memory back; the engine can be loaded again."""


@runtime_checkable
class Scorer(Protocol):
    """An engine that can say how likely a text is, not only write one."""

    def log_likelihood(
        self, context: str, texts: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return the log-probability in nats of each of `texts` as plain text after `context`.

        Raises `Cancelled` when stopped.
        """

    def answer_likelihood(
        self, prompt: Prompt, answers: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return the log-probability in nats of each of `answers` to `prompt`, its end included.

        Raises `Cancelled` when stopped.
        """


class ScoringEngine(Engine, Scorer, Protocol):
    """An engine that can weigh texts as well."""


@runtime_checkable
class Suggester(Protocol):
    """An engine that can suggest a few words and knows how sure it is of them."""

    def suggest(self, request: SuggestRequest, should_stop: ShouldStop) -> Suggestions:
        """Return what goes on with the request's text; `UNSURE` or `TOO_SLOW` with nothing.

        Raises `PromptTooLong`, and `Cancelled` when stopped.
        """


@runtime_checkable
class Predictor(Protocol):
    """An engine whose expectations can be held against texts: for judging a model."""

    def predictions(
        self, texts: Sequence[str], unseen: int, most: int, should_stop: ShouldStop
    ) -> list[tuple[Prediction, ...]]:
        """Return what was expected at each of the first `most` tokens of each text.

        The first `unseen` are only read. Raises `Cancelled` when stopped.
        """

    def samples(
        self, openings: Sequence[str], sampling: Sampling, tokens: int, should_stop: ShouldStop
    ) -> list[str]:
        """Return what is drawn after each of `openings` as plain text, at most `tokens` long.

        Openings of one length in tokens are written side by side. Raises `PromptTooLong`, and
        `Cancelled` when stopped.
        """
