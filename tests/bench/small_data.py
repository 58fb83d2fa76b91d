"""A folder of data in the form that is judged by, small enough for a tiny model."""

from __future__ import annotations

import json
import lzma
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_WHO = ("The old king", "A young hen", "The miller", "Her brother", "The fox", "My aunt")
_DID = ("walked to", "looked for", "dreamed of", "wrote about", "sang in", "went past")
_WHERE = ("the quiet forest", "a green hill", "the mill by the river", "an empty harbour")
_WHEN = ("in the morning", "before the rain came", "while the others slept", "last winter")


def sentence(random: Random) -> str:
    """Return a sentence of a dozen words."""
    parts = (random.choice(words) for words in (_WHO, _DID, _WHERE, _WHEN))
    return f"{' '.join(parts)}, and nobody knew why it was so."


def prose(seed: int, paragraphs: int) -> str:
    """Return paragraphs of four sentences."""
    random = Random(seed)
    return "\n\n".join(" ".join(sentence(random) for _ in range(4)) for _ in range(paragraphs))


def write(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a corpus into `folder`, packed."""
    with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def questions() -> list[dict[str, str]]:
    """Return questions of two stories with two passages each."""
    hens = "A red hen lived on a farm.\nShe laid eggs in the old barn every day."
    fox = "The fox came at night. He was afraid of the dog that slept by the gate."
    boat = "Two boys built a boat of oak. They named it Swallow and sailed to the island."
    storm = "A storm broke the mast near the lighthouse, and the keeper saved both boys."
    return [
        _question("hen", hens, "Where did the hen lay eggs?", "in the old barn"),
        _question("hen", hens, "Where did the hen lay eggs?", "the barn"),
        _question("hen", fox, "Who slept by the gate?", "the dog"),
        _question("boat", boat, "What did the boys name the boat?", "Swallow"),
        _question("boat", storm, "Who saved the boys?", "the keeper"),
    ]


def fill(folder: Path) -> Path:
    """Write questions, abstracts, books and small stories into `folder`."""
    write(folder, "fairytaleqa_val", questions())
    abstracts = [
        {
            "title": f"On Mills {number}",
            "document": "Mills are old. We propose a mill that turns by itself and grinds corn.",
            "summary": ["A mill that turns by itself.", "We build a mill."],
        }
        for number in range(3)
    ]
    write(folder, "scitldr_dev", abstracts)
    books = [
        {"title": f"Tales {'ABCDEFGH'[n]}", "author": "Grey, Ann", "text": prose(n, 12)}
        for n in range(8)
    ]
    write(folder, "gutenberg_children", books)
    write(folder, "tinystories_cased", [{"text": prose(100 + n, 5)} for n in range(4)])
    return folder


def _question(story: str, context: str, question: str, answer: str) -> dict[str, str]:
    return {"story": story, "context": context, "question": question, "answer": answer}
