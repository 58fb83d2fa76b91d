"""What a model may be asked, and how.

For the models of the catalogue this was measured. Any other model is judged by its kind and size,
or, if it is an encoder-decoder, by what its architecture was made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from assistant.models.adapters import shipped
from assistant.models.catalogue import CatalogueEntry, load_catalogue
from assistant.models.description import Ability, Kind, ModelDescription, Verdict

Candidate = TypeVar("Candidate", bound=ModelDescription | CatalogueEntry)

_GOOD, _ROUGH, _NO = Verdict.GOOD, Verdict.ROUGH, Verdict.NO
_BILLION = 1_000_000_000
# Below this, instruction models were found to follow no instruction about a text.
_TINY = 300_000_000
_LARGE = 3 * _BILLION

_UNMEASURED = "Nobody has measured this model here. Judge for yourself."
_SMALL = "Small models make mistakes here. Check what it writes."
_TOO_SMALL = "The model is too small for this."
_NOT_INSTRUCTED = "A base model follows no instructions. Choose a chat model for this."
_OTHER_PURPOSE = "The model was made for another task."
_OTHER_PAIR = "The model translates other languages."
_WITHOUT_ADAPTER = "The adapter was not made for this. Check what it writes."
_UNTRAINED = "The model was only pretrained, and has to be trained for a task first."

_SENTENCES = (
    _UNMEASURED, _SMALL, _TOO_SMALL, _NOT_INSTRUCTED, _OTHER_PURPOSE, _OTHER_PAIR, _UNTRAINED,
    _WITHOUT_ADAPTER,
)  # fmt: skip

_TRANSLATORS = ("M2M100", "NllbMoe", "SeamlessM4T")
_T5_PAIRS = ("translate.en-fr", "translate.en-de", "translate.en-ro")
_MARIAN_PAIR = re.compile(r"opus-mt-(?:tc-)?(?:big-|base-|tiny-)?([a-z]{2,3})-([a-z]{2,3})\b")
_RANK = {_GOOD: 0, _ROUGH: 1, _NO: 2}


def ability_for(model: ModelDescription | CatalogueEntry, key: str) -> Ability:
    """Return what `model` makes of a task.

    `key` is `continue`, `summarize`, `ask`, `translate.<from>-<to>` or `rewrite.<style>`; what is
    not said of a pair or style is said of `translate` or `rewrite`. Where an adapter says nothing,
    its base is judged, and never better than rough: what was measured without it may not hold.
    """
    task = key.partition(".")[0]
    for name in (key, task):
        if name in model.abilities:
            return model.abilities[name]
    if isinstance(model, CatalogueEntry):
        return Ability(_NO)
    if model.adapter is not None:
        ability = ability_for(model.adapter.base, key)
        able = ability.verdict is not _NO
        return replace(ability, verdict=_ROUGH, note=_WITHOUT_ADAPTER) if able else ability
    match model.kind:
        case Kind.SEQ2SEQ:
            return _by_architecture(model, key, task)
        case Kind.CHAT:
            return _of_chat(model.parameters, task)
        case Kind.BASE:
            return _of_base(model.parameters, key, task)


def who_can(key: str, among: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return those `among` the models that can do a task, the best first.

    An adapter counts for what it was made for; for anything else there is its base.
    """
    able = [(ability_for(model, key).verdict, model) for model in among if _is_for(model, key)]
    able.sort(key=lambda pair: _RANK[pair[0]])
    return tuple(model for verdict, model in able if verdict is not _NO)


def reader_sentences() -> tuple[str, ...]:
    """Return every sentence about models that a reader may meet, for translation."""
    skills = (sentence for adapter in shipped() for sentence in adapter.sentences())
    return (*load_catalogue().sentences(), *skills, *_SENTENCES)


def _is_for(model: ModelDescription | CatalogueEntry, key: str) -> bool:
    if isinstance(model, CatalogueEntry) or model.adapter is None:
        return True
    return key in model.abilities or key.partition(".")[0] in model.abilities


def _of_chat(parameters: int, task: str) -> Ability:
    if 0 < parameters < _TINY:
        return Ability(_ROUGH, note=_SMALL) if task == "continue" else Ability(_NO, note=_TOO_SMALL)
    if 0 < parameters < _BILLION:
        return Ability(_ROUGH, note=_SMALL)
    if task == "translate" and parameters < _LARGE:
        return Ability(_ROUGH, note=_SMALL)
    return Ability(_GOOD, note=_UNMEASURED)


def _of_base(parameters: int, key: str, task: str) -> Ability:
    """Judge by what was published of GPT-2 and its like.

    “TL;DR:” and question/answer give something (Radford et al. 2019), translation below a billion
    parameters next to nothing; a base model has no notion of style.
    """
    small = parameters < _BILLION
    if task == "continue":
        return Ability(_ROUGH, note=_SMALL) if small else Ability(_GOOD, note=_UNMEASURED)
    if task in ("summarize", "ask"):
        return Ability(_ROUGH, note=_SMALL)
    if task == "translate":
        return Ability(_NO, note=_TOO_SMALL) if small else Ability(_ROUGH, note=_UNMEASURED)
    if key == "rewrite.shorter" and not small:
        return Ability(_ROUGH, note=_UNMEASURED)
    return Ability(_NO, note=_NOT_INSTRUCTED)


def _by_architecture(model: ModelDescription, key: str, task: str) -> Ability:
    name = _names(model)
    if model.architecture.startswith("Marian"):
        return _of_marian(name, key, task)
    if model.architecture.startswith(_TRANSLATORS) or "many-to-many" in name:
        return _only(task == "translate", Ability(_GOOD, note=_UNMEASURED))
    if "flan" in name:
        able = task in ("summarize", "ask", "translate")
        return _only(able, Ability(_ROUGH, note=_UNMEASURED))
    if model.architecture.startswith("T5"):
        return _only(task == "summarize" or key in _T5_PAIRS, Ability(_ROUGH, note=_UNMEASURED))
    if any(data in name for data in ("cnn", "xsum", "samsum", "summar", "pubmed", "arxiv")):
        return _only(task == "summarize", Ability(_GOOD, note=_UNMEASURED))
    return Ability(_NO, note=_UNTRAINED)


def _of_marian(name: str, key: str, task: str) -> Ability:
    """Judge a translator of one pair, which its name tells."""
    if task != "translate":
        return Ability(_NO, note=_OTHER_PURPOSE)
    pair = _MARIAN_PAIR.search(name)
    if pair is None:
        return Ability(_ROUGH, note=_UNMEASURED)
    if key in ("translate", f"translate.{pair[1]}-{pair[2]}"):
        return Ability(_GOOD, note=_UNMEASURED)
    return Ability(_NO, note=_OTHER_PAIR)


def _only(able: bool, ability: Ability) -> Ability:  # noqa: FBT001 - a condition, not a switch
    return ability if able else Ability(_NO, note=_OTHER_PURPOSE)


def _names(model: ModelDescription) -> str:
    """Return all that the model is called, in small letters."""
    folder = model.path.name if model.path is not None else ""
    return f"{model.reference} {model.title} {folder}".lower()
