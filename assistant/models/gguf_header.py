"""Reads what stands at the beginning of a GGUF file. Standard library only, fast, no weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from assistant.core.errors import NotAModel, WeightsDamaged
from assistant.core.i18n import tr

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 28
# Values to a block and bytes a block, by tensor type.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip
CONTROL_TOKEN = 3


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself; `parameters` counts the values of all tensors."""

    fields: Mapping[str, Any]
    parameters: int

    @property
    def architecture(self) -> str:
        """The architecture as llama.cpp calls it."""
        return str(self.fields.get("general.architecture", ""))

    @property
    def name(self) -> str:
        """The model's name, perhaps empty."""
        return str(self.fields.get("general.name", ""))

    @property
    def licence(self) -> str:
        """The licence as the file has it, perhaps empty."""
        return str(self.fields.get("general.license", ""))

    @property
    def chat_template(self) -> str:
        """The chat template, empty for a base model."""
        return str(self.fields.get("tokenizer.chat_template", ""))

    @property
    def tokens(self) -> list[str]:
        """The vocabulary."""
        return list(self.fields.get("tokenizer.ggml.tokens", ()))

    @property
    def control_tokens(self) -> list[int]:
        """The ids of the tokens that are signs for the model and no text."""
        types = self.fields.get("tokenizer.ggml.token_type", ())
        return [i for i, token_type in enumerate(types) if token_type == CONTROL_TOKEN]


class _Cursor:
    """Reads little-endian values one after the other; past the end it raises `struct.error`."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def count(self) -> int:
        (value,) = self.take("Q")
        if value > _LONGEST:
            message = "a length that no file has"
            raise struct.error(message)
        return int(value)

    def string(self) -> str:
        length = self.count()
        end = self.position + length
        if end > len(self._data):
            message = "a string that goes on past the end"
            raise struct.error(message)
        text = self._data[self.position : end].decode("utf-8", "replace")
        self.position = end
        return text

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.take(_SCALARS[kind])[0]
        (inner,) = self.take("I")
        count = self.count()
        if inner in (_STRING, _ARRAY):
            return [self.value(inner) for _ in range(count)]
        return list(self.take(f"{count}{_SCALARS[inner]}"))


def read_header(path: Path) -> GgufHeader:
    """Return what the GGUF file at `path` says of itself.

    Raises `NotAModel` for another kind of file and `WeightsDamaged` for one that was cut off.
    """
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise NotAModel(
                tr("{path} is not a GGUF file. Choose one, or a folder with a model.", path=path)
            )
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _parse(_Cursor(data), len(data))
        except (struct.error, KeyError, ValueError, OverflowError) as error:
            raise WeightsDamaged(
                tr("{path} is damaged or was cut off. Fetch it again.", path=path)
            ) from error


def _parse(cursor: _Cursor, size: int) -> GgufHeader:
    cursor.position = 4
    cursor.take("I")
    tensors, pairs = cursor.count(), cursor.count()
    fields: dict[str, Any] = {}
    for _ in range(pairs):
        key = cursor.string()
        (kind,) = cursor.take("I")
        fields[key] = cursor.value(kind)
    parameters = 0
    end = 0
    for _ in range(tensors):
        cursor.string()
        (dimensions,) = cursor.take("I")
        shape = cursor.take(f"{dimensions}Q")
        kind, offset = cursor.take("IQ")
        parameters += prod(shape)
        values, bytes_each = _BLOCKS.get(kind, (1, 0))
        end = max(end, offset + prod(shape) // values * bytes_each)
    alignment = int(fields.get("general.alignment", 32))
    start = -(-cursor.position // alignment) * alignment
    if start + end > size:
        message = "tensors end past the end of the file"
        raise struct.error(message)
    return GgufHeader(fields, parameters)
