"""The settings of how Continue writes: how much, how many versions, and how words are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QSpinBox, QWidget

from assistant.config.settings import GenerationSettings, Settings
from assistant.core.i18n import tr
from assistant.ui.settings_page import SettingsPage, real_number, whole_number


class GenerationPage(SettingsPage):
    """How Continue writes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Generation"), parent)
        self._numbers: dict[str, QSpinBox | QDoubleSpinBox] = {
            "words": whole_number(GenerationSettings, "words"),
            "versions": whole_number(GenerationSettings, "versions"),
            "temperature": real_number(GenerationSettings, "temperature"),
            "top_k": whole_number(GenerationSettings, "top_k"),
            "top_p": real_number(GenerationSettings, "top_p"),
            "min_p": real_number(GenerationSettings, "min_p", step=0.01),
            "repetition_penalty": real_number(GenerationSettings, "repetition_penalty"),
            "no_repeat_ngram_size": whole_number(GenerationSettings, "no_repeat_ngram_size"),
            "seed": whole_number(GenerationSettings, "seed"),
        }
        self._measured = QCheckBox(tr("Use what was &measured best for the model"))
        self._build_length()
        self._build_drawing()
        self._measured.toggled.connect(self._on_measured_toggled)

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.generation
        for name, box in self._numbers.items():
            with QSignalBlocker(box):
                box.setValue(getattr(own, name))
        self._measured.setChecked(own.measured)
        self._on_measured_toggled(own.measured)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        numbers: dict[str, Any] = {name: box.value() for name, box in self._numbers.items()}
        generation = replace(settings.generation, measured=self._measured.isChecked(), **numbers)
        return replace(settings, generation=generation)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        return replace(settings, generation=GenerationSettings())

    def _build_length(self) -> None:
        group = self.add_group(tr("How much"))
        group.add_row(
            tr("&Words"),
            self._numbers["words"],
            tr("About how long a continuation is. Small models drift after some sixty words."),
        )
        group.add_row(
            tr("&Versions"),
            self._numbers["versions"],
            tr("How many continuations are written to choose from."),
        )

    def _build_drawing(self) -> None:
        numbers = self._numbers
        for name in ("top_k", "min_p", "no_repeat_ngram_size"):
            numbers[name].setSpecialValueText(tr("Off"))
        numbers["seed"].setSpecialValueText(tr("Random"))
        group = self.add_group(tr("How words are drawn"))
        group.add_check(
            self._measured, tr("Each model’s own numbers. Switch it off to set them yourself.")
        )
        group.add_row(
            tr("&Temperature"),
            numbers["temperature"],
            tr("How bold the choice of words is. 0 always takes the likeliest."),
        )
        group.add_row(
            tr("T&op-p"),
            numbers["top_p"],
            tr("Only the likeliest words that together reach this share. 1 takes all."),
        )
        group.add_row(tr("Top-&k"), numbers["top_k"], tr("Only this many of the likeliest tokens."))
        group.add_row(
            tr("M&in-p"),
            numbers["min_p"],
            tr("Only tokens at least this likely, compared with the likeliest one."),
        )
        group.add_row(
            tr("&Repetition penalty"),
            numbers["repetition_penalty"],
            tr("How much less likely a word becomes once it has been used. 1 is no penalty."),
        )
        group.add_row(
            tr("Longest rep&eat"),
            numbers["no_repeat_ngram_size"],
            tr("No run of this many tokens comes twice. Below 8, names get misspelt."),
        )
        group = self.add_group()
        group.add_row(
            tr("&Seed"),
            numbers["seed"],
            tr("The same number writes the same text again."),
        )

    @Slot(bool)
    def _on_measured_toggled(self, measured: bool) -> None:  # noqa: FBT001 - Qt's signal
        for name, box in self._numbers.items():
            if name not in ("words", "versions", "seed"):
                box.setEnabled(not measured)
