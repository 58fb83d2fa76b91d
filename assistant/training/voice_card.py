"""Putting a voice into the library, with what is known of it beside its weights."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import tomlkit

from assistant.core.i18n import tr
from assistant.core.tasks import TaskName
from assistant.models.abilities import ability_for
from assistant.models.adapters import PURPOSE, is_adapter
from assistant.models.description import Ability
from assistant.models.library import resolve
from assistant.models.sources.adapter_folder import keep_adapter
from assistant.text.copying import COPY_INDEX
from assistant.training.run import GROUPS, RECIPE
from assistant.training.trainer import ADAPTER, CURVE, PICTURE

if TYPE_CHECKING:
    from assistant.training.voice_run import VoiceRun


def publish(voice: VoiceRun) -> bool:
    """Put what a voice has learned into the library under its name; say whether there is any.

    Raises a `ModelError` where the library cannot be written.
    """
    folder = voice.trainer / ADAPTER
    if voice.state.tokens == 0 or not is_adapter(folder):
        return False
    (folder / PURPOSE).write_text(tomlkit.dumps(_purpose(voice)), "utf-8")
    for name in (RECIPE, GROUPS, CURVE, PICTURE):
        if (voice.trainer / name).is_file():
            shutil.copyfile(voice.trainer / name, folder / name)
    shutil.copyfile(voice.copy_index, folder / COPY_INDEX)
    keep_adapter(folder, voice.plan.name, voice.plan.name)
    return True


def _purpose(voice: VoiceRun) -> dict[str, Any]:
    """Return what `adapter.toml` says: it goes on with a text as its base does, and no more."""
    plan = voice.plan
    continues = ability_for(resolve(plan.start or plan.base), TaskName.CONTINUE)
    return {
        "name": plan.name,
        "title": plan.name,
        "summary": tr("Goes on in the manner of {words} words of yours.", words=f"{plan.words:,}"),
        "base": plan.base,
        "abilities": {TaskName.CONTINUE.value: _table(continues)},
    }


def _table(ability: Ability) -> dict[str, Any]:
    table: dict[str, Any] = {"verdict": ability.verdict.value, "prompt": "plain"}
    sampling = ability.sampling
    if sampling is not None:
        table["sampling"] = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "repetition_penalty": sampling.repetition_penalty,
        }
    if ability.note:
        table["note"] = ability.note
    return table
