"""Tiny random-weight models with byte-level tokenizers, built where a test wants them.

Each builder takes a folder, saves weights, configuration and tokenizer there as a hub model would
be, and returns the folder. All are float32 and take well under a second.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
import transformers as hf
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from assistant.models.description import Kind, ModelDescription

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PAD, BOS, EOS, UNK = "<pad>", "<s>", "</s>", "<unk>"
SPECIALS = (PAD, BOS, EOS, UNK)
PAD_ID, BOS_ID, EOS_ID, UNK_ID = 0, 1, 2, 3
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>\n{{ message['content'] }}\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def byte_tokenizer(
    *,
    add_bos: bool = False,
    add_eos: bool = False,
    extra: Sequence[str] = (),
    chat_template: str | None = None,
    **settings: Any,
) -> hf.PreTrainedTokenizerFast:
    """Build a tokenizer whose tokens are the 256 bytes, so that any text survives both ways."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = [*SPECIALS, *extra]
    vocabulary = {token: i for i, token in enumerate([*specials, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in specials])
    template = [*([BOS] if add_bos else []), "$A", *([EOS] if add_eos else [])]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=" ".join(template), special_tokens=[(BOS, BOS_ID), (EOS, EOS_ID)]
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNK,
        chat_template=chat_template,
        clean_up_tokenization_spaces=False,
        **settings,
    )


def fallback_tokenizer() -> hf.PreTrainedTokenizerFast:
    """Build a tokenizer like Llama 2's or Gemma's: words with `▁`, other signs as bytes."""
    words = ["<unk>", "<s>", "</s>", "▁Hello", "▁world", "ly", "▁", "中", "."]
    tokens = [*words, *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: i for i, token in enumerate(tokens)},
            merges=[],
            unk_token="<unk>",
            byte_fallback=True,
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def save(model: hf.PreTrainedModel, tokenizer: hf.PreTrainedTokenizerBase, folder: Path) -> Path:
    """Save both as a hub model's folder."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _causal(
    folder: Path, config: hf.PreTrainedConfig, tokenizer: hf.PreTrainedTokenizerBase, seed: int
) -> Path:
    torch.manual_seed(seed)
    model = hf.AutoModelForCausalLM.from_config(config)
    _spread(model)
    return save(model, tokenizer, folder)


def _spread(model: torch.nn.Module) -> None:
    """Scale the weights up: at their usual 0.02 a tiny model repeats one token for ever."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)


