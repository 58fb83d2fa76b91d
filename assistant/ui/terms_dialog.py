"""The terms that a model comes under, to read and accept before it is fetched."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.models.catalogue import load_catalogue
from assistant.ui import theme
from assistant.ui.settings_page import muted_label


class TermsDialog(QDialog):
    """Shows terms and asks to accept them; accepted means accepted."""

    def __init__(self, title: str, text: str, url: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumSize(420, 360)
        self.resize(600, 560)
        heading = QLabel(title)
        heading.setWordWrap(True)
        theme.set_look(heading, "title")
        page = QPlainTextEdit(text)
        page.setReadOnly(True)
        page.setTabChangesFocus(True)
        page.document().setDocumentMargin(12)
        page.setAccessibleName(title)
        page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox()
        decline = buttons.addButton(tr("&Decline"), QDialogButtonBox.ButtonRole.RejectRole)
        accept = buttons.addButton(tr("&Accept"), QDialogButtonBox.ButtonRole.AcceptRole)
        theme.set_look(accept, "primary")
        # Terms are not accepted by a Return that was meant for something else.
        accept.setAutoDefault(False)
        decline.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(
            muted_label(tr("The model is fetched when you accept the terms of its makers."))
        )
        layout.addWidget(page, 1)
        if url:
            link = QLabel(f'<a href="{url}" style="color: {theme.current().accent}">{url}</a>')
            link.setOpenExternalLinks(True)
            link.setTextInteractionFlags(
                Qt.TextInteractionFlag.LinksAccessibleByKeyboard
                | Qt.TextInteractionFlag.LinksAccessibleByMouse
            )
            layout.addWidget(link)
        layout.addWidget(buttons)
        page.setFocus()


def accept_terms(name: str, text: str, parent: QWidget) -> bool:
    """Show the terms of the catalogue's model `name`; return whether they were accepted."""
    entry = load_catalogue().get(name)
    terms = entry.terms if entry is not None else None
    title = terms.title if terms is not None else tr("Terms of {model}", model=name)
    dialog = TermsDialog(title, text, terms.url if terms is not None else "", parent)
    return dialog.exec() == QDialog.DialogCode.Accepted
