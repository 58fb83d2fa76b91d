"""The ways of asking a model, read from `resources/prompts/<task>.toml`.

A way of asking has a kind (plain, chat or seq2seq), a question with `{placeholders}`, perhaps
shots (examples with their answers) and strings that end the answer. A writer's text is put in
verbatim: braces in it mean nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from assistant.config.paths import resource
from assistant.core.errors import TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.requests import ChatMessage, ChatPrompt, PlainPrompt, Prompt, Seq2SeqPrompt
from assistant.models.description import Ability, Kind, ModelDescription

if TYPE_CHECKING:
    from assistant.core.tasks import TaskName

Shot = Mapping[str, str]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# A chat model can be given plain text too.
_SUITS: dict[Kind, tuple[str, ...]] = {
    Kind.CHAT: ("chat", "plain"),
    Kind.BASE: ("plain",),
    Kind.SEQ2SEQ: ("seq2seq",),
}


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


@dataclass(frozen=True, slots=True)
class Asking:
    """One way of asking.

    `answer` is how a shot's answer follows its question; `shots` are those that are always there.
    """

    name: str
    kind: Literal["plain", "chat", "seq2seq"]
    ask: str
    answer: str = ""
    system: str = ""
    shots: tuple[Shot, ...] = ()
    stop: tuple[str, ...] = ()

    def fill(
        self,
        values: Mapping[str, str],
        shots: Sequence[Shot] = (),
        languages: tuple[str, str] | None = None,
    ) -> Prompt:
        """Return the prompt for `values`, after the shots of its own and `shots`.

        `languages` are the codes of source and target, for an encoder-decoder that wants them.
        """
        question = _fill(self.ask, values)
        turns = [(_fill(self.ask, shot), _fill(self.answer, shot)) for shot in self._all(shots)]
        match self.kind:
            case "plain":
                return PlainPrompt("\n\n".join([*(q + a for q, a in turns), question]))
            case "seq2seq":
                source, target = languages or (None, None)
                return Seq2SeqPrompt(question, source, target)
            case "chat":
                return ChatPrompt(self._messages(turns, question))

    def answered(self, values: Mapping[str, str]) -> str:
        """Return the `answer` in `values` as it follows the question."""
        return _fill(self.answer or "{answer}", values)

    def suits(self, kind: Kind) -> bool:
        """Return whether a model of that kind can be asked in this way."""
        return self.kind in _SUITS[kind]

    def answers(self) -> tuple[str, ...]:
        """Return the answers of its own shots, which must not turn up as this text's."""
        return tuple(shot["answer"] for shot in self.shots)

    def _all(self, shots: Sequence[Shot]) -> tuple[Shot, ...]:
        return (*self.shots, *shots)

    def _messages(self, turns: list[tuple[str, str]], question: str) -> tuple[ChatMessage, ...]:
        messages = [ChatMessage("system", self.system)] if self.system else []
        for asked, answered in turns:
            messages += [ChatMessage("user", asked), ChatMessage("assistant", answered)]
        return (*messages, ChatMessage("user", question))


@dataclass(frozen=True, slots=True)
class AskingFile:
    """All ways of asking for one task, by name; `rewrite.toml` names them `style.way`."""

    ways: Mapping[str, Asking]
    architectures: Mapping[str, str]
    proposers: tuple[str, ...]

    def named(self, name: str) -> Asking:
        """Return the way of that name."""
        return self.ways[name]

    def for_model(
        self, description: ModelDescription, ability: Ability, style: str = ""
    ) -> Asking | None:
        """Return the way for a model: the one measured best, else its architecture's or kind's."""
        prefix = f"{style}." if style else ""
        names = (
            prefix + (ability.prompt or ""),
            self.architectures.get(description.architecture, ""),
            prefix + description.kind,
        )
        found = (self.ways[name] for name in names if name in self.ways)
        return next((way for way in found if way.suits(description.kind)), None)


@cache
def ways_of_asking(task: TaskName) -> AskingFile:
    """Return the ways of asking for `task`, read once."""
    return read(resource("prompts", f"{task}.toml").read_text("utf-8"))


def way_for(
    task: TaskName, description: ModelDescription, ability: Ability, style: str = ""
) -> Asking:
    """Return how to ask a model for `task`; refuse where no way suits its kind."""
    way = ways_of_asking(task).for_model(description, ability, style)
    if way is None:
        raise TaskNotPossible(
            tr(
                "There is no way to ask {model} for this. Choose an instruction model in the "
                "settings.",
                model=description.title,
            )
        )
    return way


def read(text: str) -> AskingFile:
    """Return the ways of asking that the TOML document `text` holds."""
    document = tomllib.loads(text)
    shots: dict[str, tuple[Shot, ...]] = {
        name: tuple(entries) for name, entries in document.pop("shots", {}).items()
    }
    architectures = document.pop("architectures", {})
    proposers = tuple(document.pop("vote", {}).get("proposers", ()))
    ways = {name: _asking(name, section, shots) for name, section in _sections(document)}
    return AskingFile(ways, architectures, proposers)


def _sections(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every section that is a way of asking, nested ones under `outer.inner`."""
    sections: list[tuple[str, Mapping[str, Any]]] = []
    for name, section in document.items():
        if "kind" in section:
            sections.append((name, section))
        else:
            sections += [(f"{name}.{inner}", part) for inner, part in _sections(section)]
    return sections


def _asking(name: str, section: Mapping[str, Any], shots: Mapping[str, tuple[Shot, ...]]) -> Asking:
    return Asking(
        name=name,
        kind=section["kind"],
        ask=section["ask"],
        answer=section.get("answer", ""),
        system=section.get("system", ""),
        shots=shots[section["shots"]] if "shots" in section else (),
        stop=tuple(section.get("stop", ())),
    )
