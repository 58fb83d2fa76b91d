"""A model's matrices, read layer by layer in float32, laid out as the forward wants them.

Never more than one layer is in memory. What stands side by side in a layer is fused: queries, keys
and values into one matrix, gate and up into another. Rotary pairs are made neighbours, so that one
complex product turns them. An adapter is merged on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assistant.engines.merging import merged_matrix
from assistant.engines.packed.plan import Norm, Plan
from assistant.models.adapters import WEIGHTS, Adapter, Pair

if TYPE_CHECKING:
    import torch

_PREFIX = "transformer."
# How many rows of a table of tokens are looked at at once.
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a linear part does: `weight` of shape (outputs, inputs), and its bias, if any."""

    weight: torch.Tensor
    bias: torch.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """What a norm multiplies by, and adds."""

    weight: torch.Tensor
    bias: torch.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `attention` gives queries, keys and values, `feed_forward` gate and up."""

    attention: Matrix
    attention_out: Matrix
    feed_forward: Matrix
    feed_forward_out: Matrix
    norms: tuple[Gain, Gain]
    norms_after: tuple[Gain, Gain] | None = None
    head_norms: tuple[Gain, Gain] | None = None


class Source:
    """The weights of the model in `folder`; to be used in a `with` block.

    `adapter` is merged with `strength`; its pairs must fit (`assistant.engines.merging`).
    """

    def __init__(
        self, folder: Path, plan: Plan, adapter: Adapter | None = None, strength: float = 1.0
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._adapter = adapter if strength else None
        self._strength = strength
        self._pairs: Mapping[str, Pair] = (
            {pair.module: pair for pair in self._adapter.pairs} if self._adapter else {}
        )
        self._stack = ExitStack()
        self._files: dict[str, Any] = {}
        self._adapter_file: Any = None

    def __enter__(self) -> Self:
        self._map()
        return self

    def __exit__(self, *_: object) -> None:
        self._files.clear()
        self._stack.close()

    def _map(self) -> None:
        from safetensors import safe_open

        for path in sorted(self._folder.glob("*.safetensors")):
            file = self._stack.enter_context(safe_open(path, "pt"))
            # Files of GPT-2 have the prefix or not, as the model they were saved from had a head.
            self._files.update(dict.fromkeys(file.keys(), file))
        if self._adapter is not None:
            self._adapter_file = self._stack.enter_context(
                safe_open(self._adapter.folder / WEIGHTS, "pt")
            )

    def _map_anew(self) -> None:
        """Map the files anew: what was read of them so far takes memory as long as they are."""
        self.__exit__()
        self._map()

    @property
    def complete(self) -> bool:
        """Whether the tensors that every model of the plan has are there."""
        names = self._plan.names
        parts = (*names.attention, names.attention_out, *names.feed_forward, names.feed_forward_out)
        layers = range(self._plan.layers)
        wanted = [names.layer.format(i=i) + part for i in layers for part in (*parts, *names.norms)]
        wanted += [names.embedding, names.last_norm]
        return all(self._key(f"{name}.weight") in self._files for name in wanted)

    @property
    def takes_adapter(self) -> bool:
        """Whether every pair of the adapter fits a matrix here and holds sound numbers."""
        return all(self._takes(pair) for pair in self._pairs.values())

    def _takes(self, pair: Pair) -> bool:
        names = self._plan.names
        stored = names.embedding if pair.module == names.head and self._plan.tied else pair.module
        key = self._key(f"{stored}.weight")
        if key not in self._files:
            return False
        shape = tuple(self._files[key].get_slice(key).get_shape())
        inputs_first = pair.embedding or not self._plan.outputs_first
        if shape != ((pair.inputs, pair.outputs) if inputs_first else (pair.outputs, pair.inputs)):
            return False
        numbers = (self._adapter_file.get_tensor(name) for name in (pair.down, pair.up))
        return all(bool(tensor.isfinite().all()) for tensor in numbers)

    def layers(self) -> Iterator[Layer]:
        """Yield the layers, first to last."""
        for number in range(self._plan.layers):
            yield self._layer(number)
            self._map_anew()

    def first_layer(self) -> Layer:
        """Return the first layer."""
        return self._layer(0)

    def embedding(self) -> torch.Tensor:
        """Return the table of tokens, shape (vocabulary, hidden), unscaled, as it is stored.

        It is mapped from the file, unless an adapter changes it.
        """
        name = self._plan.names.embedding
        return self._matrix(name) if name in self._pairs else self._as_stored(f"{name}.weight")

    def positions(self) -> torch.Tensor | None:
        """Return the table of learned positions, shape (context, hidden), where there is one."""
        name = self._plan.names.positions
        return self._matrix(name) if name else None

    def last_norm(self) -> Gain:
        """Return the norm before the head."""
        return self._gain(self._plan.names.last_norm)

    def head(self) -> Matrix:
        """Return what makes logits: the table of tokens where the model shares it.

        It is mapped from the file as it is stored, unless an adapter changes it.
        """
        names = self._plan.names
        # What an adapter does to the embeddings alone, it does not do to a head that shares them.
        stored = f"{names.embedding if self._plan.tied else names.head}.weight"
        if names.head not in self._pairs:
            return Matrix(self._as_stored(stored))
        return Matrix(self._merged(names.head, self._stored(stored)))

    def head_rows(self) -> Iterator[torch.Tensor]:
        """Yield the rows of `head`, some thousand at a time, of which only those are in memory."""
        if self._plan.names.head in self._pairs:
            yield from self.head().weight.split(_ROWS)
            return
        for start in range(0, len(self.head().weight), _ROWS):
            yield self.head().weight[start : start + _ROWS]
            self._map_anew()

    def _layer(self, number: int) -> Layer:
        names = self._plan.names
        prefix = names.layer.format(i=number)

        def gains(pair: tuple[str, str] | None) -> tuple[Gain, Gain] | None:
            return (self._gain(prefix + pair[0]), self._gain(prefix + pair[1])) if pair else None

        norms = gains(names.norms)
        assert norms is not None
        attention = self._fused([prefix + name for name in names.attention])
        head_norms = gains(names.head_norms)
        if self._plan.rotary[number] is not None:
            attention = _neighbours(attention, self._plan)
            if head_norms is not None:
                queries, keys = head_norms
                head_norms = (Gain(_paired(queries.weight)), Gain(_paired(keys.weight)))
        return Layer(
            attention=attention,
            attention_out=self._fused([prefix + names.attention_out]),
            feed_forward=self._fused([prefix + name for name in names.feed_forward]),
            feed_forward_out=self._fused([prefix + names.feed_forward_out]),
            norms=norms,
            norms_after=gains(names.norms_after),
            head_norms=head_norms,
        )

    def _fused(self, names: list[str]) -> Matrix:
        import torch

        weights = [self._matrix(name) for name in names]
        biases = [self._maybe(f"{name}.bias") for name in names]
        bias = None
        if any(one is not None for one in biases):
            bias = torch.cat(
                [
                    one if one is not None else weight.new_zeros(len(weight))
                    for one, weight in zip(biases, weights, strict=True)
                ]
            )
        return Matrix(torch.cat(weights), bias)

    def _matrix(self, name: str) -> torch.Tensor:
        """Return a matrix as outputs × inputs, adapter merged."""
        weight = self._merged(name, self._stored(f"{name}.weight"))
        table = name in (self._plan.names.embedding, self._plan.names.positions)
        return weight if self._plan.outputs_first or table else weight.T.contiguous()

    def _merged(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        pair = self._pairs.get(name)
        if pair is None or self._adapter is None:
            return weight
        down = self._adapter_file.get_tensor(pair.down)
        up = self._adapter_file.get_tensor(pair.up)
        factor = self._strength * self._adapter.config.scale_of(name)
        inputs_first = pair.embedding or not self._plan.outputs_first
        return merged_matrix(weight, down, up, factor, transposed=inputs_first)

    def _gain(self, name: str) -> Gain:
        weight = self._stored(f"{name}.weight")
        if self._plan.unit_gain:
            weight = weight + 1
        layer = self._plan.norm is Norm.LAYER
        return Gain(weight, self._stored(f"{name}.bias") if layer else None)

    def _stored(self, name: str) -> torch.Tensor:
        return self._as_stored(name).float()

    def _maybe(self, name: str) -> torch.Tensor | None:
        return self._stored(name) if self._key(name) in self._files else None

    def _as_stored(self, name: str) -> torch.Tensor:
        key = self._key(name)
        found: torch.Tensor = self._files[key].get_tensor(key)
        return found

    def _key(self, name: str) -> str:
        return name if name in self._files else name.removeprefix(_PREFIX)


def _neighbours(attention: Matrix, plan: Plan) -> Matrix:
    """Return the matrix with the rows of queries and keys so that rotary pairs are neighbours."""
    import torch

    turned = plan.query_width + plan.key_width

    def reordered(rows: torch.Tensor) -> torch.Tensor:
        heads = rows[:turned].unflatten(0, (-1, plan.head_width))
        return torch.cat([_paired(heads, 1).flatten(0, 1), rows[turned:]])

    bias = attention.bias
    return Matrix(reordered(attention.weight), None if bias is None else reordered(bias))


def _paired(values: torch.Tensor, dim: int = 0) -> torch.Tensor:
    """Return `values` with the two halves of dimension `dim` interleaved."""
    halves: torch.Tensor = values.unflatten(dim, (2, -1))
    return halves.transpose(dim, dim + 1).flatten(dim, dim + 1)
