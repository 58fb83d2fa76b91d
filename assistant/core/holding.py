"""How a model's weights are held on a processor, as a value, and in words for the writer."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.core.i18n import tr

_FOUR_BITS = 4


@dataclass(frozen=True, slots=True)
class MeasuredForm:
    """One way to hold the weights, in `bits` a number, and how fast a model's layers are in it.

    Writing is in milliseconds a token, reading in tokens a second.
    """

    name: str
    bits: int
    milliseconds_per_token: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Holding:
    """How a model is held on this processor.

    `precision` is `fast`, `balanced` or `exact`. `writing`, `reading` and `head` are the names of
    forms, empty as long as nothing was `measured`; what is exact needs no measuring.
    """

    precision: str
    writing: str = ""
    reading: str = ""
    head: str = ""
    measured: tuple[MeasuredForm, ...] = ()


def explained(holding: Holding) -> str:
    """Return in a few sentences for the writer how a model is held, why, and what was measured."""
    if holding.precision == "exact":
        return tr("Writes and reads with 32 bits, exactly as the model computes.")
    if not holding.measured:
        return tr("How it is held is measured on this processor when it is first used.")
    by_name = {form.name: form for form in holding.measured}
    writing, reading = by_name[holding.writing], by_name[holding.reading]
    parts = (
        _choice(writing, reading),
        _reason(holding, writing),
        _speeds(writing, reading),
    )
    return " ".join(part for part in parts if part)


def _choice(writing: MeasuredForm, reading: MeasuredForm) -> str:
    if writing.bits == reading.bits:
        return tr(
            "Writes and reads with {bits} bits, chosen by measuring on this processor.",
            bits=writing.bits,
        )
    return tr(
        "Writes with {writing} bits, reads with {reading} bits, chosen by measuring on this "
        "processor.",
        writing=writing.bits,
        reading=reading.bits,
    )


def _reason(holding: Holding, writing: MeasuredForm) -> str:
    """Return why it is written with 4 bits, or is not though that would be faster."""
    if holding.precision != "balanced":
        return ""
    if writing.bits == _FOUR_BITS:
        return tr("The model was made in 4 bits: next to nothing is lost.")
    quickest = min(holding.measured, key=lambda form: form.milliseconds_per_token)
    if quickest.bits == _FOUR_BITS:
        return tr("With 4 bits this model would write faster, but worse.")
    return ""


def _speeds(writing: MeasuredForm, reading: MeasuredForm) -> str:
    return tr(
        "Measured for its layers alone: {milliseconds} ms to write a token, {count} tokens read a "
        "second.",
        milliseconds=f"{writing.milliseconds_per_token:.1f}",
        count=f"{reading.tokens_per_second:,.0f}",
    )
