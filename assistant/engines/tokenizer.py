"""A tokenizer that needs no transformers: what the engines use of its tokenizers, and no more.

The work is done by `tokenizers`; names and special tokens are what transformers said of the model
when it was packed (`assistant.engines.packed.facts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.engines.chat_layout import lay_out

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The special tokens of a model: `names` as templates use them, and the numbers of all."""

    names: Mapping[str, str]
    ids: tuple[int, ...]


class Tokenizer:
    """Makes tokens of text and text of tokens, with the names that transformers has for it all."""

    def __init__(self, file: Path, special: SpecialTokens, chat_template: str | None) -> None:
        from tokenizers import Tokenizer as Backend

        self.backend_tokenizer: Any = Backend.from_file(str(file))
        self.backend_tokenizer.no_truncation()
        self.backend_tokenizer.no_padding()
        self.chat_template = chat_template
        self.all_special_ids = list(special.ids)
        self._special = special

    def __len__(self) -> int:
        return int(self.backend_tokenizer.get_vocab_size(with_added_tokens=True))

    def __call__(self, text: str, *, return_offsets_mapping: bool = False) -> dict[str, list[Any]]:
        """Return the tokens of `text`, with those that a model adds to every text."""
        encoding = self.backend_tokenizer.encode(text)
        found = {"input_ids": encoding.ids}
        return found | {"offset_mapping": encoding.offsets} if return_offsets_mapping else found

    @property
    def bos_token(self) -> str | None:
        """The token that begins a text."""
        return self._special.names.get("bos_token")

    @property
    def bos_token_id(self) -> int | None:
        """The number of the token that begins a text."""
        return self._number("bos_token")

    @property
    def eos_token(self) -> str | None:
        """The token that ends a text."""
        return self._special.names.get("eos_token")

    @property
    def eos_token_id(self) -> int | None:
        """The number of the token that ends a text."""
        return self._number("eos_token")

    @property
    def added_tokens_decoder(self) -> Mapping[int, Any]:
        """The tokens that were added to the vocabulary, by their numbers."""
        found: Mapping[int, Any] = self.backend_tokenizer.get_added_tokens_decoder()
        return found

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """Return the tokens of `text`."""
        encoding = self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens)
        return list(encoding.ids)

    def decode(
        self,
        ids: Iterable[int],
        *,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool = False,  # noqa: ARG002 - as transformers' has it
    ) -> str:
        """Return the text of `ids`, its spaces never tidied."""
        text: str = self.backend_tokenizer.decode(
            list(ids), skip_special_tokens=skip_special_tokens
        )
        return text

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """Return the number of `token`, that of the unknown one where there is no such token."""
        found: int | None = self.backend_tokenizer.token_to_id(token)
        return self._number("unk_token") if found is None else found

    def convert_ids_to_tokens(self, ids: int | Iterable[int]) -> str | list[str | None] | None:
        """Return the token of a number, or those of several, None where there is none."""
        name = self.backend_tokenizer.id_to_token
        if isinstance(ids, int):
            found: str | None = name(ids)
            return found
        return [name(token) for token in ids]

    def apply_chat_template(
        self, messages: Sequence[Mapping[str, str]], **_: object
    ) -> dict[str, list[int]]:
        """Return the tokens of a chat up to where the answer begins."""
        assert self.chat_template is not None
        text = lay_out(self.chat_template, messages, self._special.names)
        return {"input_ids": self.encode(text, add_special_tokens=False)}

    def _number(self, name: str) -> int | None:
        token = self._special.names.get(name)
        return None if token is None else self.backend_tokenizer.token_to_id(token)
