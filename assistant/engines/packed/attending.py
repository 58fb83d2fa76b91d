"""Attention: what new tokens see of themselves and of those before, in the form cheapest for them.

One token of a text, or a few, go through torch's own attention. Many are read block by block, by
plain matrix products in bfloat16 where the processor has these: torch's attention multiplies in
float32, and takes up to twice as long.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.cache import Cache

# So few tokens of a text are read as one is: by what is quickest for one.
FEW = 16
# Queries of a block, those of all heads that share a key head together: measured.
_BLOCK = 384


def attend(
    queries: torch.Tensor, stored: torch.Tensor, step: Step, window: int, scale: float
) -> torch.Tensor:
    """Return what `queries`, (rows, n, heads, width), see of `stored`, in its number format.

    `stored` holds keys and values, (2, rows, key heads, room, width), those of the step included.
    Scores are multiplied by `scale`. Returns shape (rows, n, heads, width).
    """
    import torch

    grouped = queries.unflatten(2, (stored.shape[2], -1))
    if step.count > FEW and stored.dtype is torch.bfloat16 and _multiplies_bfloat16():
        return in_blocks((grouped * scale).to(stored.dtype), stored, step, window)
    return at_once(grouped.to(stored.dtype), stored, step, window, scale)


def at_once(
    queries: torch.Tensor, stored: torch.Tensor, step: Step, window: int, scale: float
) -> torch.Tensor:
    """Return the attention of `queries`, (rows, n, key heads, group, width), by torch's own.

    The query heads that share a key head are its batch; with few tokens each they are its sequence,
    so that nothing is repeated but the mask. Returns shape (rows, n, heads, width).
    """
    from torch.nn.functional import scaled_dot_product_attention as attention

    keys, values = stored[:, :, :, step.first(window) : step.end]
    mask, group = step.mask(window), queries.shape[3]
    grouped = queries.permute(0, 2, 3, 1, 4)
    if step.count <= FEW:
        mask = mask if mask is None else mask.repeat(group, 1)
        seen = attention(grouped.flatten(2, 3), keys, values, attn_mask=mask, scale=scale)
    else:
        keys = keys.flatten(0, 1)[:, None].expand(-1, group, -1, -1)
        values = values.flatten(0, 1)[:, None].expand(-1, group, -1, -1)
        seen = attention(grouped.flatten(0, 1), keys, values, attn_mask=mask, scale=scale)
    return seen.reshape(grouped.shape).permute(0, 3, 1, 2, 4).flatten(2, 3)


def in_blocks(queries: torch.Tensor, stored: torch.Tensor, step: Step, window: int) -> torch.Tensor:
    """Return the attention of scaled `queries`, (rows, n, key heads, group, width), by blocks.

    Scores stand in the number format of the values. Returns shape (rows, n, heads, width).
    """
    import torch

    rows, count, heads, group, _ = queries.shape
    tokens = min(max(_BLOCK // group, 1), count)
    seen = torch.empty_like(queries)
    # One place for the scores of all blocks: fresh pages would take as long as what fills them.
    most = tokens * group * (step.end - step.first(window))
    scores, odds = (queries.new_empty(most) for _ in range(2))
    for begin in range(0, count, tokens):
        end = min(begin + tokens, count)
        first, last = step.seen_from(begin, window), step.start + end
        late, early = step.edges(begin, end, window)
        shape = ((end - begin) * group, last - first)
        size = shape[0] * shape[1]
        for row in range(rows):
            for head in range(heads):
                keys, values = stored[:, row, head, first:last]
                block = queries[row, begin:end, head].reshape(shape[0], -1)
                score = torch.mm(block, keys.t(), out=scores[:size].view(shape))
                by_token = score.view(end - begin, group, -1)
                by_token[:, :, begin - end :].add_(late)
                if early is not None:
                    by_token[:, :, : end - begin].add_(early)
                share = torch.softmax(score, -1, out=odds[:size].view(shape))
                seen[row, begin:end, head] = (share @ values).unflatten(0, (-1, group))
    return seen.flatten(2, 3)


@cache
def _multiplies_bfloat16() -> bool:
    """Whether the processor has products of matrices in bfloat16; others take longer for them."""
    import torch

    # torch has no other way to ask.
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in names)


class Step:
    """One pass under way: `rows` × `count` tokens that are read behind what `cache` holds.

    Attributes: `start` and `end`, their positions.
    """

    def __init__(self, cache: Cache, rows: int, count: int) -> None:
        self.cache = cache
        self.rows = rows
        self.count = count
        self.start = cache.length
        self.end = self.start + count
        self._masks: dict[int, torch.Tensor] = {}
        cache.make_room(self.end)

    def first(self, window: int) -> int:
        """Return the first position that any of the tokens sees; a window of 0 is none."""
        return self.seen_from(0, window)

    def seen_from(self, number: int, window: int) -> int:
        """Return the first position that token `number` of the step sees."""
        return max(0, self.start + number + 1 - window) if window else 0

    def mask(self, window: int) -> torch.Tensor | None:
        """Return what is added to the scores of those seen by any, shape (n, seen).

        None where a token sees all of them.
        """
        if self.count == 1:
            return None
        window = window if window < self.end else 0
        if window not in self._masks:
            self._masks[window] = self._mask(window)
        return self._masks[window]

    def _mask(self, window: int) -> torch.Tensor:
        import torch

        seen = torch.arange(self.first(window), self.end)
        behind = torch.arange(self.start, self.end)[:, None] - seen
        hidden = behind < 0
        if window:
            hidden = hidden | (behind >= window)
        mask = torch.zeros(hidden.shape, dtype=self.cache.dtype)
        return mask.masked_fill_(hidden, -torch.inf)

    def edges(self, begin: int, end: int, window: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return what is added to the scores of tokens `begin` to `end` of the step.

        To those of the last positions that they see, as many as they are, and to those of the first
        ones, None where each of them sees all of these; both of shape (n, 1, n).
        """
        import torch

        number = torch.arange(end - begin)
        behind = number[:, None] - number
        # Of the first positions token 0 sees the one number 0, if the window reaches that far back.
        short = window - (self.start + begin + 1) if window else 0
        early = None
        if window and self.start + end > window:
            early = self._hidden(behind > max(short, 0))
        return self._hidden(behind < 0), early

    def _hidden(self, hidden: torch.Tensor) -> torch.Tensor:
        import torch

        mask = torch.zeros(hidden.shape, dtype=self.cache.dtype)
        return mask.masked_fill_(hidden, -torch.inf)[:, None]
