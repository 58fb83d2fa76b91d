"""Causal attention within each example of a block that holds several.

Queries are taken in tiles, so that no score is computed beyond a tile's last position, and the
heads that share a key are one matrix. transformers calls it by the name `NAME`; the tiles' masks
are made once for a batch and reach it through the network's keyword arguments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

from assistant.training.pack import Blocks

NAME = "inkling_packed"

# What autograd uses itself; torch gives it no public name.
_softmax_backward = torch.ops.aten._softmax_backward_data  # noqa: SLF001

# Queries in one tile; at 128 the scores of a head's group stay in a core's cache.
_TILE = 128


@dataclass(frozen=True, slots=True)
class Tile:
    """The queries from `start` to `end`, and what is added to their scores.

    `mask` is [blocks, 1, 1, end - start, end] for the keys up to `end`: 0 or minus infinity.
    """

    start: int
    end: int
    mask: torch.Tensor


class Packing:
    """Which tokens of a batch of blocks a token looks back at.

    Those of its own tree that stand in the stem or in its own branch, and no further back than a
    layer's sliding window if it has one.
    """

    def __init__(self, blocks: Blocks, device: torch.device, dtype: torch.dtype) -> None:
        self._trees = blocks.trees.to(device)
        self._branches = blocks.branches.to(device)
        self._positions = blocks.positions.to(device)
        self._dtype = dtype
        self._tiles: dict[int | None, tuple[Tile, ...]] = {}

    def tiles(self, window: int | None) -> tuple[Tile, ...]:
        """Return the tiles for layers with that window, made at the first call."""
        if window not in self._tiles:
            length = self._trees.shape[1]
            starts = range(0, length, _TILE)
            self._tiles[window] = tuple(
                self._tile(start, min(start + _TILE, length), window) for start in starts
            )
        return self._tiles[window]

    def _tile(self, start: int, end: int, window: int | None) -> Tile:
        device = self._trees.device
        rows = torch.arange(start, end, device=device)[:, None]
        seen = torch.arange(end, device=device)[None, :] <= rows
        keys, queries = self._branches[:, None, :end], self._branches[:, start:end, None]
        seen = seen & ((keys == 0) | (keys == queries))
        seen &= self._trees[:, None, :end] == self._trees[:, start:end, None]
        if window is not None:
            furthest = self._positions[:, start:end, None] - window
            seen &= self._positions[:, None, :end] > furthest
        mask = torch.zeros(seen.shape, dtype=self._dtype, device=device)
        mask.masked_fill_(~seen, -math.inf)
        return Tile(start, end, mask[:, None, None])


def register() -> None:
    """Make the attention known to transformers."""
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, _no_mask)


def _no_mask(*_args: Any, **_kwargs: Any) -> None:
    """Keep transformers from making a mask of its own."""


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask: torch.Tensor | None,
    *,
    packing: Packing,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **_others: Any,
) -> tuple[torch.Tensor, None]:
    """Return the attention's output as [blocks, tokens, heads, width]."""
    if sliding_window is None and getattr(module, "is_sliding", False):
        sliding_window = module.sliding_window
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    out: torch.Tensor = _Attention.apply(query, key, value, packing.tiles(sliding_window), scale)
    return out, None


class _Attention(torch.autograd.Function):
    """Softmax(Q Kᵀ · scale + mask) V by tiles; the probabilities are kept for the backward pass.

    query is [blocks, heads, tokens, width], key and value have as many heads or a divisor of it.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        tiles: tuple[Tile, ...],
        scale: float,
    ) -> torch.Tensor:
        blocks, heads, length, width = query.shape
        shared = key.shape[1]
        group = heads // shared
        # Scaled here, the queries are fewer numbers than the scores.
        grouped = (query * scale).reshape(blocks * shared, group, length, width)
        key = key.reshape(blocks * shared, length, width)
        value = value.reshape(blocks * shared, length, width)
        out = query.new_empty(blocks, length, shared, group, width)
        kept = []
        for tile in tiles:
            rows = tile.end - tile.start
            asked = grouped[:, :, tile.start : tile.end].reshape(-1, group * rows, width)
            scores = torch.bmm(asked, key[:, : tile.end].transpose(1, 2))
            scores = scores.view(blocks, shared, group, rows, tile.end).add_(tile.mask)
            shares = scores.softmax(-1).view(blocks * shared, group * rows, tile.end)
            answer = torch.bmm(shares, value[:, : tile.end])
            answer = answer.view(blocks, shared, group, rows, width)
            out[:, tile.start : tile.end] = answer.permute(0, 3, 1, 2, 4)
            kept.append(shares)
        ctx.save_for_backward(grouped, key, value, *kept)
        ctx.tiles, ctx.scale = tiles, scale
        return out.view(blocks, length, heads, width)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        grouped, key, value, *kept = ctx.saved_tensors
        both, group, length, width = grouped.shape
        blocks = grad.shape[0]
        grad = grad.view(blocks, length, both // blocks, group, width).permute(0, 2, 3, 1, 4)
        grad_query = torch.empty_like(grouped)
        grad_key, grad_value = torch.zeros_like(key), torch.zeros_like(value)
        for tile, shares in zip(ctx.tiles, kept, strict=True):
            rows = tile.end - tile.start
            asked = grouped[:, :, tile.start : tile.end].reshape(both, group * rows, width)
            grad_out = grad[:, :, :, tile.start : tile.end].reshape(both, group * rows, width)
            grad_value[:, : tile.end].baddbmm_(shares.transpose(1, 2), grad_out)
            grad_shares = torch.bmm(grad_out, value[:, : tile.end].transpose(1, 2))
            grad_scores = _softmax_backward(grad_shares, shares, -1, shares.dtype)
            grad_asked = torch.bmm(grad_scores, key[:, : tile.end])
            grad_query[:, :, tile.start : tile.end] = grad_asked.view(both, group, rows, width)
            grad_key[:, : tile.end].baddbmm_(grad_scores.transpose(1, 2), asked)
        return (
            grad_query.mul_(ctx.scale).view(blocks, -1, length, width),
            grad_key.view(blocks, -1, length, width),
            grad_value.view(blocks, -1, length, width),
            None,
            None,
        )
