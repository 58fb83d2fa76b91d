"""How likely given texts are under a causal model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from assistant.core.errors import Cancelled
from assistant.core.requests import ShouldStop
from assistant.engines.prefixes import PrefixPool
from assistant.engines.reading import Reader

# How many logits are held at once: 128 MiB of float32.
_MOST_LOGITS = 2**25
# How many tokens of the texts are scored before `should_stop` is asked again.
_MOST_COLUMNS = 128


def log_likelihoods(
    prefixes: PrefixPool,
    context: list[int],
    wholes: Sequence[list[int]],
    should_stop: ShouldStop,
) -> list[float]:
    """Return, for each of `wholes`, the log-probability of what differs from `context`.

    `wholes` are the tokens of context and text together: at the join a text may take another token
    than the context alone, and is then scored from there. Raises `Cancelled`.
    """
    import torch

    # The first token has nothing before it, so it cannot be scored.
    starts = [max(1, _common(context, whole)) for whole in wholes]
    scored = [i for i, whole in enumerate(wholes) if len(whole) > starts[i]]
    results = [0.0] * len(wholes)
    if not scored:
        return results
    # All but the last common token are read once for all; that one tells what comes first.
    shared = min(starts[i] for i in scored) - 1
    reader = prefixes.borrow(context[:shared], shared + 1, leave=0)
    network = reader.network
    if reader.length < shared:
        ids = torch.tensor([context[reader.length : shared]], device=network.device)
        reader.read(ids, should_stop, lambda _done: None)
    prefixes.give_back(reader, context[:shared])
    if reader.length < shared:
        raise Cancelled
    vocabulary = network.vocabulary
    # What another text begins with is scored with that one: it is read once.
    read: list[int] = []
    within: dict[int, int] = {}
    for i in sorted(scored, key=lambda i: -len(wholes[i])):
        within[i] = next((j for j in read if wholes[j][: len(wholes[i])] == wholes[i]), i)
        if within[i] == i:
            read.append(i)
    # Texts of about one length share a batch, so that little of it is padding.
    longest = min(_MOST_COLUMNS, len(wholes[read[0]]) - shared)
    together = max(1, _MOST_LOGITS // (vocabulary * longest))
    scores: dict[int, list[float]] = {}
    for first in range(0, len(read), together):
        batch = read[first : first + together]
        rows = [wholes[i][shared:] for i in batch]
        columns = max(1, min(_MOST_COLUMNS, _MOST_LOGITS // (vocabulary * len(rows))))
        found = _score_rows(reader.branch(len(rows)), rows, columns, should_stop)
        scores |= zip(batch, found, strict=True)
    for i, j in within.items():
        results[i] = sum(scores[j][starts[i] - shared - 1 : len(wholes[i]) - shared - 1])
    return results


def _score_rows(
    reader: Reader, rows: Sequence[list[int]], columns: int, should_stop: ShouldStop
) -> list[list[float]]:
    """Return the log-probability of every token of each row but its first."""
    import torch

    width = max(len(row) for row in rows)
    # Padding stands behind the text, where a causal model does not look.
    padded = torch.tensor(
        [row + [0] * (width - len(row)) for row in rows], device=reader.network.device
    )
    scores = []
    for start in range(0, width - 1, columns):
        if should_stop():
            raise Cancelled
        end = min(start + columns, width - 1)
        logits = reader.all_logits(padded[:, start:end])
        following = padded[:, start + 1 : end + 1, None]
        scores.append(logits.gather(2, following)[..., 0] - logits.logsumexp(dim=-1))
    found: list[list[float]] = torch.cat(scores, dim=1).tolist()
    return [values[: len(row) - 1] for row, values in zip(rows, found, strict=True)]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
