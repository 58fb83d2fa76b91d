"""A tiny Llama with random weights as a GGUF file, byte-level tokenizer included."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<note>")
END, START, TURN_END, NOTE = range(4)
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] + '<|im_end|>' }}{% endfor %}"
_WIDTH, _INNER, _LAYERS, _HEADS = 32, 64, 2, 4


def tiny_gguf(
    path: Path,
    *,
    chat_template: str | None = CHAT_TEMPLATE,
    add_bos: bool = False,
    architecture: str = "llama",
) -> Path:
    """Write the file; `architecture` may be a name that nobody knows."""
    import gguf
    import numpy as np
    from tokenizers import pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = ["t h", "th e", "Ġ the"]
    tokens = [*SPECIALS, *letters, "th", "the", "Ġthe"]
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name("Tiny Llama")
    writer.add_license("mit")
    writer.add_context_length(256)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if token in SPECIALS else normal for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(START)
    writer.add_eos_token_id(TURN_END)
    writer.add_unk_token_id(END)
    writer.add_pad_token_id(TURN_END)
    writer.add_add_bos_token(add_bos)
    if chat_template is not None:
        writer.add_chat_template(chat_template)
    for name, shape in _tensors(len(tokens)).items():
        noise = np.random.default_rng(len(name)).normal(0, 0.1, shape)
        writer.add_tensor(name, noise.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(vocabulary: int) -> dict[str, tuple[int, ...]]:
    square, up, down = (_WIDTH, _WIDTH), (_INNER, _WIDTH), (_WIDTH, _INNER)
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (vocabulary, _WIDTH),
        "output_norm.weight": (_WIDTH,),
        "output.weight": (vocabulary, _WIDTH),
    }
    for i in range(_LAYERS):
        shapes |= {
            f"blk.{i}.attn_norm.weight": (_WIDTH,),
            f"blk.{i}.ffn_norm.weight": (_WIDTH,),
            **{f"blk.{i}.attn_{part}.weight": square for part in ("q", "k", "v", "output")},
            f"blk.{i}.ffn_gate.weight": up,
            f"blk.{i}.ffn_up.weight": up,
            f"blk.{i}.ffn_down.weight": down,
        }
    return shapes
