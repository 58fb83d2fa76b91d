"""Tells whether a model has learnt to chat. Standard library only.

Having a chat template does not say so: base models often carry that of their family, in which turns
end with a token that does not end what the base model writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# The added tokens stand near the beginning, before the vocabulary of many megabytes.
_BEGINNING = 4_000_000
# `<|im_end|>`, `<end_of_turn>`, `<|eot_id|>` and their like.
_TURN_END = re.compile(r"<[^<>\s]*(?:end|eot)[^<>\s]*>", re.IGNORECASE)


def speaks_chat(folder: Path, config: Mapping[str, Any]) -> bool:
    """Whether the model in `folder` is to be spoken to through its chat template."""
    template = _template(folder)
    if not template:
        return False
    if "eos_token" in template or not _TURN_END.search(template):
        return True
    known = False
    for end in _end_tokens(folder, config):
        if end in template:
            return True
        known = True
    # Nothing known about its end tokens: the template is all there is to go by.
    return not known


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, empty when there is none that can be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _template(folder: Path) -> str:
    try:
        return (folder / "chat_template.jinja").read_text("utf-8")
    except (OSError, ValueError):
        pass
    for name in ("chat_template.json", "tokenizer_config.json"):
        template = read_json(folder / name).get("chat_template")
        if isinstance(template, list):
            # Several under names of their own; the first is the ordinary one.
            template = next((t.get("template") for t in template if isinstance(t, dict)), None)
        if isinstance(template, str):
            return template
    return ""


def _end_tokens(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    settings = read_json(folder / "tokenizer_config.json")
    special = read_json(folder / "special_tokens_map.json")
    for named in (settings.get("eos_token"), special.get("eos_token")):
        token = named.get("content") if isinstance(named, dict) else named
        if isinstance(token, str) and token:
            yield token
    ids = [*_ids(read_json(folder / "generation_config.json")), *_ids(config)]
    names = _added_tokens(folder, settings) if ids else {}
    yield from (names[i] for i in ids if i in names)


def _ids(values: Mapping[str, Any]) -> list[int]:
    found = values.get("eos_token_id")
    return [i for i in (found if isinstance(found, list) else [found]) if isinstance(i, int)]


def _added_tokens(folder: Path, settings: Mapping[str, Any]) -> dict[int, str]:
    decoder = settings.get("added_tokens_decoder")
    if isinstance(decoder, dict):
        return {
            int(i): str(token.get("content", ""))
            for i, token in decoder.items()
            if i.isdigit() and isinstance(token, dict)
        }
    try:
        with (folder / "tokenizer.json").open(encoding="utf-8") as file:
            beginning = file.read(_BEGINNING)
        start = beginning.index('"added_tokens"')
        tokens, _ = json.JSONDecoder().raw_decode(beginning, beginning.index("[", start))
        return {int(token["id"]): str(token["content"]) for token in tokens}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
