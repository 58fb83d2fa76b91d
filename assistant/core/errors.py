"""One tree of errors; each carries the sentence that the user reads.

The sentence says what happened and what to do next, in the interface's language. Code decides
by class, never by text.
"""

from __future__ import annotations


class InklingError(Exception):
    """Anything that the program explains to the user; `str(error)` is what they read."""


class Cancelled(Exception):
    """Raised to leave work that was cancelled and that has no partial result."""


class UsageError(InklingError):
    """What was asked for makes no sense as it stands: an empty text, an unknown language."""


class SettingsError(InklingError):
    """Settings could not be written."""


class ModelError(InklingError):
    """Something is wrong with a model."""


class ModelNotFound(ModelError):
    """No installed model, folder, file or hub name fits what was asked for."""


class NotAModel(ModelError):
    """The folder or file is there and holds no model that can be used."""


class WeightsMissing(ModelError):
    """The folder describes a model and has no weights."""


class WeightsDamaged(ModelError):
    """The weights are truncated or do not fit the description."""


class UnsafeWeights(ModelError):
    """The weights come as a pickle only: loading them could run code."""


class CustomCodeRefused(ModelError):
    """The model wants to run Python code of its own."""


class UnsupportedModel(ModelError):
    """The architecture is not one that the program can write with."""


class TermsNotAccepted(ModelError):
    """The model's terms have to be accepted before it is fetched."""


class DownloadError(ModelError):
    """A model could not be fetched."""


class NetworkError(DownloadError):
    """The index or hub could not be reached, stalled or broke off."""


class HashMismatch(DownloadError):
    """What was fetched is not what was published."""


class DiskFull(DownloadError):
    """There is not enough room for the model."""


class DeviceNotFound(ModelError):
    """The device that was asked for is not in this machine."""


class NotEnoughMemory(ModelError):
    """The model or the prompt does not fit the memory that is there."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's context.

    Attributes: tokens (the prompt's), limit (what would fit).
    """

    def __init__(self, message: str, *, tokens: int, limit: int) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.limit = limit


class EngineError(ModelError):
    """The model failed while it wrote."""


class TaskNotPossible(InklingError):
    """The model in use cannot do this task well enough to be asked."""


class DocumentError(InklingError):
    """A document could not be read or written."""


class TrainingError(InklingError):
    """A run of training cannot start or go on, or its data cannot be used."""
