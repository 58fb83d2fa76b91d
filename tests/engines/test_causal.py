"""What a causal engine does with a request: events, ends, limits, prompts, failures."""

from __future__ import annotations

import functools
import json
import shutil
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from assistant.core.errors import EngineError, NotEnoughMemory, PromptTooLong, UsageError
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    ChatMessage,
    ChatPrompt,
    Event,
    Finish,
    PlainPrompt,
    Reading,
    Request,
    Sampling,
    Seq2SeqPrompt,
    Writing,
)
from assistant.engines.base import Engine, Scorer
from assistant.engines.causal import CausalEngine
from assistant.engines.prefixes import PrefixPool
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.core.requests import Completion

    Causal = Callable[[str], CausalEngine]


def _write(engine: CausalEngine, prompt: str, count: int, **settings: Any) -> Completion:
    request = Request(PlainPrompt(prompt), count, **settings)
    return engine.generate(request, lambda _: None, lambda: False)


def _loaded(folder: Path, name: str, **overrides: Any) -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision="float32", threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name, **overrides), spec)
    engine.load(lambda _: None, lambda: False)
    return engine


def test_the_engine_keeps_its_contract(causal: Causal) -> None:
    engine: Engine = causal("gpt2")
    assert isinstance(engine, Scorer)
    assert engine.device == "cpu"
    assert engine.context_length == 1024


def test_the_prompt_is_reported_and_then_the_text(causal: Causal) -> None:
    events: list[Event] = []
    completion = causal("llama").generate(
        Request(PlainPrompt("a" * 600), 12), events.append, lambda: False
    )
    reading = [event for event in events if isinstance(event, Reading)]
    writing = [event for event in events if isinstance(event, Writing)]
    assert events == [*reading, *writing]
    done = [event.done for event in reading]
    assert (done[0], done[-1]) == (0, 600)
    assert len(done) > 2
    assert done == sorted(set(done))
    assert {event.total for event in reading} == {600}
    assert "".join(event.text for event in writing) == completion.text
    assert [event.tokens for event in writing] == sorted(event.tokens for event in writing)
    assert completion.prompt_tokens == 600
    assert 0 < completion.seconds_first <= completion.seconds_total


