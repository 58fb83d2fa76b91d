"""Beam search for a causal model: `model.generate`, made to stop when asked and at stop strings.

The prompt is read once, in slices, and shared by all beams. The text comes at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.core.requests import Completion, Finish, Request
from assistant.engines.detokenizing import Vocabulary
from assistant.engines.loading import Loaded
from assistant.engines.processors import Banned
from assistant.engines.reading import CausalReader
from assistant.engines.stopping import StopStrings
from assistant.engines.transcript import Run

if TYPE_CHECKING:
    import torch


def search(loaded: Loaded, reader: CausalReader, run: Run) -> Completion:
    """Write what the best beam says."""
    import torch
    from transformers import StoppingCriteriaList

    read = len(run.prompt)
    ids = torch.tensor([run.prompt], device=loaded.device)
    # All but the last token: generate wants one that has not been read.
    if read > 1 and reader.read(ids[:, :-1], run.should_stop, run.report) is None:
        return run.transcript.complete(Finish.CANCELLED, read)
    run.report(read)
    beams = reader.branch(run.request.beams)
    criterion = BeamStop(run, loaded.vocabulary, read)
    best = loaded.model.generate(
        ids,
        **{beams.network.cache_name: beams.cache},
        **settings(run.request, run.room, loaded),
        stopping_criteria=StoppingCriteriaList([criterion]),
    )
    return write_down(best[0, read:].tolist(), run, cancelled=criterion.cancelled)


def settings(request: Request, room: int, loaded: Loaded) -> dict[str, Any]:
    """Return the arguments of `generate` that a request decides; beam search is not drawn."""
    from transformers import LogitsProcessorList

    sampling = request.sampling
    drawn = request.beams == 1 and not sampling.greedy
    chosen: dict[str, Any] = {
        "max_new_tokens": room,
        "num_beams": request.beams,
        "do_sample": drawn,
        "repetition_penalty": float(sampling.repetition_penalty),
        "no_repeat_ngram_size": sampling.no_repeat_ngram_size,
        "eos_token_id": sorted(loaded.ends) or None,
        "use_cache": True,
    }
    if drawn:
        chosen |= {
            "temperature": float(sampling.temperature),
            "top_k": sampling.top_k,
            "top_p": float(sampling.top_p),
            "min_p": float(sampling.min_p),
        }
    config = loaded.model.generation_config
    if config.pad_token_id is None:
        chosen["pad_token_id"] = min(loaded.ends, default=0)
    if config.suppress_tokens:
        banned = Banned(config.suppress_tokens, loaded.device)
        chosen |= {"suppress_tokens": [], "logits_processor": LogitsProcessorList([banned])}
    return chosen


def write_down(ids: list[int], run: Run, *, cancelled: bool) -> Completion:
    """Emit what a search came to."""
    for token in ids:
        run.transcript.add(token)
        if run.transcript.finish is not None:
            break
    finish = Finish.CANCELLED if cancelled else Finish.LENGTH
    return run.transcript.complete(finish, len(run.prompt))


class BeamStop:
    """A stopping criterion of transformers: a beam ends at a stop string, all end when asked.

    `skip` is how many tokens come before the text.
    """

    def __init__(self, run: Run, vocabulary: Vocabulary, skip: int) -> None:
        self.cancelled = False
        self._run = run
        self._vocabulary = vocabulary
        self._skip = skip

    def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Return for each candidate, one a row, whether it ends with its last token."""
        import torch

        rows = input_ids.shape[0]
        if self._run.should_stop():
            self.cancelled = True
            return torch.ones(rows, dtype=torch.bool, device=input_ids.device)
        ended = [False] * rows
        if self._run.request.stop:
            ended = [self._has_ended(row) for row in input_ids[:, self._skip :].tolist()]
        return torch.tensor(ended, dtype=torch.bool, device=input_ids.device)

    def _has_ended(self, ids: list[int]) -> bool:
        stop = StopStrings(self._run.request.stop)
        stop.feed(self._vocabulary.decode(ids))
        return stop.found
