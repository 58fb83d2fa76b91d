"""What can go wrong inside torch and transformers, as the errors that the program explains.

The only place that knows how those libraries fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assistant.core.errors import (
    Cancelled,
    EngineError,
    InklingError,
    ModelError,
    NotAModel,
    NotEnoughMemory,
    UnsupportedModel,
    WeightsDamaged,
)
from assistant.core.i18n import tr
from assistant.models.description import ModelDescription


@contextmanager
def explain_loading(model: ModelDescription) -> Iterator[None]:
    """Turn what loading `model` raises into a `ModelError` with a sentence."""
    try:
        yield
    except (InklingError, Cancelled):
        raise
    except Exception as error:
        raise _loading_error(error, model) from error


@contextmanager
def explain_running(model: ModelDescription) -> Iterator[None]:
    """Turn what running `model` raises into `NotEnoughMemory` or `EngineError`."""
    try:
        yield
    except (InklingError, Cancelled):
        raise
    except Exception as error:
        if _is_out_of_memory(error):
            raise NotEnoughMemory(
                tr(
                    "There is not enough memory for this text with “{model}”. "
                    "Choose a shorter text or a smaller model.",
                    model=model.title,
                )
            ) from error
        raise EngineError(
            tr(
                "“{model}” failed while it wrote ({error}). What it had written is kept; "
                "try again, or choose another model.",
                model=model.title,
                error=_first_line(error),
            )
        ) from error


def weights_damaged(model: ModelDescription) -> WeightsDamaged:
    """Return the error for weights that are truncated or do not fit the description."""
    return WeightsDamaged(
        tr(
            "The weights of “{model}” in {path} are damaged or do not belong to it. "
            "Get the model again.",
            model=model.title,
            path=model.path,
        )
    )


def not_enough_memory(model: ModelDescription, needed: int, free: int) -> NotEnoughMemory:
    """Return the error for a model that is larger than what is free."""
    return NotEnoughMemory(
        tr(
            "“{model}” needs about {needed} GB of memory and {free} GB are free. "
            "Close other programs or choose a smaller model.",
            model=model.title,
            needed=f"{needed / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )
    )


def _loading_error(error: Exception, model: ModelDescription) -> ModelError:
    from safetensors import SafetensorError

    if _is_out_of_memory(error):
        return NotEnoughMemory(
            tr(
                "There is not enough memory to load “{model}”. "
                "Close other programs or choose a smaller model.",
                model=model.title,
            )
        )
    if isinstance(error, SafetensorError):
        return weights_damaged(model)
    if isinstance(error, OSError):
        return NotAModel(
            tr(
                "“{model}” cannot be read from {path} ({error}). Get the model again or choose "
                "another folder.",
                model=model.title,
                path=model.path,
                error=_first_line(error),
            )
        )
    return UnsupportedModel(
        tr(
            "“{model}” ({architecture}) is not a model that Inkling can write with ({error}). "
            "Choose another model.",
            model=model.title,
            architecture=model.architecture,
            error=_first_line(error),
        )
    )


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    # torch has no class of its own for the processor's memory.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
