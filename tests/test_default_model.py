"""The default model itself, end to end: what a person gets in the first minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant import cli
from assistant.core.jobs import EngineSpec
from assistant.core.requests import PlainPrompt, Request
from assistant.engines.pool import EnginePool
from tests.real_models import ensure_default_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(600)]

BRIDGE = (
    "The city council voted on Tuesday to close the old bridge over the river for repairs that "
    "will last until spring. Engineers found cracks in two of the four pillars last month after "
    "heavy floods. The mayor said that a ferry will carry people on foot, free of charge, every "
    "fifteen minutes, while cars must drive to the northern bridge, six kilometres away. Shop "
    "owners on the eastern bank fear that they will lose customers before Christmas and have "
    "asked for a tax break. The repair will cost nine million euros, of which the state pays two "
    "thirds."
)
PROMPTS = (
    "Once upon a time",
    "The old lighthouse keeper",
    "“Where have you been?” she asked.",
    "It was the year the river froze, and",
    "Chapter One\n\n",
    "Dear Mr. Harding,",
    "The first thing he noticed was",
    "Nobody had told the children that",
    "In the kitchen the clock",
    "3.14159",
    "He opened the letter and read:",
    "A cat, a hat and",
    "The train left at",
    "My grandmother always said that",
    "Snow fell on the",
    "def greet(name):",
    "从前有一个",
    "Il était une fois",
    "There were three reasons:",
    BRIDGE,
)
NEW_TOKENS = 8


@pytest.fixture(scope="module")
def folder() -> Path:
    return ensure_default_model()


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    made = EnginePool()
    yield made
    made.unload_all()


@pytest.fixture
def ask_cli(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a task on the model and gives the JSON that it prints."""

    def run(*words: str) -> dict[str, Any]:
        assert cli.main([*words, "--model", str(folder), "--json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


def test_greedy_equals_generate_on_twenty_prompts(folder: Path, pool: EnginePool) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True)
    spec = EngineSpec(str(folder), precision="stored", device="cpu")
    engine = pool.engine_for(spec, lambda _event: None, lambda: False)
    for prompt in PROMPTS:
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        with torch.inference_mode():
            expected = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
            )[0, ids.shape[1] :].tolist()
        request = Request(PlainPrompt(prompt), max_new_tokens=NEW_TOKENS)
        completion = engine.generate(request, lambda _event: None, lambda: False)
        assert list(completion.ids) == expected, prompt


def test_it_goes_on_with_a_story_in_words(ask_cli: Any) -> None:
    words = ("continue", "The old keeper lit the lamp, and", "--seed", "1")
    answer = ask_cli(*words, "--words", "15")
    assert answer["text"].startswith(" ")
    # Which sentence comes differs with the form that is fastest on a machine.
    assert 2 <= len(answer["text"].split()) <= 30
    assert answer["finish"] == "stop"
    assert ask_cli(*words, "--words", "15")["ids"] == answer["ids"]


def test_both_summaries_name_the_bridge(ask_cli: Any) -> None:
    for form in ("key-sentences", "own-words"):
        answer = ask_cli("summarize", BRIDGE, "--form", form, "--max-tokens", "60")
        assert "bridge" in answer["text"]


def test_a_question_is_answered_or_said_to_be_not_in_the_text(ask_cli: Any) -> None:
    answer = ask_cli("ask", BRIDGE, "--question", "How much will the repair cost?")
    assert answer["found"] is True
    assert "nine million euros" in answer["text"]
    assert ask_cli("ask", BRIDGE, "--question", "Who won the match?")["found"] is False
