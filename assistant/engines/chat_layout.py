"""Laying out a chat by a model's own template, as transformers does it.

Templates come with models, from anywhere: they run in Jinja's sandbox and see nothing but texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NoReturn


def lay_out(
    template: str, messages: Sequence[Mapping[str, str]], special_tokens: Mapping[str, str]
) -> str:
    """Return the text of a chat up to where the answer begins.

    `messages` have a `role` and a `content`; `special_tokens` are the names that templates use,
    such as `bos_token`. Raises `jinja2.TemplateError` where the template refuses, or is broken.
    """
    rendered: str = _compiled(template).render(
        messages=[dict(message) for message in messages],
        tools=None,
        documents=None,
        add_generation_prompt=True,
        **special_tokens,
    )
    return rendered


@cache
def _compiled(template: str) -> Any:
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import Namespace

    class GuardedNamespace(Namespace):
        """A template's namespace, whose names cannot reach into Python."""

        def __init__(self, /, *pairs: Any, **values: object) -> None:
            named = dict(*pairs, **values)
            for name in named:
                _require_plain(name)
            super().__init__(named)

        def __setitem__(self, name: str, value: object) -> None:
            _require_plain(name)
            super().__setitem__(name, value)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals.update(
        raise_exception=_refuse,
        strftime_now=_now,
        dict=_Dict(),
        namespace=GuardedNamespace,
    )
    return environment.from_string(template)


def _refuse(message: str) -> NoReturn:
    from jinja2 import TemplateError

    raise TemplateError(message)


def _require_plain(name: str) -> None:
    if name.startswith("_"):
        _refuse(f"A template cannot set {name!r}.")


def _now(layout: str) -> str:
    return datetime.now().strftime(layout)  # noqa: DTZ005 - the writer's own day and hour


class _Dict:
    """What templates know as `dict`: the type itself would let them out of the sandbox."""

    def __call__(self, *pairs: Any, **values: object) -> dict[str, object]:
        return dict(*pairs, **values)

    def fromkeys(self, keys: Iterable[str], value: object = None) -> dict[str, object]:
        """Return a dictionary with one value for all keys."""
        return dict.fromkeys(keys, value)


def _to_json(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - as templates call it
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002 - as templates call it
) -> str:
    """Write JSON without escaping what HTML would want escaped, unlike Jinja's own filter."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )
