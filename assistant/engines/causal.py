"""Models that go on with a text, through transformers, in a decoding loop of our own.

The loop asks `should_stop` all through the prompt and after every token, and hands out text as soon
as it is certain; what it chooses equals `model.generate`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from assistant.core.errors import EngineError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    Completion,
    Emit,
    Finish,
    Prompt,
    Request,
    Sampling,
    ShouldStop,
)
from assistant.core.suggestions import Suggestions, SuggestRequest
from assistant.engines.attention import quicken
from assistant.engines.beams import search
from assistant.engines.companions import write_all
from assistant.engines.failures import explain_running
from assistant.engines.loading import Loaded, free_unused, load
from assistant.engines.packed.reading import PackedModel
from assistant.engines.predictions import (
    Prediction,
    TokenMarks,
    encode_with_ends,
    predictions,
)
from assistant.engines.prefixes import PrefixPool
from assistant.engines.prompting import encode, encode_answered, encode_plain, room_for
from assistant.engines.reading import Network, Reader, network_of
from assistant.engines.sampling import Chooser, likeliest
from assistant.engines.scoring import log_likelihoods
from assistant.engines.speculating import SingleSteps, SpeculativeSteps, Steps
from assistant.engines.static.reading import network_for
from assistant.engines.suggesting.suggesting import SuggestionWriter
from assistant.engines.token_choices import Weighed
from assistant.engines.transcript import Run, Transcript
from assistant.models.description import ModelDescription


class CausalEngine:
    """Runs one causal model as `spec` says; see `Engine`, `Scorer`, `Suggester`."""

    def __init__(self, model: ModelDescription, spec: EngineSpec) -> None:
        self.model = model
        self.context_length = model.context_length
        self._spec = spec
        self._loaded: Loaded | None = None
        self._network: Network | None = None
        # The model as transformers runs it, where it is packed and beams are asked for.
        self._plain: Loaded | None = None
        self._prefixes: PrefixPool | None = None
        self._suggestions: SuggestionWriter | None = None

    @property
    def device(self) -> str:
        """Where it runs; what was asked for until it is loaded."""
        return self._loaded.device if self._loaded else self._spec.device

    def load(self, emit: Emit, should_stop: ShouldStop) -> None:
        """Read the weights, unless they are there."""
        if self._loaded is not None:
            return
        loaded = load(self.model, self._spec, "causal", emit, should_stop)
        self._network = self._network_of(loaded)
        self._prefixes = PrefixPool(self._network)
        self.context_length = loaded.context_length
        self._loaded = loaded

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        """Go on with the prompt.

        What has been read lately is not read again, unless weights run in the precision that they
        are stored in: such a run is to repeat `model.generate` and itself to the last bit.
        """
        import torch

        started = time.perf_counter()
        loaded = self._ready()
        prompt = encode(request.prompt, loaded.tokenizer, self.model)
        room = room_for(len(prompt), request.max_new_tokens, self.context_length, self.model)
        should_stop = loaded.threads.watching(should_stop)
        transcript = Transcript(
            loaded.vocabulary,
            emit=emit,
            started=started,
            ends=loaded.ends,
            stop=request.stop,
            prompt=prompt,
        )
        run = Run(request, prompt, room, transcript, emit, should_stop)
        run.report(0)
        with torch.inference_mode(), explain_running(self.model):
            if request.beams > 1 and room > 0:
                return self._search(loaded, run)
            if self._spec.precision == "stored":
                reader = self._reader(len(prompt) + room)
                return self._write(loaded, reader, run, SingleSteps(reader))
            assert self._prefixes is not None
            reader = self._prefixes.borrow(prompt, len(prompt) + room)
            completion = self._write(loaded, reader, run, _steps(reader, run))
            self._prefixes.give_back(reader, [*prompt, *completion.ids])
            return completion

    def count_tokens(self, prompt: Prompt) -> int:
        """Return how many tokens `prompt` takes, the model's own additions included."""
        return len(encode(prompt, self._ready().tokenizer, self.model))

    def log_likelihood(
        self, context: str, texts: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return the log-probability in nats of each of `texts` as plain text after `context`."""
        tokenizer = self._ready().tokenizer
        before = encode_plain(context, tokenizer)
        whole = [encode_plain(context + text, tokenizer) for text in texts]
        return self._scores(before, whole, should_stop)

    def answer_likelihood(
        self, prompt: Prompt, answers: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return the log-probability in nats of each of `answers`, its end included."""
        tokenizer = self._ready().tokenizer
        before = encode(prompt, tokenizer, self.model)
        whole = [encode_answered(prompt, one, tokenizer, self.model) for one in answers]
        return self._scores(before, whole, should_stop)

    def suggest(self, request: SuggestRequest, should_stop: ShouldStop) -> Suggestions:
        """Return a few words that go on with the text, as sure as is asked; see `Suggester`."""
        import torch

        started = time.perf_counter()
        loaded = self._ready()
        should_stop = loaded.threads.watching(should_stop)
        if self._suggestions is None:
            assert self._prefixes is not None
            self._suggestions = SuggestionWriter(loaded, self._prefixes, self.model)
        with torch.inference_mode(), explain_running(self.model):
            return self._suggestions.suggest(request, should_stop, started)

    def predictions(
        self, texts: Sequence[str], unseen: int, most: int, should_stop: ShouldStop
    ) -> list[tuple[Prediction, ...]]:
        """Return what was expected at each of the first tokens of each text; see `Predictor`."""
        import torch

        loaded = self._ready()
        assert self._network is not None
        should_stop = loaded.threads.watching(should_stop)
        most = min(most, self.context_length)
        rows = [encode_with_ends(text, loaded.tokenizer, most) for text in texts]
        with torch.inference_mode(), explain_running(self.model):
            marks = TokenMarks(loaded.tokenizer, self._network)
            return predictions(self._network, marks, rows, unseen, should_stop)

    def samples(
        self, openings: Sequence[str], sampling: Sampling, tokens: int, should_stop: ShouldStop
    ) -> list[str]:
        """Return what is drawn after each of `openings`, many side by side; see `Predictor`."""
        import torch

        loaded = self._ready()
        assert self._network is not None
        should_stop = loaded.threads.watching(should_stop)
        prompts = [encode_plain(text, loaded.tokenizer) for text in openings]
        for prompt in prompts:
            room_for(len(prompt), tokens, self.context_length, self.model)
        with torch.inference_mode(), explain_running(self.model):
            written = write_all(loaded, self._network, prompts, sampling, tokens, should_stop)
        return [loaded.vocabulary.decode(ids) for ids in written]

    def unload(self) -> None:
        """Give the memory back."""
        if self._loaded is not None:
            self._loaded = self._network = self._prefixes = self._suggestions = None
            self._plain = None
            free_unused()

    def _scores(
        self, before: list[int], whole: Sequence[list[int]], should_stop: ShouldStop
    ) -> list[float]:
        """Return the log-probability in nats of what each of `whole` has beyond `before`."""
        import torch

        should_stop = self._ready().threads.watching(should_stop)
        for ids in whole:
            room_for(len(ids) - 1, 1, self.context_length, self.model)
        with torch.inference_mode(), explain_running(self.model):
            assert self._prefixes is not None
            return log_likelihoods(self._prefixes, before, whole, should_stop)

    def _ready(self) -> Loaded:
        if self._loaded is None:
            raise EngineError(
                tr("“{model}” is not loaded. Load it, then try again.", model=self.model.title)
            )
        return self._loaded

    def _network_of(self, loaded: Loaded) -> Network:
        if isinstance(loaded.model, PackedModel):
            return loaded.model
        network = network_of(loaded.model)
        if self._spec.precision == "stored":
            return network
        quicken(loaded.model)
        return network_for(network)

    def _search(self, loaded: Loaded, run: Run) -> Completion:
        """Write what the best beam says; transformers searches, with weights of its own."""
        if isinstance(loaded.model, PackedModel):
            if self._plain is None:
                spec = replace(self._spec, precision="bfloat16")
                self._plain = load(self.model, spec, "causal", run.emit, run.should_stop)
            loaded = self._plain
        network = network_of(loaded.model)
        return search(loaded, network.reader(len(run.prompt) + run.room), run)

    def _reader(self, room: int) -> Reader:
        assert self._network is not None
        return self._network.reader(room)

    def _write(self, loaded: Loaded, reader: Reader, run: Run, steps: Steps) -> Completion:
        """Read the prompt, then choose token after token; `steps` reads them with `reader`."""
        import torch

        read, most = len(run.prompt), len(run.prompt) + run.room
        transcript, look = run.transcript, run.request.look
        # Prompt and text in one place: the processors look at all of it at every step.
        ids = torch.empty((1, most), dtype=torch.long, device=loaded.device)
        ids[0, :read] = torch.tensor(run.prompt)
        logits = reader.read(ids[:, reader.length : read], run.should_stop, run.report)
        if logits is None:
            return transcript.complete(Finish.CANCELLED, read)
        chooser = Chooser(
            run.request.sampling,
            loaded.model.generation_config,
            ends=loaded.ends,
            prompt_length=read,
            device=loaded.device,
        )
        total = 0.0
        finish = Finish.LENGTH
        for end in range(read, most):
            token, log_probability = chooser.choose(ids[:, :end], logits)
            total += log_probability
            weighed = None
            if look:
                weighed = Weighed(log_probability, likeliest(logits, look))
            transcript.add(token, weighed)
            if transcript.finish is not None:
                break
            if run.should_stop():
                finish = Finish.CANCELLED
                break
            if end + 1 < most:
                ids[0, end] = token
                logits = steps.after(ids[:, : end + 1])
        steps.end()
        mean = total / len(transcript.ids) if transcript.ids else None
        return transcript.complete(finish, read, mean)


def _steps(reader: Reader, run: Run) -> Steps:
    """Return how the tokens of `run` are read: some at once where they are likely copied."""
    if run.request.copies and reader.can_crop:
        return SpeculativeSteps(reader, run.prompt, len(run.prompt) + run.room)
    return SingleSteps(reader)
