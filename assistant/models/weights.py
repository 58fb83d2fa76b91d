"""Looks at the weights of a model folder: whether they are there, whole, and safe to load.

Reads the headers of safetensors files only. Standard library only.
The format: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from assistant.core.errors import UnsafeWeights, WeightsDamaged, WeightsMissing
from assistant.core.i18n import tr

_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "pytorch_model.bin.index.json")
_LONGEST_HEADER = 100_000_000
_LFS_POINTER = b"version https://git-lfs"
_DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
# Masks and other constants that some checkpoints store beside the weights.
_CONSTANTS = (".attn.bias", ".attn.masked_bias", ".attention.bias", ".rotary_emb.inv_freq")


@dataclass(frozen=True, slots=True)
class Weights:
    """What the headers say: how many parameters, in which precision, in which files."""

    parameters: int
    dtype: str
    files: tuple[Path, ...]


def inspect_weights(folder: Path) -> Weights:
    """Return what the headers of the weights in `folder` say.

    Raises `WeightsMissing`, `WeightsDamaged`, `UnsafeWeights`.
    """
    files = _files(folder)
    counts: Counter[str] = Counter()
    for path in files:
        for name, tensor in read_header(path).items():
            if not _is_constant(name, tensor["shape"]):
                counts[tensor["dtype"]] += prod(tensor["shape"])
    if not counts:
        raise WeightsDamaged(_cut_off(files[0]))
    main = counts.most_common(1)[0][0]
    return Weights(counts.total(), _DTYPES.get(main, main.lower()), tuple(files))


def _files(folder: Path) -> list[Path]:
    if (folder / _SINGLE).exists():
        return [folder / _SINGLE]
    if (folder / _INDEX).exists():
        return _shards(folder)
    others = sorted(path.name for path in folder.glob("*.safetensors"))
    if others:
        raise WeightsMissing(
            tr(
                "{folder} holds weights named {name}, and neither {single} nor {index} that says "
                "which they are. Fetch the whole model again.",
                folder=folder,
                name=others[0],
                single=_SINGLE,
                index=_INDEX,
            )
        )
    if _any(folder, _PICKLES):
        raise UnsafeWeights(
            tr(
                "The weights in {folder} are pickle files: loading them could run any code. Fetch "
                "a version of the model with safetensors.",
                folder=folder,
            )
        )
    raise WeightsMissing(
        tr(
            "{folder} holds no weights ({single}). Fetch the whole model again.",
            folder=folder,
            single=_SINGLE,
        )
    )


def _any(folder: Path, patterns: Iterable[str]) -> bool:
    return any(True for pattern in patterns for _ in folder.glob(pattern))


def _shards(folder: Path) -> list[Path]:
    index = folder / _INDEX
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        shards = [folder / Path(name).name for name in names]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsDamaged(
            tr("{path} cannot be read. Fetch the whole model again.", path=index)
        ) from error
    missing = [shard.name for shard in shards if not shard.exists()]
    if missing or not shards:
        raise WeightsMissing(
            tr(
                "{folder} lacks part of the weights: {name}. Fetch the whole model again.",
                folder=folder,
                name=", ".join(missing[:3]) or _INDEX,
            )
        )
    return shards


def read_header(path: Path) -> dict[str, Any]:
    """Return the tensors that a safetensors file announces, after checking that it holds them.

    Raises `WeightsMissing`, `WeightsDamaged`.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            beginning = file.read(8)
            if (beginning + file.read(len(_LFS_POINTER) - 8)) == _LFS_POINTER:
                raise WeightsMissing(
                    tr(
                        "{path} is only a pointer of Git LFS, not the weights. Run “git lfs "
                        "pull” there, or fetch the model another way.",
                        path=path,
                    )
                )
            file.seek(8)
            (length,) = struct.unpack("<Q", beginning)
            if length > min(_LONGEST_HEADER, size - 8):
                raise WeightsDamaged(_cut_off(path))
            header = json.loads(file.read(length))
        tensors = {name: tensor for name, tensor in header.items() if name != "__metadata__"}
        end = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        for tensor in tensors.values():
            prod(tensor["shape"])
            str(tensor["dtype"])
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise WeightsDamaged(_cut_off(path)) from error
    except OSError as error:
        raise WeightsDamaged(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error
    if 8 + length + end != size:
        raise WeightsDamaged(_cut_off(path))
    return tensors


def _cut_off(path: Path) -> str:
    return tr("The weights in {path} are damaged or were cut off. Fetch them again.", path=path)


def _is_constant(name: str, shape: list[int]) -> bool:
    return name.endswith(_CONSTANTS) and (len(shape) != 1 or name.endswith("inv_freq"))
