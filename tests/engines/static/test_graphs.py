"""When a step is recorded and played, and that the plain one stays where that fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import torch
import transformers as hf

from assistant.engines.reading import network_of
from assistant.engines.static import cache
from assistant.engines.static.graphs import CudaRecorder, agree
from assistant.engines.static.reading import StaticNetwork, network_for, static_network
from tests.engines.static.tape import TapeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.engines.reading import CausalNetwork, Reader
    from assistant.engines.static.graphs import Play, Recorder

IDS = torch.arange(4, 34)[None]
TOKEN = torch.tensor([[77]])


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(autouse=True)
def small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_SMALLEST", 16)


@pytest.fixture(scope="module")
def plain(tiny_folder: Callable[[str], Path]) -> CausalNetwork:
    return network_of(hf.AutoModelForCausalLM.from_pretrained(tiny_folder("llama")).eval())


def network_with(plain: CausalNetwork, recorder: Recorder) -> StaticNetwork:
    found = static_network(plain, recorder)
    assert found is not None
    return found


def after(reader: Reader) -> torch.Tensor:
    """Return the logits after two tokens behind the text."""
    reader.step(IDS)
    reader.step(TOKEN)
    return reader.step(TOKEN)


class Counting:
    """Records by calling the step again, and counts both."""

    def __init__(self) -> None:
        self.recorded = self.played = 0

    def record(self, step: Play) -> Play:
        self.recorded += 1

        def play() -> torch.Tensor:
            self.played += 1
            return step()

        return play


class Failing(Counting):
    """Cannot record, as where an operation waits for the processor."""

    def record(self, step: Play) -> Play:
        self.recorded += 1
        step()
        raise RuntimeError("operation not permitted when stream is capturing\nmore of it")


class Frozen(Counting):
    """Plays what was found while it recorded, as if the tokens had not been read."""

    def record(self, step: Play) -> Play:
        self.recorded += 1
        found = step()
        return lambda: found


class Forgetting(Counting):
    """Plays with the right logits, but what it writes into the cache is lost."""

    def record(self, step: Play) -> Play:
        self.recorded += 1
        layer = cache._static_layer()
        update = layer.update  # type: ignore[attr-defined]

        def lost(self: Any, *args: Any, **options: Any) -> Any:
            kept = self.keys.clone(), self.values.clone()
            found = [tensor.clone() for tensor in update(self, *args, **options)]
            self.keys.copy_(kept[0])
            self.values.copy_(kept[1])
            return found

        def play() -> torch.Tensor:
            with patch.object(layer, "update", lost):
                return step()

        return play


def test_a_step_is_recorded_once_for_every_size(plain: CausalNetwork) -> None:
    recorder = Counting()
    network = network_with(plain, recorder)
    for room in (32, 31, 20, 60, 33, 32):
        after(network.reader(room))
    assert recorder.recorded == 2


def test_few_sizes_keep_a_recording(plain: CausalNetwork) -> None:
    """The one used longest ago goes first."""
    recorder = Counting()
    network = network_with(plain, recorder)
    for room in (32, 64, 128, 32, 256):
        after(network.reader(room))
    assert recorder.recorded == 4
    after(network.reader(32))
    assert recorder.recorded == 4
    after(network.reader(64))
    assert recorder.recorded == 5


def test_only_single_tokens_of_one_text_are_played(plain: CausalNetwork) -> None:
    recorder = Counting()
    network = network_with(plain, recorder)
    reader = network.reader(60)
    reader.step(IDS[:, :1])
    reader.step(IDS)
    reader.all_logits(TOKEN)
    reader.branch(2).step(TOKEN.repeat(2, 1))
    reader.read(IDS, lambda: False, lambda _done: None)
    assert recorder.recorded == 0
    reader.step(TOKEN)
    assert recorder.recorded == 1


def test_what_was_found_stays_when_the_next_token_is_read(plain: CausalNetwork) -> None:
    reader = network_with(plain, TapeRecorder()).reader(60)
    first = after(reader)
    kept = first.clone()
    reader.step(IDS[:, :1])
    assert torch.equal(first, kept)


@pytest.mark.parametrize("kind", [Failing, Frozen, Forgetting])
def test_the_plain_step_stays_where_recording_fails(
    kind: type[Counting], plain: CausalNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried once and told once, without a word of the text."""
    recorder = kind()
    network = network_with(plain, recorder)
    expected = after(plain.reader(60))
    for room in (60, 60, 32):
        torch.testing.assert_close(after(network.reader(room)), expected, rtol=1e-3, atol=1e-3)
    assert recorder.recorded == 1
    assert len(caplog.records) == 1
    assert "could not be recorded" in caplog.text
    assert "more of it" not in caplog.text


def test_a_tape_refuses_what_a_graph_refuses() -> None:
    """The stand-in is as strict: numbers that Python takes are not played anew."""
    place, values = torch.zeros((), dtype=torch.long), torch.zeros(4)

    def asking() -> torch.Tensor:
        return values[int(place)]

    with pytest.raises(RuntimeError, match="number was asked for"):
        TapeRecorder().record(asking)

    def steady() -> torch.Tensor:
        values.index_add_(0, place[None], torch.ones(1))
        return values * 2

    play = TapeRecorder().record(steady)
    before = values.clone()
    place.fill_(3)
    assert play().tolist() == ((before + torch.tensor([0, 0, 0, 1])) * 2).tolist()


def test_numbers_that_are_none_never_agree() -> None:
    fine = torch.tensor([[1.0, -2.0]])
    assert agree(fine * 1.01, fine)
    assert not agree(fine + 0.5, fine)
    assert not agree(fine * float("nan"), fine)
    assert not agree(fine, fine * float("nan"))


on_a_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@on_a_card
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["llama", "qwen2", "gemma3", "gpt2"])
def test_a_graph_writes_what_the_plain_step_writes(
    name: str, dtype: str, tiny_folder: Callable[[str], Path]
) -> None:
    """On the card: recorded, not given up, and the same tokens in a text of 64."""
    model = hf.AutoModelForCausalLM.from_pretrained(tiny_folder(name), dtype=getattr(torch, dtype))
    plain = network_of(model.to("cuda").eval())
    network = network_for(plain)
    assert isinstance(network, StaticNetwork)
    without = network_with(plain, Failing())
    found = []
    for reader in (network.reader(20), without.reader(20)):
        logits = reader.read(IDS.to("cuda"), lambda: False, lambda _done: None)
        assert logits is not None
        found.append(timed(reader, logits))
    (tokens, seconds), (expected, plain_seconds) = found
    print(f"{name} {dtype}: {64 / seconds:.0f} tokens/s, plain {64 / plain_seconds:.0f}")
    assert tokens == expected
    assert len(network.graphs._recordings) == 3


def timed(reader: Reader, logits: torch.Tensor) -> tuple[list[int], float]:
    tokens: list[int] = []
    started = time.perf_counter()
    while len(tokens) < 64:
        tokens.append(int(logits.argmax()))
        logits = reader.step(logits.argmax(dim=-1, keepdim=True))
    return tokens, time.perf_counter() - started


@on_a_card
def test_a_step_that_cannot_be_captured_leaves_the_card_usable() -> None:
    """The stream that was in use is in use again."""
    values, before = torch.arange(3.0, device="cuda"), torch.cuda.current_stream()

    def waiting() -> Any:
        return values[int(values.sum()) % 3]

    with pytest.raises(RuntimeError):
        CudaRecorder(values.device).record(waiting)
    assert torch.cuda.current_stream() == before
    assert (values + 1).tolist() == [1, 2, 3]
