"""What a model costs: how fast it reads and writes, and the memory it takes.

Scores: `tokens_per_second` (writing), `prompt_tokens_per_second` (reading), `memory` (of the whole
program after that, in megabytes), `parameters`. Nothing to set beside them: what needs no model
takes none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.bench.judging.subject import Scores
from assistant.core.requests import GREEDY, PlainPrompt, Request, Seq2SeqPrompt
from assistant.models.description import Kind

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Bench
    from assistant.core.requests import Completion, Prompt
    from assistant.engines.base import Engine

NAME = "efficiency"
_TEXT = (
    "It was a bright morning when the two children went down to the harbour to look for their "
    "uncle's boat. The wind had turned in the night, and the fishermen were late. "
)
_MEGABYTE = 1_000_000
_FIRST_TEXT = "A letter came. " + _TEXT
_NEW_TOKENS = 64
_PROMPT_TOKENS = 256


def judge(bench: Bench) -> Scores:
    """Return how fast the model is and what memory it takes."""
    bench.report(NAME, 0, 1)
    engine = bench.engine()
    # The first text pays for what is prepared once; it begins otherwise, as what an engine has
    # read lately it does not read again.
    _write(engine, _FIRST_TEXT, 4, bench)
    completion = _write(engine, _prompt(engine), _NEW_TOKENS, bench)
    scores = {"memory": _memory(engine) / _MEGABYTE, "parameters": engine.model.parameters}
    writing = completion.seconds_total - completion.seconds_first
    if completion.seconds_first > 0:
        scores["prompt_tokens_per_second"] = completion.prompt_tokens / completion.seconds_first
    if len(completion.ids) > 1 and writing > 0:
        scores["tokens_per_second"] = (len(completion.ids) - 1) / writing
    bench.report(NAME, 1, 1)
    return scores


def _prompt(engine: Engine) -> str:
    room = min(_PROMPT_TOKENS, engine.context_length - _NEW_TOKENS)
    times = max(1, room // max(1, engine.count_tokens(_asked(engine, _TEXT))))
    return _TEXT * times


def _write(engine: Engine, text: str, tokens: int, bench: Bench) -> Completion:
    request = Request(_asked(engine, text.strip()), tokens, GREEDY)
    return engine.generate(request, lambda _event: None, bench.should_stop)


def _asked(engine: Engine, text: str) -> Prompt:
    return Seq2SeqPrompt(text) if engine.model.kind is Kind.SEQ2SEQ else PlainPrompt(text)


def _memory(engine: Engine) -> int:
    """Return what the program takes of the memory that its model is in, in bytes."""
    if engine.device.startswith("cuda"):
        import torch

        return torch.cuda.memory_allocated()
    import psutil

    return int(psutil.Process().memory_info().rss)
