"""What a model makes of a task, and what to do instead: values, and the rules for finding them.

`assistant.tasks.assess` is the door for others; the tasks themselves use this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assistant.core.errors import TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.tasks import Form
from assistant.models.abilities import ability_for, who_can
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Ability, ModelDescription, Verdict

Sentence = Callable[[str], str]
Installed = Iterable[ModelDescription]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing to do instead, in one click: another form, or another model.

    `label` is what the button says. `model` is a reference; it has to be fetched first where
    `installed` is False.
    """

    label: str
    form: Form | None = None
    model: str | None = None
    installed: bool = True

    @property
    def key(self) -> str:
        """`form:<form>` or `model:<reference>`."""
        return f"form:{self.form}" if self.form is not None else f"model:{self.model}"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What will come of a task before it is run.

    `verdict` is of the whole task: one that needs no model is good whatever the model is.
    `needs_model` is whether running it loads the model; `note` a sentence for the reader.
    """

    verdict: Verdict
    note: str = ""
    needs_model: bool = True
    alternatives: tuple[Alternative, ...] = ()


WITHOUT_MODEL = Assessment(Verdict.GOOD, needs_model=False)


def of(
    description: ModelDescription | None,
    key: str,
    cannot: Sentence,
    installed: Installed = (),
    forms: tuple[Alternative, ...] = (),
) -> Assessment:
    """Return what `description` makes of the task `key`; None stands for a model that is not there.

    `cannot` makes the sentence that says so from the model's title; `forms` need no model.
    """
    if description is None:
        note = tr("The model chosen for this is not on this machine.")
        return Assessment(Verdict.NO, note, alternatives=_instead(None, key, installed, forms))
    ability = ability_for(description, key)
    if ability.verdict is not Verdict.NO:
        return Assessment(ability.verdict, note_of(ability))
    alternatives = _instead(description, key, installed, forms)
    note = cannot(description.title)
    if not description.measured:
        # Judged by kind and size: the reader may know better, so the reason is given.
        note = f"{note} {note_of(ability)}".rstrip()
    if not alternatives:
        note = f"{note} {_larger_model()}"
    return Assessment(Verdict.NO, note, alternatives=alternatives)


def require(description: ModelDescription, key: str, cannot: Sentence) -> Ability:
    """Return what the model makes of the task `key`; refuse when that is nothing."""
    ability = ability_for(description, key)
    if ability.verdict is not Verdict.NO:
        return ability
    raise TaskNotPossible(f"{cannot(description.title)} {_advice(key)}")


def using(model: ModelDescription) -> Alternative:
    """Return the alternative of using another model that is on this machine."""
    return Alternative(tr("Use {model}", model=model.title), model=model.reference)


def note_of(ability: Ability) -> str:
    """Return what a reader has to know of an ability, in the interface's language."""
    return tr(ability.note) if ability.note else ""


def _advice(key: str) -> str:
    able = who_can(key, load_catalogue())
    if able:
        return tr(
            "{title} can: get it with “inkling models get {name}”, then choose it for this task.",
            title=able[0].title,
            name=able[0].name,
        )
    return _larger_model()


def _larger_model() -> str:
    return tr(
        "It takes an instruction model of about a billion parameters or more: choose a folder or "
        "hub name in the settings."
    )


def _instead(
    description: ModelDescription | None,
    key: str,
    installed: Installed,
    forms: tuple[Alternative, ...],
) -> tuple[Alternative, ...]:
    """Return the forms that need no model, then the models that can, those that are here first."""
    here = tuple(installed)
    found = [using(model) for model in who_can(key, here) if model != description]
    known = {model.catalogue_name for model in here}
    found += [
        Alternative(tr("Get {model}", model=entry.title), model=entry.name, installed=False)
        for entry in who_can(key, load_catalogue())
        if entry.name not in known
    ]
    return (*forms, *found)
