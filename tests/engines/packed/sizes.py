"""The architectures that have a plan, and sizes of tiny models that every form can hold."""

from __future__ import annotations

NAMES = ("gpt2", "llama", "mistral", "qwen2", "qwen3", "gemma3")


def wide(name: str) -> dict[str, int]:
    """Return sizes that a matrix of 4 bits can have."""
    if name == "gpt2":
        return {"n_embd": 64}
    return {"hidden_size": 64, "intermediate_size": 128, "head_dim": 16}
