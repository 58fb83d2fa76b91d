"""Turns a GGUF file, once, into a plain folder: config, tokenizer, safetensors in bfloat16.

The work is done in a child process: it takes memory and most of a minute, and it can be stopped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.core.errors import NotAModel, NotEnoughMemory, UnsupportedModel
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import child, staging
from assistant.models.catalogue import Tokens
from assistant.models.gguf_header import GgufHeader, read_header
from assistant.models.progress import Progress, Report, Stage

# Measured: how long reading and dequantizing takes against reading the tokenizer alone, and the
# bytes of memory per parameter at the peak.
_MODEL_TO_TOKENIZER = 2.8
_BYTES_PER_SECOND = 6_000_000
_MEMORY_PER_PARAMETER = 6.5
_MEMORY_FOR_LIBRARIES = 500_000_000
_STORED_PER_PARAMETER = 2.0
_TOKENIZER_SIZE = 50_000_000
# Tokens that end a text, under the names that the families of models give them.
_END_TOKENS = (
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<|end|>",
    "<end_of_turn>", "<eos>", "</s>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>",
)  # fmt: skip


def convert(
    gguf: Path,
    target: Path,
    tokens: Tokens,
    report: Report,
    should_stop: ShouldStop,
) -> dict[str, str]:
    """Convert the file `gguf` into the empty folder `target`; return the versions that did it.

    `tokens` says what the file does not. Raises `NotAModel`, `WeightsDamaged`, `UnsupportedModel`,
    `NotEnoughMemory`, `DiskFull` and `Cancelled`.
    """
    header = read_header(gguf)
    _require_memory(gguf, header)
    staging.require_room(int(header.parameters * _STORED_PER_PARAMETER) + _TOKENIZER_SIZE)
    clock = _Clock(gguf.stat().st_size, report)
    command = child.module_command(
        "assistant.models.conversion_child", json.dumps(_wish(gguf, target, header, tokens))
    )
    ended = child.run(
        command,
        folder=target,
        environment=child.module_environment(),
        should_stop=should_stop,
        on_line=clock.hear,
        on_tick=clock.tick,
    )
    if clock.outcome is None or "done" not in clock.outcome:
        raise _explanation(gguf, header, ended, clock.outcome or {})
    versions: dict[str, str] = clock.outcome["done"]
    return versions


class _Clock:
    """Listens to the child and foretells how long it will take."""

    def __init__(self, size: int, report: Report) -> None:
        self.outcome: dict[str, Any] | None = None
        self._report = report
        self._stage = Stage.CONVERTING
        self._began = time.monotonic()
        self._expected = size / _BYTES_PER_SECOND

    def hear(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            # A library's own words; kept for the log and the explanation.
            return
        if not isinstance(message, dict):
            return
        if "reading" in message:
            so_far = time.monotonic() - self._began
            self._expected = so_far + float(message["reading"]) * _MODEL_TO_TOKENIZER
        elif "saving" in message:
            self._stage = Stage.FINISHING
        elif "done" in message or "failed" in message:
            self.outcome = message

    def tick(self) -> None:
        elapsed = time.monotonic() - self._began
        left = self._expected - elapsed
        if self._stage is Stage.FINISHING or left < 1:
            self._report(Progress(self._stage, 95, 100))
        else:
            done = int(95 * elapsed / self._expected)
            self._report(Progress(self._stage, done, 100, left))


def _wish(gguf: Path, target: Path, header: GgufHeader, tokens: Tokens) -> dict[str, Any]:
    end = _end_tokens(header, tokens)
    return {
        "gguf": str(gguf.resolve()),
        "target": str(target.resolve()),
        "chat_template": tokens.chat_template,
        "begins_with": _beginning(header),
        "end": end,
        "banned": _banned_tokens(header, tokens, end),
    }


def _beginning(header: GgufHeader) -> int | None:
    if not header.fields.get("tokenizer.ggml.add_bos_token"):
        return None
    token: int | None = header.fields.get("tokenizer.ggml.bos_token_id")
    return token


def _end_tokens(header: GgufHeader, tokens: Tokens) -> list[int]:
    """Return the ids that end a text: the file's own, then the others that it has."""
    own = [header.fields.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom")]
    control = set(header.control_tokens)
    known = _ids(header, tokens.end or _END_TOKENS)
    if not tokens.end:
        known = [token for token in known if token in control]
    found = [token for token in (*own, *known) if isinstance(token, int)]
    return list(dict.fromkeys(found))


def _banned_tokens(header: GgufHeader, tokens: Tokens, end: Sequence[int]) -> list[int]:
    """Return the ids that have no place in what a model writes.

    A chat model that nothing is known about may need its signs: none of them is banned.
    """
    if header.chat_template and not tokens.end:
        return []
    banned = {*header.control_tokens, *_ids(header, tokens.banned)}
    return sorted(banned - set(end))


def _ids(header: GgufHeader, names: Sequence[str]) -> list[int]:
    places = {token: i for i, token in enumerate(header.tokens)}
    return [places[name] for name in names if name in places]


def _require_memory(gguf: Path, header: GgufHeader) -> None:
    import psutil

    needed = header.parameters * _MEMORY_PER_PARAMETER + _MEMORY_FOR_LIBRARIES
    free = psutil.virtual_memory().available
    if needed > free:
        raise NotEnoughMemory(
            tr(
                "Converting {file} takes {needed} of memory, {free} are free. Close other "
                "programs or choose a smaller model.",
                file=gguf.name,
                needed=staging.readable_size(needed),
                free=staging.readable_size(free),
            )
        )


def _explanation(
    gguf: Path, header: GgufHeader, ended: child.Ended, outcome: dict[str, Any]
) -> Exception:
    kind = outcome.get("failed", "")
    if kind == "disk":
        return staging.full_disk()
    # A system out of memory kills without a word.
    if kind == "memory" or ended.code == -9:
        return NotEnoughMemory(
            tr(
                "The memory did not suffice to convert {file}. Close other programs or choose a "
                "smaller model.",
                file=gguf.name,
            )
        )
    detail = outcome.get("detail") or (ended.lines[-1] if ended.lines else "")
    if not header.tokens:
        return NotAModel(
            tr("{file} holds no tokenizer. Choose another file of the model.", file=gguf.name)
        )
    return UnsupportedModel(
        tr(
            "{file} (architecture {architecture}) could not be converted: {detail}. Choose "
            "another model, or fetch this one as a folder with safetensors.",
            file=gguf.name,
            architecture=header.architecture or "?",
            detail=detail.rstrip("."),
        )
    )
