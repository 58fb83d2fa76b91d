"""One adapter in the list of models, below its base: what it is for and how strongly it works."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from assistant.core.i18n import tr
from assistant.models.description import ModelDescription
from assistant.ui import theme
from assistant.ui.model_texts import adapter_line
from assistant.ui.settings_page import muted_label

_INDENT = 22
_SLIDER_WIDTH = 176
_SLIDER_HEIGHT = 22
# The slider counts in twentieths, from 0 to 1.5.
_STEPS, _MOST = 20, 30


class AdapterRow(QWidget):
    """An adapter with its strength, and a button to remove it where it is the user's own.

    `title` is what it is called here, its own title if empty.
    Signals: `strength_chosen(reference, strength)`, `remove_requested(reference)`.
    """

    strength_chosen = Signal(str, float)
    remove_requested = Signal(str)

    def __init__(
        self,
        model: ModelDescription,
        strength: float,
        *,
        title: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        assert model.adapter is not None
        adapter = model.adapter
        self.model = model
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _MOST)
        self._slider.setPageStep(_STEPS // 4)
        self._slider.setFixedSize(_SLIDER_WIDTH, _SLIDER_HEIGHT)
        self._slider.setAccessibleName(tr("Strength of {adapter}", adapter=adapter.title))
        self._slider.setToolTip(
            tr("By how much the adapter changes its model: 0 not at all, 1 as it was trained.")
        )
        self._value = QLabel()
        theme.set_look(self._value, "muted")
        self._value.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.show_strength(strength)
        self._slider.valueChanged.connect(self._on_value_changed)
        self._remove = QPushButton(tr("Remove…"))
        self._remove.setAutoDefault(False)
        self._remove.setAccessibleName(tr("Remove {model}", model=adapter.title))
        theme.set_look(self._remove, "quiet")
        self._remove.clicked.connect(self._on_remove_clicked)
        self._lay_out(title or adapter.title, adapter.summary)
        if adapter.ships:
            # Its place is kept, so that the sliders stand below one another.
            keeping = self._remove.sizePolicy()
            keeping.setRetainSizeWhenHidden(True)
            self._remove.setSizePolicy(keeping)
            self._remove.hide()

    @property
    def slider(self) -> QSlider:
        """The slider, for the page to watch."""
        return self._slider

    def show_strength(self, strength: float) -> None:
        """Show a strength, without `strength_chosen`."""
        with QSignalBlocker(self._slider):
            self._slider.setValue(round(strength * _STEPS))
        self._show_value()

    def _lay_out(self, title: str, summary: str) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(QLabel(title))
        if summary:
            words.addWidget(muted_label(summary))
        words.addWidget(muted_label(adapter_line(self.model)))
        strength = QVBoxLayout()
        strength.setSpacing(2)
        strength.addStretch(1)
        strength.addWidget(self._slider)
        strength.addWidget(self._value)
        strength.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_INDENT, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(words, 1)
        layout.addLayout(strength)
        layout.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignVCenter)

    def _show_value(self) -> None:
        value = self._slider.value() / _STEPS
        text = tr("Strength {value}", value=f"{value:.2f}") if value else tr("Off, as its base")
        self._value.setText(text)
        self._slider.setAccessibleDescription(text)

    @Slot(int)
    def _on_value_changed(self, value: int) -> None:
        self._show_value()
        self.strength_chosen.emit(self.model.reference, value / _STEPS)

    @Slot()
    def _on_remove_clicked(self) -> None:
        self.remove_requested.emit(self.model.reference)
