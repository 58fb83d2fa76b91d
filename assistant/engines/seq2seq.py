"""Models that turn one text into another, through transformers' `generate`.

The text streams from a stopping criterion: it sees every token as soon as it is chosen, and can end
the text at a stop string or when asked. Languages go in by each family's own marks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assistant.core.errors import EngineError, PromptTooLong, UsageError
from assistant.core.i18n import tr, trn
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    Completion,
    Emit,
    Finish,
    PlainPrompt,
    Prompt,
    Request,
    Seq2SeqPrompt,
    ShouldStop,
)
from assistant.engines.beams import BeamStop, settings, write_down
from assistant.engines.failures import explain_running
from assistant.engines.loading import Loaded, free_unused, load
from assistant.engines.reading import Stopped, before_each, layers_of
from assistant.engines.tongues import Encode, Source, source_encoder
from assistant.engines.transcript import Run, Transcript
from assistant.models.description import ModelDescription

if TYPE_CHECKING:
    import torch


class Seq2SeqEngine:
    """Runs one encoder-decoder as `spec` says; see `assistant.engines.base.Engine`.

    `context_length` is how many tokens it reads; what it writes has as many of its own.
    """

    def __init__(self, model: ModelDescription, spec: EngineSpec) -> None:
        self.model = model
        self.context_length = model.context_length
        self._spec = spec
        self._loaded: Loaded | None = None
        self._encode: Encode | None = None

    @property
    def device(self) -> str:
        """Where it runs; what was asked for until it is loaded."""
        return self._loaded.device if self._loaded else self._spec.device

    def load(self, emit: Emit, should_stop: ShouldStop) -> None:
        """Read the weights, unless they are there."""
        if self._loaded is not None:
            return
        loaded = load(self.model, self._spec, "seq2seq", emit, should_stop)
        self._encode = source_encoder(loaded.tokenizer)
        self.context_length = loaded.context_length
        self._loaded = loaded

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        """Write what the model makes of the prompt."""
        import torch

        started = time.perf_counter()
        loaded = self._ready()
        source = self._source(request.prompt)
        self._require_room(len(source.ids))
        should_stop = loaded.threads.watching(should_stop)
        room = max(0, min(request.max_new_tokens, self.context_length - 1))
        transcript = Transcript(
            loaded.vocabulary,
            emit=emit,
            started=started,
            ends=loaded.ends,
            stop=request.stop,
        )
        run = Run(request, source.ids, room, transcript, emit, should_stop)
        run.report(0)
        if room == 0:
            return transcript.complete(Finish.LENGTH, len(source.ids))
        if should_stop():
            return transcript.complete(Finish.CANCELLED, len(source.ids))
        with torch.inference_mode(), explain_running(self.model), _drawn_from(request):
            return _write(loaded, source, run)

    def count_tokens(self, prompt: Prompt) -> int:
        """Return how many tokens `prompt` takes, the model's own additions included."""
        return len(self._source(prompt).ids)

    def unload(self) -> None:
        """Give the memory back."""
        if self._loaded is not None:
            self._loaded = self._encode = None
            free_unused()

    def _ready(self) -> Loaded:
        if self._loaded is None:
            raise EngineError(
                tr("“{model}” is not loaded. Load it, then try again.", model=self.model.title)
            )
        return self._loaded

    def _source(self, prompt: Prompt) -> Source:
        self._ready()
        assert self._encode is not None
        if isinstance(prompt, Seq2SeqPrompt):
            return self._encode(prompt.text, prompt.source_language, prompt.target_language)
        if isinstance(prompt, PlainPrompt):
            return self._encode(prompt.text, None, None)
        raise UsageError(
            tr(
                "“{model}” turns one text into another; it does not chat. "
                "Set its kind back to the one that was detected.",
                model=self.model.title,
            )
        )

    def _require_room(self, tokens: int) -> None:
        over = tokens - self.context_length
        if over > 0:
            raise PromptTooLong(
                trn(
                    "The text is {n} token too long for “{model}”: it takes {tokens} and {limit} "
                    "fit. Choose a shorter passage.",
                    "The text is {n} tokens too long for “{model}”: it takes {tokens} and {limit} "
                    "fit. Choose a shorter passage.",
                    over,
                    model=self.model.title,
                    tokens=tokens,
                    limit=self.context_length,
                ),
                tokens=tokens,
                limit=self.context_length,
            )


def _write(loaded: Loaded, source: Source, run: Run) -> Completion:
    """Read the source, then let `generate` write."""
    import torch
    from transformers import StoppingCriteriaList

    ids = torch.tensor([source.ids], device=loaded.device)
    attended = torch.ones_like(ids)
    encoder = loaded.model.get_encoder()

    def ask(_number: int) -> None:
        if run.should_stop():
            raise Stopped

    try:
        with before_each(layers_of(encoder, loaded.model.config.num_hidden_layers), ask):
            encoded = encoder(input_ids=ids, attention_mask=attended, return_dict=True)
    except Stopped:
        return run.transcript.complete(Finish.CANCELLED, len(source.ids))
    run.report(len(source.ids))
    searched = run.request.beams > 1
    # The decoder starts from one token; what comes after it is the text.
    criterion = BeamStop(run, loaded.vocabulary, 1) if searched else _Streamed(run)
    written = loaded.model.generate(
        encoder_outputs=encoded,
        attention_mask=attended,
        **settings(run.request, run.room, loaded),
        **_shortest(loaded, run.room),
        **source.options,
        stopping_criteria=StoppingCriteriaList([criterion]),
    )
    if searched:
        return write_down(written[0, 1:].tolist(), run, cancelled=criterion.cancelled)
    finish = Finish.CANCELLED if criterion.cancelled else Finish.LENGTH
    return run.transcript.complete(finish, len(source.ids))


def _shortest(loaded: Loaded, room: int) -> dict[str, int]:
    """Return what keeps a model's own least length from forbidding an end within `room`."""
    least = loaded.model.generation_config.min_length or 0
    return {"min_length": 0} if least > room else {}


@contextmanager
def _drawn_from(request: Request) -> Iterator[None]:
    """Make draws follow the request's seed, and leave torch's own numbers as they were."""
    import torch

    if request.sampling.greedy or request.beams > 1:
        yield
        return
    with torch.random.fork_rng():
        if request.sampling.seed is None:
            torch.seed()
        else:
            torch.manual_seed(request.sampling.seed)
        yield


class _Streamed:
    """A stopping criterion of transformers that writes every new token down."""

    def __init__(self, run: Run) -> None:
        self.cancelled = False
        self._run = run

    def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        import torch

        self._run.transcript.add(int(input_ids[0, -1]))
        ended = self._run.transcript.finish is not None
        if not ended and self._run.should_stop():
            self.cancelled = True
        return torch.tensor([ended or self.cancelled], device=input_ids.device)
