"""From a prompt to the tokens that a causal model reads."""

from __future__ import annotations

from typing import Any

from assistant.core.errors import PromptTooLong, UsageError
from assistant.core.i18n import tr, trn
from assistant.core.requests import ChatMessage, ChatPrompt, PlainPrompt, Prompt
from assistant.models.description import ModelDescription


def encode(prompt: Prompt, tokenizer: Any, model: ModelDescription) -> list[int]:
    """Return the tokens of `prompt`, with what the model wants before and around it; never none."""
    if isinstance(prompt, PlainPrompt):
        return encode_plain(prompt.text, tokenizer)
    if isinstance(prompt, ChatPrompt):
        return _encode_chat(prompt, tokenizer, model)
    raise UsageError(
        tr(
            "“{model}” goes on with a text; it does not translate one sequence into another. "
            "Set its kind back to the one that was detected.",
            model=model.title,
        )
    )


def encode_plain(text: str, tokenizer: Any) -> list[int]:
    """Return the tokens of plain text, begun with a start token where there would be none."""
    ids = list(tokenizer(text)["input_ids"])
    end = tokenizer.eos_token_id
    if len(ids) > 1 and ids[-1] == end and not text.endswith(tokenizer.eos_token):
        # Some tokenizers close every text; this one is to be gone on with.
        ids.pop()
    if ids:
        return ids
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else end
    if start is None:
        raise UsageError(tr("This model cannot begin with an empty text. Write a few words first."))
    return [start]


def encode_answered(
    prompt: Prompt, answer: str, tokenizer: Any, model: ModelDescription
) -> list[int]:
    """Return the tokens of `prompt` with a whole `answer` behind it, and what ends it."""
    end = tokenizer.eos_token_id
    ids = encode(prompt, tokenizer, model) + tokenizer.encode(answer, add_special_tokens=False)
    return ids if end is None else [*ids, end]


def room_for(
    prompt_tokens: int, max_new_tokens: int, context_length: int, model: ModelDescription
) -> int:
    """Return how many tokens may be written, at most `max_new_tokens`.

    Raises `PromptTooLong` when the context has no room for even one.
    """
    limit = context_length - 1
    if prompt_tokens > limit:
        over = prompt_tokens - limit
        raise PromptTooLong(
            trn(
                "The text is {n} token too long for “{model}”: it takes {tokens} and {limit} fit. "
                "Choose a shorter passage.",
                "The text is {n} tokens too long for “{model}”: it takes {tokens} and {limit} fit. "
                "Choose a shorter passage.",
                over,
                model=model.title,
                tokens=prompt_tokens,
                limit=limit,
            ),
            tokens=prompt_tokens,
            limit=limit,
        )
    return max(0, min(max_new_tokens, context_length - prompt_tokens))


def _encode_chat(prompt: ChatPrompt, tokenizer: Any, model: ModelDescription) -> list[int]:
    from jinja2 import TemplateError

    if not tokenizer.chat_template:
        raise UsageError(
            tr(
                "“{model}” has no chat template, so it cannot be used as a chat model. "
                "Set its kind to “base”.",
                model=model.title,
            )
        )
    try:
        return _lay_out(prompt.messages, tokenizer)
    except TemplateError:
        # Templates like Gemma's refuse a system message; its words then open the first turn.
        return _lay_out(_without_system(prompt.messages), tokenizer)


def _lay_out(messages: tuple[ChatMessage, ...], tokenizer: Any) -> list[int]:
    turns = [{"role": message.role, "content": message.content} for message in messages]
    laid_out = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
    return list(laid_out["input_ids"])


def _without_system(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    rules = "\n".join(message.content for message in messages if message.role == "system")
    turns = [message for message in messages if message.role != "system"]
    if rules and turns:
        turns[0] = ChatMessage(turns[0].role, f"{rules}\n\n{turns[0].content}")
    return tuple(turns)