def gpt2(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a GPT-2: learned positions, no start token."""
    tokenizer = byte_tokenizer()
    config = hf.GPT2Config(
        **{
            "vocab_size": len(tokenizer),
            "n_positions": 1024,
            "n_embd": 32,
            "n_layer": 2,
            "n_head": 4,
            "bos_token_id": BOS_ID,
            "eos_token_id": EOS_ID,
            "pad_token_id": PAD_ID,
            **overrides,
        }
    )
    return _causal(folder, config, tokenizer, seed)


def _modern(tokenizer: hf.PreTrainedTokenizerBase, **overrides: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "bos_token_id": BOS_ID,
        "eos_token_id": EOS_ID,
        "pad_token_id": PAD_ID,
        **overrides,
    }


def llama(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Llama with a chat template: grouped heads, rotary positions."""
    tokenizer = byte_tokenizer(chat_template=CHAT_TEMPLATE)
    return _causal(folder, hf.LlamaConfig(**_modern(tokenizer, **overrides)), tokenizer, seed)


def qwen2(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Qwen2: biases on the projections, tied embeddings."""
    tokenizer = byte_tokenizer()
    settings = _modern(tokenizer, **{"tie_word_embeddings": True, **overrides})
    return _causal(folder, hf.Qwen2Config(**settings), tokenizer, seed)


def qwen3(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Qwen3: a norm for every head, heads wider than their share."""
    tokenizer = byte_tokenizer()
    settings = _modern(tokenizer, **{"head_dim": 16, **overrides})
    return _causal(folder, hf.Qwen3Config(**settings), tokenizer, seed)


def gemma3(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Gemma 3 text model: a start token, one sliding and one full layer, soft norms."""
    tokenizer = byte_tokenizer(add_bos=True)
    settings = _modern(
        tokenizer,
        **{
            "head_dim": 8,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"],
            "query_pre_attn_scalar": 8,
            **overrides,
        },
    )
    return _causal(folder, hf.Gemma3TextConfig(**settings), tokenizer, seed)


def mistral(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Mistral whose every layer sees a window of 24 tokens only."""
    tokenizer = byte_tokenizer(add_bos=True)
    settings = _modern(tokenizer, **{"sliding_window": 24, **overrides})
    return _causal(folder, hf.MistralConfig(**settings), tokenizer, seed)


CAUSAL: dict[str, Callable[..., Path]] = {
    "gpt2": gpt2,
    "llama": llama,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "gemma3": gemma3,
    "mistral": mistral,
}


def _seq2seq(
    folder: Path, config: hf.PreTrainedConfig, tokenizer: hf.PreTrainedTokenizerBase, seed: int
) -> Path:
    torch.manual_seed(seed)
    model = hf.AutoModelForSeq2SeqLM.from_config(config)
    _spread(model)
    return save(model, tokenizer, folder)


def t5(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a T5: relative positions, the pad token starts the answer."""
    tokenizer = byte_tokenizer(add_eos=True, model_max_length=512)
    settings = {
        "vocab_size": len(tokenizer),
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
        "decoder_start_token_id": PAD_ID,
        "pad_token_id": PAD_ID,
        "eos_token_id": EOS_ID,
        **overrides,
    }
    return _seq2seq(folder, hf.T5Config(**settings), tokenizer, seed)


def _bart_like(vocabulary: int, **overrides: Any) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 256,
        "bos_token_id": BOS_ID,
        "eos_token_id": EOS_ID,
        "pad_token_id": PAD_ID,
        "decoder_start_token_id": EOS_ID,
        "forced_eos_token_id": None,
        **overrides,
    }


def bart(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a BART: learned positions on both sides."""
    tokenizer = byte_tokenizer(add_bos=True, add_eos=True)
    config = hf.BartConfig(**_bart_like(len(tokenizer), **overrides))
    return _seq2seq(folder, config, tokenizer, seed)


def _sentencepiece(folder: Path, name: str) -> list[str]:
    """Train a SentencePiece model of single characters; return its pieces."""
    import sentencepiece

    corpus = folder / "corpus.txt"
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'-éèàçüöä中文"
    corpus.write_text("\n".join(" ".join(letters[i:] + letters[:i]) for i in range(40)), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / name),
        vocab_size=len(letters) + 4,
        model_type="char",
        character_coverage=1.0,
        minloglevel=2,
    )
    corpus.unlink()
    (folder / f"{name}.vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def marian(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save a Marian that writes French or Spanish, chosen by a token before the text."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _sentencepiece(folder, "spm")
    specials = ("<unk>", "<s>", "</s>", "<pad>")
    order = [EOS, UNK, *(p for p in pieces if p not in specials), ">>fra<<", ">>spa<<", PAD]
    vocabulary = {piece: i for i, piece in enumerate(order)}
    spm = folder / "spm.model"
    (folder / "source.spm").write_bytes(spm.read_bytes())
    (folder / "target.spm").write_bytes(spm.read_bytes())
    spm.unlink()
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "MarianTokenizer", "model_max_length": 256}), "utf-8"
    )
    end, pad = vocabulary[EOS], vocabulary[PAD]
    config = hf.MarianConfig(
        **_bart_like(
            len(vocabulary),
            **{
                "bos_token_id": None,
                "eos_token_id": end,
                "pad_token_id": pad,
                "decoder_start_token_id": pad,
                "decoder_vocab_size": len(vocabulary),
                **overrides,
            },
        )
    )
    torch.manual_seed(seed)
    model = hf.MarianMTModel(config)
    _spread(model)
    model.save_pretrained(folder)
    return folder


def m2m100(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save an M2M100 with its hundred language tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _sentencepiece(folder, "spm")
    (folder / "spm.model").rename(folder / "sentencepiece.bpe.model")
    order = [BOS, PAD, EOS, UNK, *(p for p in pieces if p not in SPECIALS)]
    vocabulary = {piece: i for i, piece in enumerate(order)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "M2M100Tokenizer", "model_max_length": 256}), "utf-8"
    )
    tokenizer = hf.M2M100Tokenizer.from_pretrained(folder)
    config = hf.M2M100Config(
        **_bart_like(
            max(tokenizer.lang_token_to_id.values()) + 9,
            **{"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, **overrides},
            decoder_start_token_id=2,
        )
    )
    return _seq2seq(folder, config, tokenizer, seed)


def nllb(folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Save an NLLB: an M2M100 whose languages are named as in FLORES."""
    letters = ["▁", *"abcdefghijklmnopqrstuvwxyz.,"]
    vocabulary = {token: i for i, token in enumerate([BOS, PAD, EOS, UNK, *letters])}
    tokenizer = hf.NllbTokenizer(vocab=vocabulary, merges=[], model_max_length=256)
    settings = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, **overrides}
    config = hf.M2M100Config(
        **{**_bart_like(len(tokenizer), **settings), "decoder_start_token_id": 2}
    )
    return _seq2seq(folder, config, tokenizer, seed)


def describe(folder: Path, name: str, **overrides: Any) -> ModelDescription:
    """Describe a tiny model as an inspection would, without needing one."""
    kind = Kind.SEQ2SEQ if name in SEQ2SEQ else Kind.CHAT if name == "llama" else Kind.BASE
    config = json.loads((folder / "config.json").read_text("utf-8"))
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    settings = {
        "reference": name,
        "title": f"Tiny {name}",
        "kind": kind,
        "architecture": config["architectures"][0],
        "context_length": config.get("max_position_embeddings") or config.get("n_positions", 1024),
        "path": folder,
        "parameters": weights // 4,
        "size": weights,
        **overrides,
    }
    return ModelDescription(**settings)


SEQ2SEQ: dict[str, Callable[..., Path]] = {
    "t5": t5,
    "bart": bart,
    "marian": marian,
    "m2m100": m2m100,
    "nllb": nllb,
}
