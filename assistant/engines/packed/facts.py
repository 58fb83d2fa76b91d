"""What transformers says of a model's tokens, written down, so that it need not be asked again.

Made when a model is packed, while transformers is there: its tokenizer as it is after all that
transformers does to it, the special tokens, the chat template, and of the configurations what the
engines read. Held against transformers on texts and chats, and believed only where all agrees and
as long as neither the model's files nor the libraries change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assistant.config.atomic import replace_file
from assistant.engines.tokenizer import SpecialTokens, Tokenizer

# To be raised when what is written down changes.
_VERSION = 1
_ABOUT = "tokens.json"
_TOKENIZER = "tokenizer.json"
# Those files of a model's folder that say nothing of its tokens.
_WEIGHTS = ".safetensors"
_OURS = "inkling.json"

_TEXTS = (
    "",
    " ",
    "\n\n \t ",
    "The ferry was late again, and Mrs. Alder’s hat was gone ; she laughed !",
    "  two blanks, don't  ,  and  a blank at the end ",
    "Il était une fois – naïve “œuvre”… £1,450.00",
    "傍晚的时候，河面上起了雾。",
    "def f(x):\n\treturn {'a': x[0] ** 2}  # <b>&amp;</b>\r\n",
    "👩‍👩‍👧 🏳️‍🌈 e\u0301 \u00a0\u200b\ufeff",
    "\x00\x7f\ufffd▁Ġ<0x0A>",
)
_CHATS = (
    (("user", "Tell me of the sea. "),),
    (("system", "Be brief."), ("user", " Who\nis there?")),
    (("user", "One"), ("assistant", "Two"), ("user", "Three <|im_end|> 三")),
    (("user", "One"), ("user", "Two")),
)


@dataclass(frozen=True, slots=True)
class TextConfig:
    """What a model's configuration says, with the names that transformers has for it."""

    vocab_size: int
    max_position_embeddings: int | None
    eos_token_id: int | list[int] | None

    def get_text_config(self, **_: object) -> TextConfig:
        """Return itself: it speaks of nothing but text."""
        return self


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """What a model's generation configuration says, with the names that transformers has."""

    eos_token_id: int | list[int] | None
    min_new_tokens: int | None
    bad_words_ids: list[list[int]] | None
    suppress_tokens: list[int] | None
    begin_suppress_tokens: list[int] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one model; `tokenizer()` reads its tokenizer, which takes a while."""

    config: TextConfig
    generation_config: GenerationConfig
    special: SpecialTokens
    chat_template: str | None
    file: Path

    def tokenizer(self) -> Tokenizer:
        """Return the model's tokenizer; raises what `tokenizers` does where its file is damaged."""
        return Tokenizer(self.file, self.special, self.chat_template)


def known_facts(model: Path, place: Path) -> Facts | None:
    """Return what is written down in `place` of the model in a folder, None where that is old."""
    about = _written(model, place)
    return _facts(about, place) if about and about["agrees"] else None


def said_by(config: Any, generation_config: Any) -> tuple[TextConfig, GenerationConfig]:
    """Return what is read of transformers' configurations."""
    said = config.get_text_config(decoder=True)
    return (
        TextConfig(**_values(TextConfig, said)),
        GenerationConfig(**_values(GenerationConfig, generation_config)),
    )


