"""Where in a text that a task returns the tokens stand that it is made of.

A task may take blanks off the beginning of what an engine wrote, put others there, and cut its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.core.requests import Completion, TokenChoice


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Code points `start` to `end` of a text are `choice`; of the last one the end may be cut."""

    start: int
    end: int
    choice: TokenChoice


def token_spans(text: str, completion: Completion) -> tuple[TokenSpan, ...]:
    """Return the tokens of `text`, which was made of `completion`; none where it tells none.

    What the task has added belongs to no token. Where blanks were taken off, the options read as
    they would stand behind those, and the ones that cannot are left out.
    """
    core = text.strip()
    written = completion.text
    begin, lead = _indent(written), _indent(text)
    if not core or not written.startswith(core, begin):
        return ()
    shift = lead - begin
    first, last = lead, lead + len(core)
    while first > max(0, shift) and text[first - 1] == written[first - 1 - shift]:
        first -= 1
    while last < min(len(text), len(written) + shift) and text[last] == written[last - shift]:
        last += 1
    spans = []
    end = shift
    for choice in completion.tokens:
        start, end = end, end + len(choice.text)
        if max(start, first) < min(end, last):
            cut = max(0, first - start)
            spans.append(TokenSpan(start + cut, min(end, last), _behind(choice, cut)))
    return tuple(spans)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _behind(choice: TokenChoice, cut: int) -> TokenChoice:
    """Return `choice` as it reads behind the first `cut` characters of its text."""
    if not cut:
        return choice
    there = choice.text[:cut]
    options = (
        replace(option, text=option.text.removeprefix(there))
        for option in choice.options
        if not option.text or option.text.startswith(there)
    )
    return replace(choice, text=choice.text[cut:], options=tuple(options))
