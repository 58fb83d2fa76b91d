"""Many texts written side by side, one token of each at a step: for judging how a model writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from assistant.core.errors import Cancelled
from assistant.core.requests import Sampling, ShouldStop
from assistant.engines.loading import Loaded
from assistant.engines.reading import Network
from assistant.engines.sampling import processors

# How many texts share a step. A step of one takes nearly as long as one of a dozen.
_TOGETHER = 20


def write_all(
    loaded: Loaded,
    network: Network,
    prompts: Sequence[list[int]],
    sampling: Sampling,
    most: int,
    should_stop: ShouldStop,
) -> list[list[int]]:
    """Return what is drawn after each of `prompts`: `most` tokens or fewer.

    A token that ends the text is not among them. The same seed and prompts give the same texts.
    Raises `Cancelled`.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        by_length[len(prompt)].append(index)
    written: dict[int, list[int]] = {}
    for indices in by_length.values():
        for first in range(0, len(indices), _TOGETHER):
            some = indices[first : first + _TOGETHER]
            batch = [prompts[index] for index in some]
            texts = _write_batch(loaded, network, batch, sampling, most, should_stop)
            written.update(zip(some, texts, strict=True))
    return [written[index] for index in range(len(prompts))]


def _write_batch(
    loaded: Loaded,
    network: Network,
    prompts: Sequence[list[int]],
    sampling: Sampling,
    most: int,
    should_stop: ShouldStop,
) -> list[list[int]]:
    """Write the texts of one batch, whose prompts are of one length."""
    import torch

    read = len(prompts[0])
    ids = torch.empty((len(prompts), read + most), dtype=torch.long, device=loaded.device)
    ids[:, :read] = torch.tensor(prompts)
    chain = processors(sampling, loaded.model.generation_config, loaded.ends, read, loaded.device)
    generator = torch.Generator(device=loaded.device)
    generator.manual_seed(sampling.seed or 0)
    reader = network.reader(read + most).branch(len(prompts))
    logits = reader.step(ids[:, :read])
    for end in range(read, read + most):
        if should_stop():
            raise Cancelled
        for process in chain:
            logits = process(ids[:, :end], logits)
        drawn = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)
        ids[:, end : end + 1] = drawn
        if end + 1 < read + most:
            logits = reader.step(drawn)
    return [_up_to_the_end(row, loaded.ends) for row in ids[:, read:].tolist()]


def _up_to_the_end(ids: list[int], ends: frozenset[int]) -> list[int]:
    return ids[: next((i for i, token in enumerate(ids) if token in ends), len(ids))]
