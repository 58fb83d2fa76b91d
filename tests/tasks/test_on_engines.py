"""Tasks on the program's own engines, over tiny models with random weights and a script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assistant.core.errors import TaskNotPossible
from assistant.core.jobs import EngineSpec
from assistant.core.requests import GREEDY, Event, Finish, Loading, Reading, Writing
from assistant.core.tasks import (
    Ask,
    Continue,
    Form,
    LoadModel,
    Outcome,
    Rewrite,
    RewriteStyle,
    Summarize,
    Task,
    Translate,
)
from assistant.engines.pool import EnginePool
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.models.scripted import describe_scripted
from assistant.tasks.run import run
from tests.engines import tiny_models
from tests.tasks.desks import BRIDGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUGH = Ability(Verdict.ROUGH)
ABLE = dict.fromkeys(
    ("continue", "summarize", "ask", "translate", "rewrite", "rewrite.proofread"), ROUGH
)

EDITOR = {"rewrite.proofread": Ability(Verdict.GOOD, prompt="editor")}
_ABILITIES = {"able": ABLE, "editor": EDITOR}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[EnginePool]:
    builders = {**tiny_models.CAUSAL, **tiny_models.SEQ2SEQ}

    def resolve(reference: str, kind: str | None) -> ModelDescription:
        if reference == "scripted":
            return describe_scripted(reference, kind)
        name, _, able = reference.partition("+")
        path = folder / name
        if not path.exists():
            builders[name](path)
        described = tiny_models.describe(path, name, reference=reference)
        return replace(described, abilities=_ABILITIES[able]) if able else described

    made = EnginePool(max_loaded=2, resolve=resolve)
    yield made
    made.unload_all()


@pytest.fixture
def carry_out(pool: EnginePool) -> Any:
    """Return a function that runs a task on a model, and gives what was emitted too."""

    def on(task: Task, model: str) -> tuple[Outcome, list[Event]]:
        events: list[Event] = []
        spec = EngineSpec(model, device="cpu", precision="float32", threads=1)
        return run(task, spec, pool, events.append, lambda: False), events

    return on


def streamed(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Writing))


def test_greedy_and_with_tokens_alone_as_limit_it_equals_generate(
    carry_out: Any, folder: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    outcome, events = carry_out(
        Continue("Once upon a time \n", max_tokens=46, sampling=GREEDY), "gpt2"
    )
    tokenizer = AutoTokenizer.from_pretrained(folder / "gpt2")
    model = AutoModelForCausalLM.from_pretrained(folder / "gpt2")
    ids = tokenizer("Once upon a time \n", return_tensors="pt").input_ids
    with torch.inference_mode():
        expected = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=46, do_sample=False
        )[0, ids.shape[1] :].tolist()
    assert list(outcome.completions[0].ids) == expected
    assert outcome.text == streamed(events) == outcome.completions[0].text


def test_a_text_longer_than_the_context_is_gone_on_with(carry_out: Any) -> None:
    outcome, events = carry_out(Continue("It rained. " * 2000, words=5), "gpt2")
    assert outcome.completions[0].prompt_tokens > 0
    assert {type(event) for event in events} >= {Reading, Writing}


@pytest.mark.parametrize(
    "task",
    [
        Continue("It rained.", words=5),
        Summarize("It rained. It snowed.", Form.MODEL, sentences=1, max_tokens=8),
        Ask("It rained in the old town.", "Where did it rain?", Form.MODEL, max_tokens=8),
        Rewrite("It was raining here.", RewriteStyle.FRIENDLY, max_tokens=8),
        Rewrite("It were raining here."),
    ],
)
def test_every_task_runs_on_a_chat_model(carry_out: Any, task: Task) -> None:
    outcome, _ = carry_out(task, "llama+able")
    assert outcome.completions
    assert isinstance(outcome.text, str)


def test_what_a_random_editor_says_is_no_correction(carry_out: Any) -> None:
    """Only what the rules find is mended."""
    outcome, _ = carry_out(Rewrite("It was raining here. He should of come."), "llama+editor")
    assert len(outcome.completions) == 2
    assert outcome.text in (
        "It was raining here. He should have come.",
        "It was raining here. He should of come.",
    )


@pytest.mark.parametrize("model", ["t5+able", "m2m100+able"])
def test_an_encoder_decoder_translates(carry_out: Any, model: str) -> None:
    outcome, events = carry_out(Translate("a cat. a dog.", target="fr", source="en"), model)
    assert len(outcome.completions) == 2
    assert outcome.draft
    assert streamed(events) == outcome.text


def test_a_tiny_model_is_not_asked_what_it_cannot_do(carry_out: Any) -> None:
    with pytest.raises(TaskNotPossible, match="Tiny gpt2"):
        carry_out(Rewrite("It was raining here.", RewriteStyle.FRIENDLY), "gpt2")
    outcome, events = carry_out(Ask(BRIDGE, "How much will the repair cost?"), "llama")
    assert "nine million euros" in outcome.text
    assert events == []


def test_the_script_goes_on_and_proofreads(carry_out: Any) -> None:
    outcome, events = carry_out(Continue("Anna looked up. ", words=20), "scripted")
    assert outcome.text == streamed(events)
    assert outcome.text[0].isalnum() or outcome.text[0] == "“"
    assert outcome.text[-1] in ".”"
    assert outcome.completions[0].finish is Finish.STOP
    versions, _ = carry_out(
        Continue("Anna looked up.", versions=3, sampling=replace(GREEDY, temperature=1.0, seed=1)),
        "scripted",
    )
    assert len(versions.versions) == 3


def test_loading_loads(carry_out: Any, pool: EnginePool) -> None:
    _, events = carry_out(LoadModel(), "qwen2")
    assert any(isinstance(event, Loading) for event in events)
    assert pool.loaded()[-1].model.kind is Kind.BASE
