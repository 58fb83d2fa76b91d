"""Token healing: the unfinished word at the caret is taken back and spelled by the model itself.

A tokenizer cuts “Once upon a ti” in a way in which no text with “time” is ever cut. So the last
word is read anew: of all that the model might write there, what begins with what was typed counts,
and its probabilities are those among all that do.

How the typed letters may be spelled is a tree of tokens. Looked at are the natural spelling and all
that leaves it with a token that covers the rest; other spellings only where the model gives them a
twentieth of all, three at most. What is not looked at is counted in the whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.engines.prompting import encode_plain
from assistant.engines.suggesting.expecting import MOST, Expected, Node, Outlook, Path, State
from assistant.engines.suggesting.prefix import Prefix
from assistant.engines.suggesting.token_texts import TokenTexts, is_word
from assistant.text.scripts import CJK_PUNCTUATION, UNSPACED

if TYPE_CHECKING:
    import torch

# Of a long run without blanks no more is taken back.
_MOST_TOKENS = 8
_MOST_DETOURS = 3
_WORTH_A_DETOUR = 0.05
_CHUNK = re.compile(r" ?\S+\Z")
_UNSPACED = re.compile(f"[{UNSPACED}{CJK_PUNCTUATION}]")
BLANK = b" "


@dataclass(frozen=True, slots=True)
class Taken:
    """A prompt cut in two: the tokens that stay, and what is taken back and has to be spelled.

    `natural` are the tokens that spell `typed` as the tokenizer cuts it, none for a blank.
    """

    stem: list[int]
    natural: Path = ()
    typed: bytes = b""

    @property
    def blank(self) -> bool:
        """Whether it is only a blank that was taken back."""
        return self.typed == BLANK


def take_back(text: str, tokenizer: Any, texts: TokenTexts) -> Taken:
    """Return the tokens of `text` with its last word, or the blank at its end, taken back.

    Of Chinese and Japanese it is the last character. At the beginning of a line nothing is taken
    back. `text` is as `one_blank` has it.
    """
    if not text.strip(" ") or text.endswith("\n"):
        return Taken(encode_plain(text, tokenizer))
    if text.endswith(" "):
        return Taken(encode_plain(text[:-1], tokenizer), typed=BLANK)
    return _without_word(encode_plain(text, tokenizer), text, texts)


def one_blank(text: str) -> str:
    """Return `text` with one blank for several at its end, unless they indent a line."""
    bare = text.rstrip(" ")
    indented = not bare or bare.endswith("\n")
    return text if indented or bare == text else bare + " "


def _without_word(ids: list[int], text: str, texts: TokenTexts) -> Taken:
    chunk = _CHUNK.search(text)
    if chunk is None:
        return Taken(ids)
    wanted = chunk.group().encode()
    typed = b""
    best = len(ids)
    for start in range(len(ids) - 1, max(0, len(ids) - _MOST_TOKENS - 1), -1):
        token = texts.texts[ids[start]] if ids[start] < len(texts.texts) else b""
        if not token:
            break
        typed = token + typed
        try:
            spelled = typed.decode()
        except UnicodeDecodeError:
            # The token begins inside of a character.
            continue
        if not text.endswith(spelled.lstrip(" ")):
            # The tokenizer changes the text: what it would make of it is not known.
            break
        best = start
        if len(typed) >= len(wanted) or _UNSPACED.search(spelled):
            break
    spelling = b"".join(texts.texts[token] for token in ids[best:])
    return Taken(ids[:best], tuple(ids[best:]), spelling)


def expect_healed(
    prefix: Prefix, taken: Taken, outlook: Outlook, state: State, most: int
) -> Expected:
    """Return what comes behind the typed text, about `most` options; `state` is how that ends."""
    return _Healing(prefix, taken, outlook, state, most).run()


@dataclass(slots=True)
class _Detour:
    """A spelling beside the natural one: how probable, and how much of the typed text it spells."""

    path: Path
    mass: float
    spelled: int


@dataclass(slots=True)
class _Healing:
    prefix: Prefix
    taken: Taken
    outlook: Outlook
    state: State
    most: int
    total: float = 0.0
    detours: list[_Detour] = field(default_factory=list)
    expected: Expected = field(init=False)

    def run(self) -> Expected:
        taken = self.taken
        self.expected = Expected(self.state.opened)
        mass, spelled = 1.0, 0
        for depth, logits in enumerate(self.prefix.along(taken.natural)):
            node = self._look(logits, taken.natural[:depth], mass, spelled)
            if depth < len(taken.natural):
                token = taken.natural[depth]
                mass *= float(node.probabilities[token])
                spelled += len(self.outlook.texts.texts[token])
        for _ in range(_MOST_DETOURS):
            waiting = sum(detour.mass for detour in self.detours)
            best = max(self.detours, key=lambda detour: detour.mass, default=None)
            if best is None or best.mass < _WORTH_A_DETOUR * (self.total + waiting):
                break
            self.detours.remove(best)
            self._look(self.prefix.after(best.path), best.path, best.mass, best.spelled)
        self.total += sum(detour.mass for detour in self.detours)
        if self.total > 0:
            self.expected.scale(1 / self.total)
        return self.expected

    def _look(self, logits: torch.Tensor, path: Path, mass: float, spelled: int) -> Node:
        node = self.outlook.node(logits, [*self.prefix.stem, *path], path, mass)
        left = self.taken.typed[spelled:]
        if left:
            self._cover(node, left)
            self._note_detours(node, left, spelled)
        else:
            self.expected.add_behind(node, self.outlook.texts, self.state, self.most)
            self.total += mass
        return node

    def _cover(self, node: Node, left: bytes) -> None:
        """Count the tokens that spell all that is `left` and more."""
        texts, expected = self.outlook.texts, self.expected
        expected.nodes[node.path] = node
        tokens = texts.beginning_with(left)[len(texts.spelling(left)) :]
        probabilities = node.usable(texts.covering)[tokens]
        self.total += node.mass * float(probabilities.sum())
        top = probabilities.topk(min(MOST, len(tokens)))
        for probability, place in zip(top.values.tolist(), top.indices.tolist(), strict=True):
            token = int(tokens[place])
            text = texts.texts[token][len(left) :]
            if probability > 0 and text.strip():
                expected.add(text, node.mass * probability, (*node.path, token))
                if left != BLANK and is_word(text, opened=expected.opened):
                    expected.word += node.mass * probability
        if left == BLANK:
            words = texts.word_start[tokens]
            expected.word += node.mass * float(probabilities[words].sum())

    def _note_detours(self, node: Node, left: bytes, spelled: int) -> None:
        """Remember the tokens that spell a part of what is `left`, or just all of it."""
        texts, natural = self.outlook.texts, self.taken.natural
        for length in range(1, len(left) + 1):
            for token in texts.spelling(left[:length]):
                path = (*node.path, token)
                if path != natural[: len(path)]:
                    mass = node.mass * float(node.probabilities[token])
                    self.detours.append(_Detour(path, mass, spelled + length))
