"""English grammar and spelling by Harper: offline, by rules, without a model.

Knows no window. Harper has no wheels for some machines: ask `available` first. A `Checker` is for
one thread at a time; it builds its dictionary at the first check (about half a second).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from assistant.core.errors import UsageError
from assistant.core.i18n import tr
from assistant.core.tasks import Span
from assistant.text.scripts import whole_characters

if TYPE_CHECKING:
    import harper

SPELLING = "Spelling"
DIALECTS = ("american", "british", "australian", "canadian", "indian")

# Only with these does Markdown hide from the checker what is not prose. Read as Markdown, every
# indented paragraph would be a block of code.
_MARKDOWN = re.compile(r"`|\]\(")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is likely wrong.

    `span` is in code points. `suggestions` are texts to put in place of the span, the likeliest
    first; an empty one takes it out. `kind` is Harper's: `Spelling` is about a word it does not
    know, which a writer may want to have ignored.
    """

    span: Span
    message: str
    suggestions: tuple[str, ...]
    kind: str


def available() -> bool:
    """Return whether this machine has the grammar rules."""
    return find_spec("harper") is not None


class Checker:
    """The rules of one dialect of English; unknown words among `ignored_words` are let stand."""

    def __init__(self, dialect: str = "american", ignored_words: Iterable[str] = ()) -> None:
        if dialect not in DIALECTS:
            raise UsageError(
                tr(
                    "There is no English dialect “{dialect}”. Choose one of these: {dialects}.",
                    dialect=dialect,
                    dialects=", ".join(DIALECTS),
                )
            )
        self._dialect = dialect
        self._ignored = frozenset(_known_as(word) for word in ignored_words)
        self._linter: harper.Linter | None = None

    def check(self, text: str) -> tuple[Finding, ...]:
        """Return what is likely wrong in `text`, in its order and without overlaps."""
        language = "markdown" if _MARKDOWN.search(text) else "plaintext"
        lints = self._rules().lint(whole_characters(text), language=language)
        found = [_finding(lint, text) for lint in lints]
        found.sort(key=lambda finding: finding.span.start)
        return tuple(finding for finding in found if not self._is_ignored(finding, text))

    def _rules(self) -> harper.Linter:
        if self._linter is None:
            if not available():
                raise UsageError(
                    tr(
                        "There are no grammar rules for this kind of machine. Switch checking off "
                        "in the settings."
                    )
                )
            import harper

            self._linter = harper.Linter(harper.Dialect[self._dialect.upper()])
        return self._linter

    def _is_ignored(self, finding: Finding, text: str) -> bool:
        if finding.kind != SPELLING:
            return False
        return _known_as(text[finding.span.start : finding.span.end]) in self._ignored


def _known_as(word: str) -> str:
    """Return the form in which words are ignored: without capitals and possessive."""
    return _POSSESSIVE.sub("", word.strip()).casefold()


def _finding(lint: harper.Lint, text: str) -> Finding:
    from harper import SuggestionKind

    span = Span(lint.span.start, lint.span.end)
    wrong = text[span.start : span.end]
    suggestions = (
        wrong + one.replacement_text
        if one.kind == SuggestionKind.INSERT_AFTER
        else one.replacement_text
        for one in lint.suggestions
    )
    return Finding(span, lint.message, tuple(dict.fromkeys(suggestions)), lint.lint_kind)
