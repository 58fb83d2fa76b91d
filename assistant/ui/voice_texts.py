"""What the window says about learning a voice: how much, how long, how far. Pure functions."""

from __future__ import annotations

from assistant.core.i18n import tr, trn
from assistant.training.voice_messages import Checking, Learned, Learning, Planned
from assistant.ui.model_texts import time_left_text


def words_text(words: int) -> str:
    """Return a number of words as people read it."""
    return trn("{words} word", "{words} words", words, words=f"{words:,}")


def duration_text(seconds: float) -> str:
    """Return about how long something takes."""
    minutes = max(1, round(seconds / 60))
    if minutes < 100:
        return trn("about {n} minute", "about {n} minutes", minutes)
    return trn("about {n} hour", "about {n} hours", round(minutes / 60))


def progress_line(message: Planned | Learning | Checking) -> str:
    """Return one line on how far learning is."""
    match message:
        case Planned(words=words):
            return tr("Getting {words} ready", words=words_text(words))
        case Checking():
            return tr("Trying what it writes for copies of your pages")
    share = f"{100 * message.done / max(1, message.total):.0f}"
    parts = [tr("{percent} %", percent=share)]
    parts.append(tr("{n} tokens a second", n=f"{message.tokens_per_second:,.0f}"))
    if message.seconds_left is not None:
        parts.append(time_left_text(message.seconds_left))
    return " · ".join(parts)


def learned_text(learned: Learned) -> str:
    """Return what became of it: what is better now, and how much of it is copied."""
    parts = [tr("Your voice “{name}” is ready, and Continue writes in it now.", name=learned.name)]
    if learned.before is not None and learned.after is not None:
        parts.append(
            tr(
                "Pages that it never saw surprise it less: the loss fell from {before} to {after}.",
                before=f"{learned.before:.3f}",
                after=f"{learned.after:.3f}",
            )
        )
    if learned.samples:
        parts.append(
            tr(
                "Of {samples} tries {percent} % repeated eight words or more of your pages; such "
                "text is never shown.",
                samples=learned.samples,
                percent=f"{100 * learned.copied:.0f}",
            )
        )
    return " ".join(parts)
