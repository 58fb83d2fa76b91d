"""What the peers' figures come to: medians, ratios to llama.cpp's better file, goals met or not."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

# A kind of peer, and the precision, file or folder that it runs.
Peer: TypeAlias = tuple[str, str]
Figures: TypeAlias = Mapping[str, float]

OURS: Peer = ("inkling", "balanced")
RIVAL = "llama.cpp"
# The precision that perplexity is compared with.
REFERENCE = "float32"
# Columns in which more is better.
_MORE = ("128", "1000")
_NAME = 34
_COLUMN = 12


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure of ours is to be: at `least` or at `most` so much."""

    what: str
    figure: str
    unit: str
    least: float = -math.inf
    most: float = math.inf

    def line(self, figures: Figures) -> str:
        """Return the goal with what was measured and whether that meets it."""
        limit = (
            f"at most {self.most:.4g}" if self.least == -math.inf else f"at least {self.least:.4g}"
        )
        value = figures.get(self.figure, math.nan)
        if math.isnan(value):
            return f"{self.what:44}{'':10} {self.unit:14}{limit:16}not measured"
        verdict = "met" if self.least <= value <= self.most else "MISSED"
        return f"{self.what:44}{value:10.2f} {self.unit:14}{limit:16}{verdict}"


GOALS = (
    Goal("writing after 128 tokens", "128", "× llama.cpp", least=1.25),
    Goal("writing after 1,000 tokens", "1000", "× llama.cpp", least=1.25),
    Goal("first token of a prompt of 512", "first 512", "× llama.cpp", most=0.45),
    Goal("ghost text", "ghost", "× llama.cpp", most=0.75),
    Goal("memory after loading", "MiB", "× llama.cpp", most=1.3),
    Goal("loading", "load", "s", most=0.6),
    Goal("peak while packing", "packing", "MiB", most=1e9 / 2**20),
    Goal("perplexity, balanced, read", "balanced read", "% more", most=1.5),
    Goal("perplexity, balanced, written", "balanced written", "% more", most=1.5),
    Goal("perplexity, exact", "exact read", "% more", most=0.2),
)
# Goals in seconds; all other columns of the table are compared with llama.cpp.
_ABSOLUTE = ("load",)


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured: `speed` by peers, a mapping of columns to figures for every round.

    `perplexity` is by precision, for what is `read` and what is `written`; `packing` in MiB.
    """

    speed: Mapping[Peer, Sequence[Figures]]
    perplexity: Mapping[str, Figures] = field(default_factory=dict)
    packing: float = math.nan
    missing: Sequence[str] = ()


def report(measured: Measured) -> Iterator[str]:
    """Yield the lines of the whole report."""
    medians = medians_of(measured.speed)
    columns = list(next(iter(medians.values())))
    yield _row("", columns)
    for peer, figures in medians.items():
        yield _row(_title(peer), [f"{figures[name]:.2f}" for name in columns])
    better = better_files(medians)
    if better:
        yield f"\nratios to the better file of {RIVAL}"
        yield _row("", [_short(better[name]) for name in columns])
        for peer, figures in medians.items():
            found = ratios(figures, medians, better)
            yield _row(_title(peer), [f"{found[name]:.2f}" for name in columns])
    yield from _quality_lines(measured)
    yield "\ngoals"
    figures = figures_of(measured)
    for goal in GOALS:
        yield goal.line(figures)
    for kind in measured.missing:
        yield f"left out: {kind} (not installed)"


def medians_of(speed: Mapping[Peer, Sequence[Figures]]) -> dict[Peer, Figures]:
    """Return each peer's medians over the rounds."""
    return {
        peer: {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        for peer, rounds in speed.items()
    }


def better_files(medians: Mapping[Peer, Figures]) -> dict[str, Peer]:
    """Return for each column the peer of llama.cpp that is best in it; none without llama.cpp."""
    rivals = {peer: figures for peer, figures in medians.items() if peer[0] == RIVAL}
    if not rivals:
        return {}
    found = {}
    for name in next(iter(rivals.values())):
        best = max if name in _MORE else min
        found[name] = best(rivals, key=lambda peer: rivals[peer][name])
    return found


def ratios(
    figures: Figures, medians: Mapping[Peer, Figures], better: Mapping[str, Peer]
) -> dict[str, float]:
    """Return a peer's figures divided by those of llama.cpp's better file in each column."""
    return {name: value / medians[better[name]][name] for name, value in figures.items()}


def figures_of(measured: Measured) -> dict[str, float]:
    """Return what the goals are about."""
    medians = medians_of(measured.speed)
    own = medians.get(OURS, {})
    better = better_files(medians)
    found = ratios(own, medians, better) if better else {}
    found.update({name: own[name] for name in _ABSOLUTE if name in own})
    found["packing"] = measured.packing
    for precision, above in percent_above(measured).items():
        found.update({f"{precision} {way}": value for way, value in above.items()})
    return found


def percent_above(measured: Measured) -> dict[str, Figures]:
    """Return by how many percent the perplexities are above float32's."""
    if REFERENCE not in measured.perplexity:
        return {}
    exact = measured.perplexity[REFERENCE]
    return {
        precision: {way: 100 * (value / exact[way] - 1) for way, value in found.items()}
        for precision, found in measured.perplexity.items()
    }


def _quality_lines(measured: Measured) -> Iterator[str]:
    if not measured.perplexity:
        return
    yield "\nperplexity, and by how much it is above float32's"
    above = percent_above(measured)
    for precision, found in measured.perplexity.items():
        words = [
            f"{way} {value:.3f} ({above[precision][way]:+.2f} %)" for way, value in found.items()
        ]
        yield f"{precision:{_NAME}}{', '.join(words)}"


def _row(title: str, cells: Sequence[str]) -> str:
    return f"{title:{_NAME}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells)


def _title(peer: Peer) -> str:
    kind, what = peer
    return f"{kind} {_short(peer) if kind == RIVAL else Path(what).name}"


def _short(peer: Peer) -> str:
    """Return what tells a GGUF file from others of the model: what stands before its suffix."""
    return Path(peer[1]).stem.rpartition(".")[2][-_COLUMN + 1 :]