def write_down(
    model: Path,
    place: Path,
    tokenizer: Any,
    config: TextConfig,
    generation_config: GenerationConfig,
) -> None:
    """Write down in `place` what transformers has made of the model in a folder.

    Where that cannot be kept, or ours would differ, transformers will be asked again.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or _written(model, place):
        return
    text = backend.to_str().encode()
    about = {
        "stamp": _stamp(model),
        "size": len(text),
        "config": asdict(config),
        "generation_config": asdict(generation_config),
        "special": {
            "names": dict(tokenizer.special_tokens_map),
            "ids": tokenizer.all_special_ids,
        },
        "chat_template": tokenizer.chat_template,
    }
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        replace_file(place / _TOKENIZER, text)
        about["agrees"] = _agrees(_facts(about, place).tokenizer(), tokenizer)
        replace_file(place / _ABOUT, json.dumps(about).encode())


def _written(model: Path, place: Path) -> Mapping[str, Any] | None:
    """Return what is written down of the model as it is now."""
    try:
        about = json.loads((place / _ABOUT).read_text("utf-8"))
        sound = (place / _TOKENIZER).stat().st_size == about["size"]
        return about if sound and about["stamp"] == _stamp(model) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _values(kind: type[TextConfig | GenerationConfig], said: Any) -> dict[str, Any]:
    return {field.name: getattr(said, field.name, None) for field in fields(kind)}


def _facts(about: Mapping[str, Any], place: Path) -> Facts:
    special = about["special"]
    return Facts(
        TextConfig(**about["config"]),
        GenerationConfig(**about["generation_config"]),
        SpecialTokens(special["names"], tuple(special["ids"])),
        about["chat_template"],
        place / _TOKENIZER,
    )


def _stamp(model: Path) -> list[Any]:
    """Return what changes when the model's files do, or the libraries that read them."""
    libraries = [version(name) for name in ("transformers", "tokenizers")]
    files = [file for file in model.iterdir() if file.is_file() and file.suffix != _WEIGHTS]
    # Several chat templates have a folder of their own.
    files += model.glob("*/*.jinja")
    states = [(str(file.relative_to(model)), file.stat()) for file in sorted(files)]
    named = [[name, it.st_size, it.st_mtime_ns] for name, it in states if name != _OURS]
    return [_VERSION, libraries, named]


def _agrees(ours: Tokenizer, theirs: Any) -> bool:
    """Return whether both make the same of everything that is tried."""
    return isinstance(theirs.chat_template, str | None) and all(
        _outcome(ask, ours) == _outcome(ask, theirs) for ask in _questions(theirs)
    )


def _outcome(ask: Callable[[Any], object], tokenizer: Any) -> object:
    try:
        return ask(tokenizer)
    except Exception as error:  # noqa: BLE001 - what goes wrong has to be the same too
        return type(error).__name__, str(error)


def _questions(theirs: Any) -> Iterator[Callable[[Any], object]]:
    """Yield what both tokenizers are asked."""
    added = {token: what.content for token, what in theirs.added_tokens_decoder.items()}
    some = [*list(added.values())[:64], *theirs.special_tokens_map.values()]
    yield lambda t: (t.bos_token, t.bos_token_id, t.eos_token, t.eos_token_id)
    yield lambda t: (len(t), t.all_special_ids)
    yield lambda t: {token: what.content for token, what in t.added_tokens_decoder.items()}
    yield lambda t: t.convert_ids_to_tokens(range(min(len(t), 400)))
    for token in ("a", "Ġthe", "▁the", "<0x0A>", "no such token at all", *some):
        yield partial(_token, token)
    for text in (*_TEXTS, *(f"before {token}after" for token in some)):
        yield partial(_read, text)
    for chat in _CHATS if theirs.chat_template else ():
        yield partial(_chat, chat)


def _token(token: str, tokenizer: Any) -> object:
    number = tokenizer.convert_tokens_to_ids(token)
    return number, None if number is None else tokenizer.convert_ids_to_tokens(number)


def _read(text: str, tokenizer: Any) -> object:
    found = tokenizer(text, return_offsets_mapping=True)
    ids = list(found["input_ids"])
    texts = [tokenizer.decode(part) for part in (ids, *([token] for token in ids))]
    return ids, found["offset_mapping"], texts, tokenizer.encode(text, add_special_tokens=False)


def _chat(chat: Sequence[tuple[str, str]], tokenizer: Any) -> object:
    turns = [{"role": role, "content": content} for role, content in chat]
    laid_out = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
    return list(laid_out["input_ids"])
