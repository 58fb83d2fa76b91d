"""The losses of a run as a table (CSV) and a picture (SVG)."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_COLUMNS = ("tokens", "seconds", "rate", "loss", "held_out")
_WIDTH, _HEIGHT, _MARGIN = 640, 360, 48
# Each step is some dozen sentences: the line drawn is a running mean.
_SMOOTHED = 0.95


@dataclass(frozen=True, slots=True)
class Point:
    """One step: tokens so far, seconds spent, learning rate, losses in nats a token."""

    tokens: int
    seconds: float
    rate: float
    loss: float
    held_out: float | None = None


class Curve:
    """The points of a run, kept in a file that is added to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, tokens: int) -> None:
        """Start the file, or take out what was added after the checkpoint at `tokens`."""
        kept = [point for point in read(self._path) if point.tokens <= tokens]
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(_row(point) for point in kept)

    def add(self, point: Point) -> None:
        """Append `point`."""
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(_row(point))


def read(path: Path) -> list[Point]:
    """Return the points in the file, none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Point(
                int(row["tokens"]),
                float(row["seconds"]),
                float(row["rate"]),
                float(row["loss"]),
                float(row["held_out"]) if row["held_out"] else None,
            )
            for row in csv.DictReader(file)
        ]


def draw(points: Sequence[Point]) -> str:
    """Return an SVG picture of the losses over the tokens."""
    held_out = [(p.tokens, p.held_out) for p in points if p.held_out is not None]
    trained = _smooth([(p.tokens, p.loss) for p in points])
    values = [loss for _, loss in [*trained, *held_out] if math.isfinite(loss)]
    if not values:
        return _svg([])
    most = max(points[-1].tokens, 1)
    low, high = min(values), max(values)
    span = max(high - low, 0.01)

    def place(tokens: float, loss: float) -> str:
        x = _MARGIN + (_WIDTH - 2 * _MARGIN) * tokens / most
        y = _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * (loss - low) / span
        return f"{x:.1f},{y:.1f}"

    parts = [
        _line([place(*point) for point in trained], "#8aa4c8", 1.2),
        _line([place(*point) for point in held_out], "#c0392b", 2),
        _label(_MARGIN, _HEIGHT - 16, "0"),
        _label(_WIDTH - 2 * _MARGIN, _HEIGHT - 16, f"{most:,} tokens"),
        _label(4, _MARGIN, f"{high:.2f}"),
        _label(4, _HEIGHT - _MARGIN, f"{low:.2f}"),
        _label(_MARGIN, 20, "nats a token: training (blue), held out (red)"),
    ]
    return _svg(parts)


def _row(point: Point) -> tuple[str, ...]:
    held_out = "" if point.held_out is None else f"{point.held_out:.5f}"
    seconds, rate, loss = f"{point.seconds:.1f}", f"{point.rate:.3e}", f"{point.loss:.5f}"
    return str(point.tokens), seconds, rate, loss, held_out


def _smooth(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    smoothed = []
    mean = weight = 0.0
    for tokens, loss in points:
        mean = _SMOOTHED * mean + (1 - _SMOOTHED) * loss
        weight = _SMOOTHED * weight + (1 - _SMOOTHED)
        smoothed.append((tokens, mean / weight))
    return smoothed


def _line(places: Sequence[str], colour: str, width: float) -> str:
    joined = " ".join(places)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="{width}" points="{joined}"/>'


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="12">{text}</text>'


def _svg(parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
    background = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    return "\n".join([head, background, *parts, "</svg>", ""])