def test_a_prompt_can_be_stopped_before_every_layer_of_every_slice(
    causal: Causal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written then, and the next text is none the worse."""
    engine = causal("llama")
    whole = _write(engine, "a" * 900, 5)
    layers, slices = len(engine._network.layers), 2
    monkeypatch.setattr(engine, "_network", replace(engine._network, slice_length=512))
    # Every prompt is read from its beginning.
    monkeypatch.setattr(engine, "_prefixes", PrefixPool(engine._network, most=0))
    for most in range(slices * (1 + layers)):
        asked = 0

        def should_stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        request = Request(PlainPrompt("a" * 900), 5)
        completion = engine.generate(request, lambda _: None, should_stop)
        assert completion.finish is Finish.CANCELLED
        assert (completion.text, completion.ids) == ("", ())
        assert asked == most + 1
    assert _write(engine, "a" * 900, 5).ids == whole.ids


def test_stopped_while_writing_the_text_so_far_stays(causal: Causal) -> None:
    engine = causal("llama")
    events: list[Event] = []
    completion = engine.generate(
        Request(PlainPrompt("Once upon"), 50),
        events.append,
        lambda: sum(isinstance(event, Writing) for event in events) >= 5,
    )
    whole = _write(engine, "Once upon", 50)
    assert completion.finish is Finish.CANCELLED
    assert 5 <= len(completion.ids) < 50
    assert whole.ids[: len(completion.ids)] == completion.ids
    assert "".join(e.text for e in events if isinstance(e, Writing)) == completion.text


def test_a_text_ends_at_a_stop_string_which_is_not_part_of_it(causal: Causal) -> None:
    engine = causal("llama")
    whole = _write(engine, "Once upon", 40).text
    for start in range(3, 30, 4):
        stop = whole[start : start + 2]
        events: list[Event] = []
        completion = engine.generate(
            Request(PlainPrompt("Once upon"), 40, stop=(stop, "never written")),
            events.append,
            lambda: False,
        )
        first = len(whole) - len(whole.lstrip()) + 1
        assert completion.text == whole[: whole.find(stop, first)]
        assert completion.finish is Finish.STOP
        assert "".join(e.text for e in events if isinstance(e, Writing)) == completion.text


@pytest.mark.parametrize("where", ["generation_config.json", "config.json"])
def test_every_token_that_a_configuration_calls_an_end_ends_the_text(
    where: str, causal: Causal, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    whole = _write(causal("llama"), "Once upon", 30)
    last = whole.ids[9]
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    settings = json.loads((folder / where).read_text("utf-8"))
    settings["eos_token_id"] = [tiny_models.EOS_ID, last]
    (folder / where).write_text(json.dumps(settings), "utf-8")
    completion = _write(_loaded(folder, "llama"), "Once upon", 30)
    assert completion.finish is Finish.END
    assert completion.ids == whole.ids[: whole.ids.index(last) + 1]
    assert completion.text == _write(causal("llama"), "Once upon", whole.ids.index(last)).text


def test_tokens_that_the_model_forbids_are_not_written(
    causal: Causal, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """As `generate` has it, for one beam and for several."""
    banned = sorted(set(_write(causal("gemma3"), "Once upon", 30).ids))
    folder = shutil.copytree(tiny_folder("gemma3"), tmp_path / "model")
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text("utf-8")) | {"suppress_tokens": banned}
    path.write_text(json.dumps(settings), "utf-8")
    engine = _loaded(folder, "gemma3")
    model, ids = engine._ready().model, engine._ready().tokenizer("Once upon", return_tensors="pt")
    for beams in (1, 3):
        completion = _write(engine, "Once upon", 30, beams=beams)
        expected = model.generate(**ids, do_sample=False, num_beams=beams, max_new_tokens=30)
        assert list(completion.ids) == expected[0, ids.input_ids.shape[1] :].tolist()
        assert not set(banned) & set(completion.ids)


def test_a_prompt_that_does_not_fit_is_refused_before_it_is_read(causal: Causal) -> None:
    events: list[Event] = []
    with pytest.raises(PromptTooLong) as caught:
        causal("gpt2").generate(Request(PlainPrompt("a" * 1030), 10), events.append, lambda: False)
    assert (caught.value.tokens, caught.value.limit) == (1030, 1023)
    assert "7" in str(caught.value)
    assert events == []


def test_a_text_ends_where_the_context_does(causal: Causal) -> None:
    completion = _write(causal("gpt2"), "a" * 1020, 50)
    assert completion.finish is Finish.LENGTH
    assert len(completion.ids) == 4


def test_nothing_is_written_when_nothing_is_asked_for(causal: Causal) -> None:
    completion = _write(causal("gpt2"), "Once", 0)
    assert (completion.text, completion.ids, completion.finish) == ("", (), Finish.LENGTH)


def test_an_empty_text_begins_with_the_start_token(causal: Causal) -> None:
    engine = causal("gpt2")
    completion = _write(engine, "", 10)
    expected = engine._ready().model.generate(
        torch.tensor([[tiny_models.BOS_ID]]), do_sample=False, max_new_tokens=10
    )
    assert list(completion.ids) == expected[0, 1:].tolist()


def test_a_model_gets_its_own_start_token(causal: Causal) -> None:
    assert causal("gemma3").count_tokens(PlainPrompt("abc")) == 4
    assert causal("gpt2").count_tokens(PlainPrompt("abc")) == 3


def test_a_chat_is_laid_out_by_the_models_template(causal: Causal) -> None:
    engine = causal("llama")
    chat = ChatPrompt((ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")))
    laid_out = "<|system|>\nBe brief.\n<|user|>\nHello\n<|assistant|>\n"
    assert engine.count_tokens(chat) == len(laid_out)
    answer = engine.generate(Request(chat, 20), lambda _: None, lambda: False)
    assert answer.ids == _write(engine, laid_out, 20).ids


def test_a_template_without_system_messages_gets_the_rules_in_the_first_turn(
    causal: Causal,
) -> None:
    engine = causal("llama")
    tokenizer = engine._ready().tokenizer
    former = tokenizer.chat_template
    refusal = (
        "{% if messages[0]['role'] == 'system' %}"
        "{{ raise_exception('no system message') }}{% endif %}"
    )
    tokenizer.chat_template = refusal + former
    try:
        chat = ChatPrompt((ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")))
        merged = "<|user|>\nBe brief.\n\nHello\n<|assistant|>\n"
        assert engine.count_tokens(chat) == len(merged)
    finally:
        tokenizer.chat_template = former


def test_a_model_without_a_template_cannot_chat(causal: Causal) -> None:
    with pytest.raises(UsageError):
        causal("gpt2").count_tokens(ChatPrompt((ChatMessage("user", "Hello"),)))


def test_a_causal_model_takes_no_source_text(causal: Causal) -> None:
    with pytest.raises(UsageError):
        causal("gpt2").count_tokens(Seq2SeqPrompt("Hello", "en", "fr"))


def test_a_seed_makes_a_text_come_again_and_none_makes_it_differ(causal: Causal) -> None:
    engine = causal("llama")
    drawn = Sampling(temperature=20, top_p=1)
    seeded = Sampling(temperature=1.5, top_p=1, seed=5)
    assert (
        _write(engine, "Once", 30, sampling=seeded).ids
        == _write(engine, "Once", 30, sampling=seeded).ids
    )
    assert len({_write(engine, "Once", 30, sampling=drawn).ids for _ in range(3)}) == 3


def test_the_mean_log_probability_is_the_models_own(causal: Causal) -> None:
    """Before temperature and penalties."""
    engine = causal("qwen2")
    sampling = Sampling(temperature=1.4, top_k=30, repetition_penalty=1.5, seed=1)
    completion = _write(engine, "Once upon", 25, sampling=sampling)
    loaded = engine._ready()
    prompt = loaded.tokenizer("Once upon").input_ids
    ids = torch.tensor([[*prompt, *completion.ids]])
    with torch.inference_mode():
        logs = loaded.model(ids).logits[0].log_softmax(-1)
    scores = [float(logs[len(prompt) + i - 1, token]) for i, token in enumerate(completion.ids)]
    assert completion.mean_log_probability == pytest.approx(sum(scores) / len(scores), abs=1e-4)


def test_every_beam_ends_at_a_stop_string(causal: Causal) -> None:
    """The search compares texts that end there, not texts that went on behind it."""
    engine = causal("mistral")
    found = 0
    for prompt in ("Once", "The end", "No, he", "In the", "A line", "We saw"):
        free = _write(engine, prompt, 30, beams=4)
        stop = free.text.strip()[6:7]
        events: list[Event] = []
        completion = engine.generate(
            Request(PlainPrompt(prompt), 30, stop=(stop,), beams=4), events.append, lambda: False
        )
        if completion.finish is Finish.STOP:
            found += 1
            assert stop not in completion.text.lstrip()[1:]
            # Nothing was written behind the stop string.
            decode = engine._ready().vocabulary.decode
            assert stop not in decode(completion.ids[:-1]).lstrip()[1:]
        assert "".join(e.text for e in events if isinstance(e, Writing)) == completion.text
    assert found


def test_beam_search_stops_within_the_prompt_and_within_the_text(causal: Causal) -> None:
    engine = causal("llama")
    for most in (1, 4):
        asked = 0

        def should_stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        request = Request(PlainPrompt("a" * 500), 30, beams=4)
        completion = engine.generate(request, lambda _: None, should_stop)
        assert completion.finish is Finish.CANCELLED
        assert len(completion.ids) < 30


def test_out_of_memory_is_told_and_what_was_written_stays(
    causal: Causal, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = causal("llama")
    events: list[Event] = []
    forward = type(engine._ready().model).forward

    @functools.wraps(forward)
    def failing(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(events) > 5:
            raise torch.OutOfMemoryError("full")
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(type(engine._ready().model), "forward", failing)
    with pytest.raises(NotEnoughMemory):
        engine.generate(Request(PlainPrompt("Once"), 30), events.append, lambda: False)
    assert any(isinstance(event, Writing) for event in events)


def test_a_failure_of_the_model_is_an_engine_error(
    causal: Causal, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = causal("llama")

    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(type(engine._ready().model), "forward", failing)
    with pytest.raises(EngineError, match="shapes do not fit"):
        engine.generate(Request(PlainPrompt("Once"), 30), lambda _: None, lambda: False)


def test_an_engine_that_is_not_loaded_says_so_and_can_be_loaded_again(
    tiny_folder: Callable[[str], Path],
) -> None:
    engine = _loaded(tiny_folder("gpt2"), "gpt2")
    before = _write(engine, "Once upon", 10)
    engine.unload()
    with pytest.raises(EngineError):
        _write(engine, "Once upon", 10)
    engine.load(lambda _: None, lambda: False)
    assert _write(engine, "Once upon", 10).ids == before.ids


def test_unloading_leaves_nothing_in_memory(tiny_folder: Callable[[str], Path]) -> None:
    engine = _loaded(tiny_folder("gpt2"), "gpt2")
    _write(engine, "Once upon", 5)
    weights = weakref.ref(engine._ready().model)
    engine.unload()
    assert weights() is None
