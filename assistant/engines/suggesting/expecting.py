"""What a model expects next at one place: the likeliest texts and sums over the vocabulary.

Texts are bytes, so that what different tokens spell alike counts as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch

    from assistant.engines.suggesting.token_texts import TokenTexts

# Draws are among the likeliest, and only these are weighed against the draft's own words.
MOST = 64
# The text of the option that all text ends.
END = b""

Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What the draft's words have in an option: its probability by them, and how they go on."""

    probability: float
    rest: Path


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on: how likely, and the tokens that spell it, from the end of the prompt on.

    `shares` are the draft's words that it may become.
    """

    probability: float
    path: Path
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Where a text stands that is being written.

    `broken`: inside of a character. `blank`: behind a blank. `opened`: where a new word begins
    without a blank. `first`: nothing of it has been suggested yet.
    """

    broken: bool = False
    blank: bool = False
    opened: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A place behind the tokens `path`, which are as likely as `mass`.

    `probabilities`, shape (v,), are those of the tokens there; `free`, where any are banned, those
    that are not.
    """

    path: Path
    mass: float
    probabilities: torch.Tensor
    free: torch.Tensor | None

    def usable(self, mask: torch.Tensor) -> torch.Tensor:
        """Return the probabilities with zeros where `mask` or a ban says no."""
        return self.probabilities * (mask if self.free is None else mask & self.free)


@dataclass(slots=True)
class Expected:
    """What may come next.

    `boundary` is the probability that the word before does not go on, `word` that a new one
    begins; `opened` says that a new word begins without a blank here. `nodes` are the places that
    were looked at, by their paths.
    """

    opened: bool
    options: dict[bytes, Option] = field(default_factory=dict)
    boundary: float = 0.0
    word: float = 0.0
    nodes: dict[Path, Node] = field(default_factory=dict)

    def add(self, text: bytes, probability: float, path: Path) -> None:
        """Count one way to spell `text`; the likelier one is kept."""
        known = self.options.get(text)
        if known is None:
            self.options[text] = Option(probability, path)
        else:
            path = path if probability > known.probability else known.path
            self.options[text] = Option(known.probability + probability, path)

    def add_behind(self, node: Node, texts: TokenTexts, state: State, most: int) -> None:
        """Count the likeliest tokens behind `node`, at most `most`, and the sums."""
        self.nodes[node.path] = node
        mask = texts.allowed(broken=state.broken, blank=state.blank, first=state.first)
        top = node.usable(mask).topk(min(most, len(mask)))
        for probability, token in zip(top.values.tolist(), top.indices.tolist(), strict=True):
            if probability > 0:
                self.add(texts.texts[token], node.mass * probability, (*node.path, token))
        if not state.first and len(texts.ends):
            ended = float(node.probabilities[texts.ends].sum())
            self.add(END, node.mass * ended, node.path)
        if most > 1:
            share = texts.boundary_share(node.probabilities, opened=state.opened)
            self.boundary += node.mass * share
            share = texts.word_share(node.probabilities, opened=state.opened)
            self.word += node.mass * share

    def probability(self, path: Path) -> float:
        """Return how likely one token is, by its path; 0 where nobody looked."""
        node = self.nodes.get(path[:-1])
        return node.mass * float(node.probabilities[path[-1]]) if node else 0.0

    def scale(self, factor: float) -> None:
        """Multiply all probabilities."""
        self.options = {
            text: replace(option, probability=option.probability * factor)
            for text, option in self.options.items()
        }
        self.boundary *= factor
        self.word *= factor
        self.nodes = {
            path: replace(node, mass=node.mass * factor) for path, node in self.nodes.items()
        }


class Outlook:
    """Looks at logits; `bans` are the processors of the model's generation configuration."""

    def __init__(self, texts: TokenTexts, bans: Sequence[Any]) -> None:
        self.texts = texts
        self._bans = bans

    def node(self, logits: torch.Tensor, read: Sequence[int], path: Path, mass: float) -> Node:
        """Return the place behind the tokens `read`, whose last are `path`; logits (v,)."""
        import torch

        free = None
        if self._bans:
            scores, written = logits[None], torch.tensor([read])
            for process in self._bans:
                scores = process(written, scores)
            free = scores[0] > float("-inf")
        return Node(path, mass, logits.softmax(dim=-1), free)

    def expect(
        self, logits: torch.Tensor, read: Sequence[int], state: State, most: int
    ) -> Expected:
        """Return what comes behind the tokens `read` by the `logits`, shape (v,)."""
        expected = Expected(state.opened)
        expected.add_behind(self.node(logits, read, (), 1.0), self.texts, state, most)
        return expected
