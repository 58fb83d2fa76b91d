"""What a decoder-only model is made of: one table per architecture, read from its configuration.

A `Plan` is all that the forward has to know; an architecture, or a variant of one, that is not in
the table has none and keeps transformers' forward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

Config: TypeAlias = Mapping[str, Any]


class Norm(StrEnum):
    """How values are brought to one size: by their root mean square, or mean and variance too."""

    RMS = "rms"
    LAYER = "layer"


class Activation(StrEnum):
    """What stands between the two matrices of the feed-forward part."""

    SILU = "silu"
    GELU_TANH = "gelu_tanh"


_ACTIVATIONS = {
    "silu": Activation.SILU,
    "gelu_pytorch_tanh": Activation.GELU_TANH,
    "gelu_new": Activation.GELU_TANH,
}


@dataclass(frozen=True, slots=True)
class Rotary:
    """Rotary positions (Su et al. 2021): the base of the frequencies and how they are stretched.

    `factor` divides all frequencies (linear scaling). With `original` above 0 they are stretched
    as in Llama 3: the slow ones, by degree between `low` and `high` turns in `original` tokens.
    """

    base: float
    factor: float = 1.0
    original: int = 0
    low: float = 1.0
    high: float = 4.0

    def frequencies(self, width: int) -> tuple[float, ...]:
        """Return the angle per token of each of the `width` / 2 pairs, in radians."""
        plain = (self.base ** (-2 * pair / width) for pair in range(width // 2))
        return tuple(self._stretched(frequency) for frequency in plain)

    def _stretched(self, frequency: float) -> float:
        if not self.original:
            return frequency / self.factor
        turns = self.original * frequency / (2 * math.pi)
        kept = min(max((turns - self.low) / (self.high - self.low), 0.0), 1.0)
        return frequency * (kept + (1 - kept) / self.factor)


@dataclass(frozen=True, slots=True)
class Names:
    """Where a layer's matrices stand in the file, `{i}` for its number.

    `queries`, `keys` and `values` may be one tensor (GPT-2); so may `gate` be none.
    """

    layer: str
    attention: tuple[str, ...]
    attention_out: str
    feed_forward: tuple[str, ...]
    feed_forward_out: str
    norms: tuple[str, str]
    norms_after: tuple[str, str] | None = None
    head_norms: tuple[str, str] | None = None
    embedding: str = "model.embed_tokens"
    positions: str = ""
    last_norm: str = "model.norm"
    head: str = "lm_head"


@dataclass(frozen=True, slots=True)
class Plan:
    """One model's shape and parts; lengths in numbers, `context` in tokens.

    `windows` and `rotary` are by layer: how many tokens it sees (0: all), and its rotary positions
    (None: learned ones, added to the embeddings). `unit_gain`: the norms' gains are kept less one.
    `outputs_first` is whether matrices are stored as outputs × inputs. `norms_after` and
    `head_norms` are said by `names`.
    """

    names: Names
    hidden: int
    layers: int
    heads: int
    key_heads: int
    head_width: int
    inner: int
    vocabulary: int
    context: int
    eps: float
    windows: tuple[int, ...]
    rotary: tuple[Rotary | None, ...]
    activation: Activation = Activation.SILU
    norm: Norm = Norm.RMS
    gated: bool = True
    unit_gain: bool = False
    embedding_scale: float = 1.0
    query_scale: float = 0.0
    tied: bool = True
    outputs_first: bool = True

    @property
    def group(self) -> int:
        """How many query heads share a key head."""
        return self.heads // self.key_heads

    @property
    def scale(self) -> float:
        """What the scores of queries and keys are multiplied by."""
        return self.query_scale or self.head_width**-0.5

    @property
    def query_width(self) -> int:
        """How many numbers the queries of a token take."""
        return self.heads * self.head_width

    @property
    def key_width(self) -> int:
        """How many numbers the keys, or the values, of a token take."""
        return self.key_heads * self.head_width


_LLAMA = Names(
    layer="model.layers.{i}.",
    attention=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    attention_out="self_attn.o_proj",
    feed_forward=("mlp.gate_proj", "mlp.up_proj"),
    feed_forward_out="mlp.down_proj",
    norms=("input_layernorm", "post_attention_layernorm"),
)
_HEAD_NORMS = ("self_attn.q_norm", "self_attn.k_norm")
_GEMMA3 = replace(
    _LLAMA,
    norms=("input_layernorm", "pre_feedforward_layernorm"),
    norms_after=("post_attention_layernorm", "post_feedforward_layernorm"),
    head_norms=_HEAD_NORMS,
)
_GPT2 = Names(
    layer="transformer.h.{i}.",
    attention=("attn.c_attn",),
    attention_out="attn.c_proj",
    feed_forward=("mlp.c_fc",),
    feed_forward_out="mlp.c_proj",
    norms=("ln_1", "ln_2"),
    embedding="transformer.wte",
    positions="transformer.wpe",
    last_norm="transformer.ln_f",
)


def plan_of(config: Config) -> Plan | None:
    """Return the plan of the model of `config` (its `config.json`), None where there is none."""
    family = _FAMILIES.get(str(config.get("model_type")))
    try:
        return family(config) if family else None
    except (KeyError, TypeError, ValueError):
        # A variant that this table does not know: transformers does.
        return None


def _modern(config: Config, names: Names) -> Plan:
    """Return the plan of Llama and what came of it."""
    layers, heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
    if config.get("partial_rotary_factor", 1.0) != 1.0:
        raise ValueError
    return Plan(
        names=names,
        hidden=int(config["hidden_size"]),
        layers=layers,
        heads=heads,
        key_heads=int(config.get("num_key_value_heads") or heads),
        head_width=int(config.get("head_dim") or config["hidden_size"] // heads),
        inner=int(config["intermediate_size"]),
        vocabulary=int(config["vocab_size"]),
        context=int(config["max_position_embeddings"]),
        eps=float(config["rms_norm_eps"]),
        windows=(0,) * layers,
        rotary=(_rotary(config.get("rope_parameters") or _older_rope(config)),) * layers,
        activation=_ACTIVATIONS[config.get("hidden_act") or config["hidden_activation"]],
        tied=bool(config.get("tie_word_embeddings", False)),
    )


def _llama(config: Config) -> Plan:
    return _modern(config, _LLAMA)


def _mistral(config: Config) -> Plan:
    plan = _modern(config, _LLAMA)
    return replace(plan, windows=(int(config.get("sliding_window") or 0),) * plan.layers)


def _qwen2(config: Config) -> Plan:
    plan = _modern(config, _LLAMA)
    return replace(plan, windows=_windows(config, plan.layers))


def _qwen3(config: Config) -> Plan:
    plan = _modern(config, replace(_LLAMA, head_norms=_HEAD_NORMS))
    return replace(plan, windows=_windows(config, plan.layers))


def _gemma3(config: Config) -> Plan:
    if config.get("attn_logit_softcapping") or config.get("final_logit_softcapping"):
        raise ValueError
    if config.get("use_bidirectional_attention"):
        raise ValueError
    older = {
        "full_attention": _older_rope(config),
        "sliding_attention": {"rope_theta": config.get("rope_local_base_freq", 10_000.0)},
    }
    ropes = config.get("rope_parameters") or older
    plan = _modern({**config, "rope_parameters": ropes["full_attention"]}, _GEMMA3)
    types = config.get("layer_types") or _every_so_many(config, plan.layers)
    return replace(
        plan,
        windows=_windows({**config, "layer_types": types}, plan.layers),
        rotary=tuple(_rotary(ropes[kind]) for kind in types),
        unit_gain=True,
        embedding_scale=math.sqrt(plan.hidden),
        query_scale=float(config["query_pre_attn_scalar"]) ** -0.5,
        tied=bool(config.get("tie_word_embeddings", True)),
    )


def _gpt2(config: Config) -> Plan:
    if not config.get("scale_attn_weights", True) or config.get("add_cross_attention"):
        raise ValueError
    if config.get("scale_attn_by_inverse_layer_idx"):
        raise ValueError
    hidden, heads, layers = (int(config[name]) for name in ("n_embd", "n_head", "n_layer"))
    return Plan(
        names=_GPT2,
        hidden=hidden,
        layers=layers,
        heads=heads,
        key_heads=heads,
        head_width=hidden // heads,
        inner=int(config.get("n_inner") or 4 * hidden),
        vocabulary=int(config["vocab_size"]),
        context=int(config["n_positions"]),
        eps=float(config["layer_norm_epsilon"]),
        windows=(0,) * layers,
        rotary=(None,) * layers,
        activation=_ACTIVATIONS[config["activation_function"]],
        norm=Norm.LAYER,
        gated=False,
        tied=bool(config.get("tie_word_embeddings", True)),
        outputs_first=False,
    )


_FAMILIES: dict[str, Callable[[Config], Plan]] = {
    "llama": _llama,
    "mistral": _mistral,
    "qwen2": _qwen2,
    "qwen3": _qwen3,
    "gemma3_text": _gemma3,
    "gpt2": _gpt2,
}


def _windows(config: Config, layers: int) -> tuple[int, ...]:
    if config.get("use_sliding_window") and not config.get("layer_types"):
        raise ValueError
    types = config.get("layer_types") or ("full_attention",) * layers
    window = int(config.get("sliding_window") or 0)
    return tuple(window if kind == "sliding_attention" else 0 for kind in types)


def _every_so_many(config: Config, layers: int) -> tuple[str, ...]:
    """Return Gemma's kinds of layers where only their rhythm is told."""
    step = int(config.get("sliding_window_pattern") or config.get("_sliding_window_pattern") or 6)
    return tuple(
        "full_attention" if (layer + 1) % step == 0 else "sliding_attention"
        for layer in range(layers)
    )


def _older_rope(config: Config) -> Config:
    """Return what files from before transformers 5 say of rotary positions."""
    return {"rope_theta": config.get("rope_theta", 10_000.0), **(config.get("rope_scaling") or {})}


def _rotary(rope: Config) -> Rotary:
    base = float(rope["rope_theta"])
    match rope.get("rope_type") or rope.get("type") or "default":
        case "default":
            return Rotary(base)
        case "linear":
            return Rotary(base, float(rope["factor"]))
        case "llama3":
            return Rotary(
                base,
                float(rope["factor"]),
                int(rope["original_max_position_embeddings"]),
                float(rope["low_freq_factor"]),
                float(rope["high_freq_factor"]),
            )
    raise ValueError
