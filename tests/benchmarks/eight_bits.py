"""Makes a Q8_0 file of another GGUF file, for llama.cpp to be measured with.

    python tests/benchmarks/eight_bits.py MODEL.Q4_1.gguf MODEL.Q8_0.gguf

The weights and their quality are those of the file it is made of: only how they are held changes.
llama.cpp reads a prompt faster in this form than in Q4_1, as it writes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
from gguf import GGMLQuantizationType as Form

if TYPE_CHECKING:
    from gguf.gguf_reader import ReaderTensor

# What is kept as it is: norms and the like, and what is in this form already.
_KEPT = (Form.F32, Form.Q8_0)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    reader = gguf.GGUFReader(options.source)
    writer = gguf.GGUFWriter(options.target, _architecture(reader))
    _copy_fields(reader, writer)
    for tensor in reader.tensors:
        _add(tensor, writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _architecture(reader: gguf.GGUFReader) -> str:
    field = reader.get_field(gguf.Keys.General.ARCHITECTURE)
    assert field is not None
    return str(field.contents())


def _copy_fields(reader: gguf.GGUFReader, writer: gguf.GGUFWriter) -> None:
    own = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE}
    for name, field in reader.fields.items():
        if name in own or name.startswith("GGUF."):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind is gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def _add(tensor: ReaderTensor, writer: gguf.GGUFWriter) -> None:
    if tensor.tensor_type in _KEPT:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        return
    plain = gguf.dequantize(tensor.data, tensor.tensor_type)
    writer.add_tensor(tensor.name, gguf.quantize(plain, Form.Q8_0), raw_dtype=Form.Q8_0)


if __name__ == "__main__":
    main()
