"""Learning a voice from the window, from the first document to writing in it.

Owns the child that learns and the dialog; wires both to the settings and the library. A run that
was not finished is offered again when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from assistant.config.settings import LearningSettings, Settings, with_renamed_model
from assistant.core.errors import InklingError, ModelError, UsageError
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName
from assistant.models import library
from assistant.models.description import ModelDescription
from assistant.models.naming import free_name
from assistant.training import curve, voice_run
from assistant.training.trainer import CURVE
from assistant.training.voice_messages import Learned, Paused
from assistant.ui.learning_conditions import LearningConditions
from assistant.ui.model_choice import ModelChoice
from assistant.ui.preferences import Preferences
from assistant.ui.voice_dialog import VoiceDialog
from assistant.ui.voice_learner import VoiceLearner
from assistant.ui.voice_list import voices
from assistant.ui.voice_questions import Stop, VoiceDialogs, VoiceQuestions
from assistant.ui.voice_texts import learned_text
from assistant.worker.queue import JobQueue

RESUME, SWITCH_OFF = "voice-resume", "voice-off"


class VoiceFlow(QObject):
    """Learns, uses, renames and deletes voices.

    `document` returns the path of the document in the window, if it has one.
    Signals: `said(sentence, label, key)`, with a button that comes back through `act`;
    `failed(sentence)`.
    """

    said = Signal(str, str, str)
    failed = Signal(str)

    def __init__(
        self,
        choice: ModelChoice,
        preferences: Preferences,
        queue: JobQueue,
        document: Callable[[], Path | None],
        window: QWidget,
        *,
        learner: VoiceLearner | None = None,
        ask: VoiceQuestions | None = None,
    ) -> None:
        super().__init__(window)
        self._choice = choice
        self._preferences = preferences
        self._document = document
        self._window = window
        self._ask = ask or VoiceDialogs(window)
        self._dialog: VoiceDialog | None = None
        self._stop: Stop | None = None
        self.learner = learner or VoiceLearner(self)
        self._conditions = LearningConditions(self)
        self._conditions.apply(preferences.settings.learning)
        self._conditions.changed.connect(self._on_condition_changed)
        queue.busy_changed.connect(self._conditions.set_busy)
        preferences.changed.connect(self._on_settings_changed)
        self.learner.started.connect(self._on_started)
        self.learner.said.connect(self._on_said)
        self.learner.noted.connect(self._on_noted)
        self.learner.learned.connect(self._on_learned)
        self.learner.paused.connect(self._on_paused)
        self.learner.failed.connect(self._on_failed)

    # What the window asks for

    @Slot()
    def show_dialog(self) -> None:
        """Show the dialog; the window stays usable behind it."""
        if self._dialog is None:
            self._dialog = self._new_dialog()
        self._show_state()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def offer_unfinished(self) -> None:
        """Offer to go on with a voice that was being learned when the program ended."""
        if self.learner.busy:
            return
        for run in voice_run.unfinished()[:1]:
            self.said.emit(
                tr(
                    "Learning “{name}” was paused at {percent} %. Go on?",
                    name=run.plan.name,
                    percent=f"{100 * run.fraction:.0f}",
                ),
                tr("Go on"),
                RESUME,
            )

    def act(self, key: str) -> None:
        """Do what a button that `said` came with is for."""
        if key == RESUME:
            self._on_resume_requested()
        elif key == SWITCH_OFF:
            self.use_voice("")

    def shutdown(self) -> None:
        """Keep what was learned and end the child, before the program goes."""
        self._conditions.rest()
        self.learner.close()

    def use_voice(self, reference: str) -> None:
        """Have Continue write in a voice from now on; in none for an empty reference."""
        settings = self._preferences.settings
        self._preferences.keep(_with_voice(settings, reference, self.in_use()))
        self._show_voices()

    # How it is shown

    def _new_dialog(self) -> VoiceDialog:
        dialog = VoiceDialog(self._window)
        dialog.setup.set_options(self._preferences.settings.learning)
        dialog.setup.start_requested.connect(self._on_start_requested)
        dialog.setup.options_changed.connect(self._on_options_changed)
        dialog.progress.pause_requested.connect(self.learner.pause)
        dialog.progress.resume_requested.connect(self._on_resume_requested)
        dialog.progress.stop_requested.connect(self._on_stop_requested)
        dialog.voices.chosen.connect(self.use_voice)
        dialog.voices.rename_requested.connect(self._on_rename_requested)
        dialog.voices.export_requested.connect(self._on_export_requested)
        dialog.voices.remove_requested.connect(self._on_remove_requested)
        return dialog

    def _show_state(self) -> None:
        """Show what is being learned, what was paused, or what can be chosen."""
        dialog = self._dialog
        if dialog is None:
            return
        self._show_voices()
        if self.learner.busy:
            dialog.show_progress()
            return
        unfinished = voice_run.unfinished()
        if unfinished:
            name = unfinished[0].plan.name
            dialog.progress.show_curve(_measured(name))
            dialog.progress.show_paused(name, unfinished[0].fraction)
            dialog.show_progress()
            return
        dialog.show_setup()
        try:
            dialog.setup.base = self._base()
        except InklingError as error:
            dialog.setup.show_problem(str(error))
            return
        document = self._document()
        if document is not None:
            dialog.setup.offer(document)

    def _show_voices(self) -> None:
        if self._dialog is not None:
            known = self.known()
            using = self.in_use()
            self._dialog.voices.show_voices(known, using.reference if using is not None else "")
            self._dialog.voices.setVisible(bool(known))

    def _say(self, sentence: str, *, problem: bool = False) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.say(sentence, problem=problem)
        elif problem:
            self.failed.emit(sentence)
        else:
            self.said.emit(sentence, tr("Switch it off"), SWITCH_OFF)

    # What is known

    def known(self) -> tuple[ModelDescription, ...]:
        """Return the voices on this machine."""
        return voices(library.installed())

    def _base(self) -> str:
        """Return the model that a voice would change: Continue's, without any adapter."""
        model = self._choice.describe(TaskName.CONTINUE)
        return model.reference if model.adapter is None else model.adapter.base.reference

    def in_use(self) -> ModelDescription | None:
        """Return the voice that Continue writes in, if it does in one."""
        try:
            model = self._choice.describe(TaskName.CONTINUE)
        except ModelError:
            return None
        return model if voices([model]) else None

    # What happens

    @Slot(str, object)
    def _on_start_requested(self, name: str, documents: tuple[Path, ...]) -> None:
        assert self._dialog is not None
        try:
            base = self._base()
            if free_name(name, "") != name:
                raise UsageError(
                    tr("There is a model named “{name}” already. Choose another name.", name=name)
                )
        except InklingError as error:
            self._dialog.setup.show_problem(str(error))
            return
        self.learner.start(name, documents, base)

    @Slot()
    def _on_resume_requested(self) -> None:
        unfinished = voice_run.unfinished()
        if unfinished and not self.learner.busy:
            self.learner.resume(unfinished[0].plan.name)

    @Slot(str)
    def _on_started(self, name: str) -> None:
        self._stop = None
        self._conditions.watch()
        if self._dialog is not None:
            self._dialog.say("")
            self._dialog.progress.show_curve(_measured(name))
            self._dialog.progress.begin(name)
            self._dialog.show_progress()

    @Slot(str)
    def _on_noted(self, sentence: str) -> None:
        if self._dialog is not None:
            self._dialog.say(sentence, problem=True)

    @Slot(object)
    def _on_said(self, message: object) -> None:
        if self._dialog is not None:
            self._dialog.progress.show_message(message)

    @Slot(str)
    def _on_condition_changed(self, reason: str) -> None:
        if reason:
            self.learner.hold()
        else:
            self.learner.let_go()
        if self._dialog is not None:
            self._dialog.progress.show_waiting(reason)

    @Slot()
    def _on_stop_requested(self) -> None:
        name = self.learner.name if self.learner.busy else self._unfinished_name()
        answer = self._ask.stop(name)
        if answer is Stop.CANCEL:
            return
        if self.learner.busy:
            self._stop = answer
            self.learner.pause()
        else:
            self._end_early(name, answer)

    def _unfinished_name(self) -> str:
        return next((run.plan.name for run in voice_run.unfinished()), "")

    def _end_early(self, name: str, answer: Stop) -> None:
        """Make an end of a run that was not finished, and of its voice if that is not wanted."""
        for run in voice_run.unfinished():
            if run.plan.name == name:
                voice_run.discard(run)
        there = library.find_entry(name) is not None
        if there and answer is Stop.DISCARD:
            library.remove(name)
        elif there:
            self.use_voice(name)
            self._say(tr("Your voice “{name}” is kept, and Continue writes in it now.", name=name))
        elif answer is Stop.KEEP:
            self._say(
                tr("“{name}” had learned nothing yet that could be kept.", name=name), problem=True
            )
        self._show_state()

    @Slot(object)
    def _on_learned(self, learned: Learned) -> None:
        self._conditions.rest()
        self.use_voice(learned.name)
        if self._dialog is not None:
            self._dialog.setup.clear()
        self._show_state()
        self._say(learned_text(learned))

    @Slot(object)
    def _on_paused(self, paused: Paused) -> None:
        self._conditions.rest()
        if self._stop is not None:
            self._end_early(paused.name, self._stop)
            return
        self._show_state()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._conditions.rest()
        self._show_state()
        self._say(sentence, problem=True)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        self._conditions.apply(settings.learning)
        self._show_voices()

    @Slot(object)
    def _on_options_changed(self, options: LearningSettings) -> None:
        self._preferences.keep(replace(self._preferences.settings, learning=options))

    @Slot(str)
    def _on_rename_requested(self, reference: str) -> None:
        new = self._ask.new_name(reference)
        if new is None or new == reference:
            return
        try:
            library.rename(reference, new)
        except InklingError as error:
            self._say(str(error), problem=True)
            return
        self._preferences.keep(with_renamed_model(self._preferences.settings, reference, new))
        self._show_voices()

    @Slot(str)
    def _on_export_requested(self, reference: str) -> None:
        folder = self._ask.export_folder(reference)
        if folder is None:
            return
        try:
            library.export(reference, folder)
        except InklingError as error:
            self._say(str(error), problem=True)
            return
        self._say(tr("A copy of “{name}” is in {folder}.", name=reference, folder=folder))

    @Slot(str)
    def _on_remove_requested(self, reference: str) -> None:
        if not self._ask.remove(reference):
            return
        using = self.in_use()
        if using is not None and using.reference == reference:
            self.use_voice("")
        try:
            library.remove(reference)
        except InklingError as error:
            self._say(str(error), problem=True)
        self._show_state()


def _measured(name: str) -> list[tuple[float, float, float | None]]:
    """Return what was measured of an unfinished voice: share of the run, loss, held-out loss."""
    run = next((run for run in voice_run.unfinished() if run.plan.name == name), None)
    if run is None:
        return []
    points = curve.read(run.trainer / CURVE)
    return [(point.tokens / run.plan.tokens, point.loss, point.held_out) for point in points]


def _with_voice(settings: Settings, reference: str, former: ModelDescription | None) -> Settings:
    """Return `settings` in which Continue is done by a voice; without one, by the model below.

    `former` is the voice that was in use: where its base is not the default, that is chosen again.
    """
    model = settings.model
    per_task = dict(model.per_task)
    if reference:
        per_task[TaskName.CONTINUE.value] = reference
    elif former is not None and former.adapter is not None:
        per_task.pop(TaskName.CONTINUE.value, None)
        base = former.adapter.base.reference
        if base != model.default:
            per_task[TaskName.CONTINUE.value] = base
    return replace(settings, model=replace(model, per_task=per_task))
