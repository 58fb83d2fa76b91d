"""How typing feels with suggestions on, measured: from key press to paint. Asserts nothing.

    python tests/benchmarks/ghost.py [--model scripted] [--text FILE] [--words 50000] [--keys 1000]

Opens the program's window, offscreen, on a text of so many words and types at the end of a
paragraph in its middle: words with pauses between, in which suggestions come, by turns with
suggestions and without. Every other word is typed as it is suggested, every fifth suggestion is
taken. Prints milliseconds (median, 99th percentile, longest) of the keys that letters are typed
with and of those that take a suggestion, and the ratio of with to without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from assistant.config.paths import data_folder
from assistant.config.settings import ModelSettings, Settings, SuggestionSettings
from assistant.config.store import SettingsStore
from assistant.core.tasks import Span
from assistant.engines.pool import EnginePool
from assistant.ui.editor import Editor
from assistant.ui.main_window import MainWindow
from assistant.ui.suggestion_record import SuggestionRecord
from assistant.worker.queue import JobQueue

SENTENCES = (
    "The lamplighter came down the hill before the fog had lifted, and nobody asked him why.",
    "“You will want the other key,” Margaret said, and held it out without looking up.",
    "In the harbour the boats lay so close that a child could have crossed from pier to pier.",
    "He had promised to write, and he had written, though never to the address that she gave.",
    "By the time the bread was ready the visitors had gone, all but the one who never spoke.",
)
TYPED = "and then she turned to the window where the evening had begun to gather over the roofs, "
KEYS_A_TURN = 60
# A key each 40 ms is faster than anybody types; the pause is longer than the quick pace waits.
KEY_SECONDS, PAUSE_SECONDS = 0.04, 0.6


class Paints(QObject):
    """Notes when something was painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.last = 0.0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            # Before it is drawn, which is done when the events at hand have been processed.
            self.last = time.perf_counter()
        return False


class Typist:
    """Types into a window's page and takes the time of each key."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.editor: Editor = window._editor
        self.paints = Paints(self.editor.viewport())
        self.milliseconds: dict[str, list[float]] = {}
        self.shown = 0
        window._suggestions.autocomplete.decided.connect(self._on_decided)

    def _on_decided(self, record: SuggestionRecord) -> None:
        self.shown += bool(record.text)

    def key(self, kind: str, key: Qt.Key, letter: str = "") -> None:
        """Press a key and note how long it took until the page was painted with it."""
        began = time.perf_counter()
        for phase in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(phase, key, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(self.editor, event)
        while self.paints.last < began:
            QApplication.processEvents()
        self.milliseconds.setdefault(kind, []).append(1000 * (time.perf_counter() - began))

    def rest(self, seconds: float) -> None:
        """Let the event loop run."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            QApplication.processEvents()
            time.sleep(0.001)

    def turn(self, letters: Iterator[str], kind: str, keys: int) -> None:
        """Type so many letters, with a pause after each word."""
        ghost = self.window._suggestions.autocomplete._ghost
        for number in range(keys):
            letter = next(letters)
            suggested = ghost.text
            if suggested and number % 5 == 0:
                self.key(f"{kind}, taken", Qt.Key.Key_Tab)
                self.rest(KEY_SECONDS)
                continue
            if suggested and number % 2:
                letter = suggested[0]
            self.key(kind, Qt.Key.Key_unknown, letter)
            self.rest(PAUSE_SECONDS if letter in " ," else KEY_SECONDS)


def text_of(words: int, path: str | None) -> str:
    """Return a text of so many words in paragraphs of a few sentences."""
    if path is not None:
        given = Path(path).read_text(encoding="utf-8").split("\n")
    else:
        given = [" ".join(SENTENCES[i:] + SENTENCES[:i]) for i in range(len(SENTENCES))]
    paragraphs: list[str] = []
    while words > 0:
        for paragraph in given:
            paragraphs.append(paragraph)
            words -= len(paragraph.split())
            if words <= 0:
                break
    return "\n".join(paragraphs)


def line(milliseconds: list[float]) -> str:
    """Return the figures of one kind of key."""
    ordered = sorted(milliseconds)
    p99 = ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)]
    return (
        f"n {len(ordered):5}  median {statistics.median(ordered):6.2f}  p99 {p99:6.2f}  "
        f"longest {ordered[-1]:6.2f}"
    )


def endless(text: str) -> Iterator[str]:
    """Yield the letters of `text` again and again."""
    while True:
        yield from text


def main() -> None:
    """Measure with and without suggestions by turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--text")
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--keys", type=int, default=1000, help="with suggestions; as many without")
    arguments = parser.parse_args()
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        # A draft that this leaves behind is not to be offered to the user.
        models = data_folder() / "models"
        os.environ["INKLING_HOME"] = folder
        (data_folder() / "models").symlink_to(models)
        on = SuggestionSettings(pace="quick", eagerness="eager")
        settings = Settings(model=ModelSettings(default=arguments.model), suggestions=on)
        queue = JobQueue(EnginePool)
        window = MainWindow(SettingsStore(Path(folder) / "settings.toml"), settings, queue)
        window.show()
        text = text_of(arguments.words, arguments.text)
        window._show_desk()
        window._editor.set_text(text)
        middle = len(text[: text.index("\n", len(text) // 2)])
        window._editor.select_span(Span(middle, middle))
        window.prepare_model()
        typist = Typist(window)
        typist.rest(5.0)
        letters = endless(TYPED)
        for turn in range(2 * -(-arguments.keys // KEYS_A_TURN)):
            with_them = turn % 2 == 0
            now = replace(settings, suggestions=replace(on, enabled=with_them))
            window._suggestions.autocomplete.apply_settings(now)
            # What was rejected is of no interest here.
            window._suggestions.autocomplete.wake()
            typist.turn(letters, "with" if with_them else "without", KEYS_A_TURN)
        print(
            f"{len(text.split())} words, model {arguments.model}, {typist.shown} suggestions shown"
        )
        for kind in sorted(typist.milliseconds):
            print(f"{kind:12} {line(typist.milliseconds[kind])}")
        medians = {kind: statistics.median(found) for kind, found in typist.milliseconds.items()}
        print(f"with / without {medians['with'] / medians['without']:.2f}")
        window._editor.document().setModified(False)
        window.close()
        queue.shutdown()
    del application


if __name__ == "__main__":
    main()
