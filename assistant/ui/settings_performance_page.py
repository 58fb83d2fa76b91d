"""The settings of where and how a model runs: device, precision, threads, how long it stays."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QWidget

from assistant.config.settings import ModelSettings, Settings
from assistant.core.devices import Device
from assistant.core.holding import Holding, explained
from assistant.core.i18n import tr
from assistant.ui.model_texts import memory_text
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, whole_number

_ARROW_WIDTH = 44
_TRADEMARKS = re.compile(r"\((?:R|TM)\)")
_CHOSEN_HERE = ("device", "precision", "threads", "unload_after_minutes")


class PerformancePage(SettingsPage):
    """Where and how models run. The devices of the machine may be told later."""

    def __init__(self, devices: tuple[Device, ...] | None, parent: QWidget | None = None) -> None:
        super().__init__(tr("Performance"), parent)
        self._device = choice({})
        self._precision = choice(
            {
                "auto": tr("Fastest here"),
                "fast": tr("Fast (4 or 8 bits)"),
                "balanced": tr("Balanced (8 bits, 4 where nothing is lost)"),
                "exact": tr("Exact (32 bits)"),
                "stored": tr("As the model is stored"),
                "bfloat16": tr("16 bits (bfloat16)"),
                "float16": tr("16 bits (float16)"),
                "float32": tr("32 bits (float32)"),
            }
        )
        self._threads = whole_number(ModelSettings, "threads")
        self._threads.setSpecialValueText(tr("Automatic"))
        self._unload = whole_number(ModelSettings, "unload_after_minutes")
        self._unload.setSpecialValueText(tr("Never"))
        self._unload.setSuffix(tr(" min"))
        group = self.add_group()
        group.add_row(tr("De&vice"), self._device, tr("What the model runs on."))
        group.add_row(
            tr("P&recision"),
            self._precision,
            tr(
                "How exactly a model computes. On a processor models are packed into few bits "
                "once; which form is fastest is measured."
            ),
        )
        group.add_row(
            tr("&Threads"), self._threads, tr("How many processor cores a model may use.")
        )
        self._holding = self.add_note("")
        self.show_holding("", None)
        group = self.add_group()
        group.add_row(
            tr("Give back &memory after"),
            self._unload,
            tr("A model that has not been used for so long is unloaded; it comes back by itself."),
        )
        self.set_devices(devices)

    def set_devices(self, devices: tuple[Device, ...] | None) -> None:
        """Offer the devices of this machine; None when they are not known yet."""
        current = chosen(self._device) if self._device.count() else "auto"
        self._device.clear()
        self._device.addItem(tr("Automatic"), "auto")
        width = self._device.maximumWidth() - _ARROW_WIDTH
        for device in devices or ():
            title = _device_title(device)
            shown = self._device.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, width)
            self._device.addItem(shown, device.name)
            self._device.setItemData(self._device.count() - 1, title, Qt.ItemDataRole.ToolTipRole)
        self._known = devices is not None
        self._show_device(current)

    def show_holding(self, model: str, holding: Holding | None) -> None:
        """Say how `model`, a title, is held on this processor; None says nothing."""
        self._holding.setVisible(holding is not None)
        if holding is not None:
            way = tr("Fast, Balanced or Exact, chosen as the precision, overrides it.")
            self._holding.setText(f"{model} · {explained(holding)} {way}")

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.model
        self._show_device(own.device)
        choose(self._precision, own.precision)
        for box, value in (
            (self._threads, own.threads),
            (self._unload, own.unload_after_minutes),
        ):
            with QSignalBlocker(box):
                box.setValue(value)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        precision: Any = chosen(self._precision)
        model = replace(
            settings.model,
            device=chosen(self._device),
            precision=precision,
            threads=self._threads.value(),
            unload_after_minutes=self._unload.value(),
        )
        return replace(settings, model=model)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        first = ModelSettings()
        here = {name: getattr(first, name) for name in _CHOSEN_HERE}
        return replace(settings, model=replace(settings.model, **here))

    def _show_device(self, name: str) -> None:
        """Show a device that was chosen once even where the machine has it no more."""
        title = tr("{device} (not there now)", device=name) if self._known else name
        choose(self._device, name, title)


def _device_title(device: Device) -> str:
    """Return what a device is, how much memory it has, and last its maker's long name for it."""
    kind, _, number = device.name.partition(":")
    parts = [f"{kind.upper()} {number}".strip()]
    if device.memory > 0:
        parts.append(memory_text(device.memory))
    parts.append(_TRADEMARKS.sub("", device.title))
    return " · ".join(parts)
