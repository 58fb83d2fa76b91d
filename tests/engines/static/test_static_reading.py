"""A static cache gives what transformers' own gives: in slices, rewound, grown and branched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers as hf

from assistant.engines.prefixes import PrefixPool
from assistant.engines.reading import CausalNetwork, network_of
from assistant.engines.static import cache, reading
from assistant.engines.static.reading import StaticNetwork, static_network
from tests.engines.static.tape import TapeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.engines.reading import Reader

NAMES = ("llama", "qwen2", "qwen3", "gemma3", "mistral", "gpt2")
# Longer than the windows of gemma3 and mistral.
LENGTH = 70


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(autouse=True)
def small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let caches begin so small that they have to grow."""
    monkeypatch.setattr(cache, "_SMALLEST", 16)


@pytest.fixture(scope="module")
def plain(tiny_folder: Callable[[str], Path]) -> Callable[[str], CausalNetwork]:
    networks: dict[str, CausalNetwork] = {}

    def plain_of(name: str) -> CausalNetwork:
        if name not in networks:
            model = hf.AutoModelForCausalLM.from_pretrained(tiny_folder(name))
            networks[name] = network_of(model.eval())
        return networks[name]

    return plain_of


def static_of(network: CausalNetwork) -> StaticNetwork:
    found = static_network(network, TapeRecorder())
    assert found is not None
    return found


def text(length: int = LENGTH, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(4, 250, (1, length), generator=generator)


def read(reader: Reader, ids: torch.Tensor, at_once: int | None = None) -> torch.Tensor:
    logits = reader.read(ids, lambda: False, lambda _done: None, at_once)
    assert logits is not None
    return logits


def same(logits: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)


def written(reader: Reader, logits: torch.Tensor, count: int) -> list[int]:
    """Write so many of the likeliest tokens, one at a step."""
    tokens = []
    for _ in range(count):
        tokens.append(int(logits.argmax()))
        logits = reader.step(torch.tensor([[tokens[-1]]]))
    return tokens


@pytest.mark.parametrize("name", NAMES)
def test_slices_of_every_size_give_the_same_tokens(name: str, plain: Any) -> None:
    recorder, ids = TapeRecorder(), text()
    network = static_network(plain(name), recorder)
    assert network is not None
    reader = plain(name).reader(LENGTH)
    expected = read(reader, ids)
    tokens = written(reader, expected, 20)
    for size in (1, 2, 7, 16, 33, LENGTH):
        reader = network.reader(LENGTH + 20)
        logits = read(reader, ids, size)
        same(logits, expected)
        assert written(reader, logits, 20) == tokens
        assert reader.length == LENGTH + 20
    # Single tokens were played back.
    assert recorder.recorded == 1


@pytest.mark.parametrize("name", NAMES)
def test_room_grows_and_what_was_read_stays(name: str, plain: Any) -> None:
    """By one token, by many at once, and by tokens that are played back."""
    ids = text(120)
    grown = static_of(plain(name)).reader(3)
    for start, end in ((0, 3), (3, 16), (16, 17), (17, 40), (40, 120)):
        logits = grown.step(ids[:, start:end])
        same(logits, plain(name).reader(120).step(ids[:, :end]))
    tokens = written(grown, logits, 60)
    reader = plain(name).reader(120)
    assert tokens == written(reader, read(reader, ids), 60)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cropped_is_forgotten(name: str, plain: Any) -> None:
    """What lies behind is overwritten, past the windows too."""
    ids, other = text(), text(seed=1)
    reader = static_of(plain(name)).reader(LENGTH)
    assert reader.can_crop
    read(reader, ids)
    for length in (60, 33, 8, 1, 0):
        reader.crop(length)
        assert reader.length == length
        mixed = torch.cat([ids[:, :length], other[:, length : length + 30]], dim=1)
        expected = plain(name).reader(LENGTH).all_logits(mixed)[:, length:]
        same(reader.all_logits(mixed[:, length:]), expected)
        reader.crop(length)
        for place in range(length, length + 5):
            same(reader.step(mixed[:, place : place + 1]), expected[:, place - length])
        reader.crop(length)
        read(reader, ids[:, length:])


@pytest.mark.parametrize("name", NAMES)
def test_branches_go_their_own_ways(name: str, plain: Any) -> None:
    ids = text(40)
    reader = static_of(plain(name)).reader(50)
    read(reader, ids[:, :20])
    rows = torch.cat([ids[:, 20:30], ids[:, 30:40]])
    branches = reader.branch(2)
    expected = plain(name).reader(50)
    read(expected, ids[:, :20])
    expected_branches = expected.branch(2)
    same(branches.step(rows[:, :5]), expected_branches.step(rows[:, :5]))
    same(branches.step(rows[:, 5:6]), expected_branches.step(rows[:, 5:6]))
    same(branches.all_logits(rows[:, 6:]), expected_branches.all_logits(rows[:, 6:]))
    same(
        branches.branch(2).step(rows.repeat_interleave(2, 0)[:, :1])[::2],
        branches.step(rows[:, :1]),
    )
    # The trunk has read none of it.
    assert reader.length == 20
    same(reader.step(ids[:, 20:21]), expected.step(ids[:, 20:21]))


def test_a_branch_of_nothing_has_rows_too(plain: Any) -> None:
    rows = text(20).view(2, 10)
    branches = static_of(plain("llama")).reader(10).branch(2)
    same(branches.step(rows), plain("llama").reader(10).branch(2).step(rows))


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_readers_that_write_in_turn_do_not_disturb_each_other(name: str, plain: Any) -> None:
    """They share the tensors of one recorded step."""
    recorder = TapeRecorder()
    network = static_network(plain(name), recorder)
    assert network is not None
    texts = [text(20 + seed, seed) for seed in range(3)]
    readers = [network.reader(60) for _ in texts]
    alone = [plain(name).reader(60) for _ in texts]
    for reader, other, ids in zip(readers, alone, texts, strict=True):
        same(read(reader, ids), read(other, ids))
    for number in range(30):
        which = (0, 1, 1, 2, 0, 2)[number % 6]
        ids = text(1, seed=100 + number)
        if number == 13:
            kept = readers[0].branch(1), alone[0].branch(1)
        same(readers[which].step(ids), alone[which].step(ids))
    same(kept[0].step(ids), kept[1].step(ids))
    assert recorder.recorded == 1


@pytest.mark.parametrize("name", ["gemma3", "gpt2"])
def test_a_pool_lends_beginnings(name: str, plain: Any) -> None:
    pool = PrefixPool(static_of(plain(name)))
    ids = text(200)[0].tolist()
    reader = pool.borrow(ids, 210)
    read(reader, torch.tensor([ids]))
    pool.give_back(reader, ids)
    other = [*ids[:100], *text(20, seed=1)[0].tolist()]
    reader = pool.borrow(other, 130)
    assert reader.length == 100
    same(
        read(reader, torch.tensor([other[100:]])),
        read(plain(name).reader(130), torch.tensor([other])),
    )


def test_a_prompt_can_be_stopped_before_every_layer(plain: Any) -> None:
    network, ids = static_of(plain("llama")), text()
    expected = read(plain("llama").reader(LENGTH), ids)
    # Two slices of many tokens, and one of the last.
    for most in range(2 * (1 + len(plain("llama").layers)) + 1):
        asked = 0

        def should_stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        reader = network.reader(LENGTH)
        assert reader.read(ids[:, :61], should_stop, lambda _done: None, 30) is None
        assert asked == most + 1
        assert reader.length == min(most // 3, 2) * 30
        reader.crop(reader.length)
        assert reader.whole
        same(read(reader, ids[:, reader.length :]), expected)


def test_a_cache_tells_what_it_takes(plain: Any) -> None:
    """Two layers of keys and of values for two heads of width 8, in float32."""
    reader = static_of(plain("llama")).reader(20)
    assert reader.bytes == 0
    read(reader, text(20))
    assert reader.bytes == 2 * 2 * 2 * 32 * 8 * 4


def test_a_model_with_states_keeps_its_own_cache() -> None:
    config = hf.Lfm2Config(
        vocab_size=64,
        hidden_size=32,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_hidden_layers=2,
        layer_types=["conv", "full_attention"],
        block_ff_dim=64,
    )
    network = network_of(hf.AutoModelForCausalLM.from_config(config).eval())
    assert static_network(network, TapeRecorder()) is None


def test_a_model_that_gives_other_logits_keeps_its_own_cache(
    plain: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where a model makes its masks itself and sees the room that is not filled yet."""
    monkeypatch.setattr(cache._static_layer(), "is_compileable", False)
    assert static_network(plain("llama"), TapeRecorder()) is None
    assert "other logits" in caplog.text


def test_a_model_that_fails_with_a_static_cache_keeps_its_own(
    plain: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise TypeError("unexpected")

    monkeypatch.setattr(cache._static_layer(), "update", failing)
    assert static_network(plain("llama"), TapeRecorder()) is None
    assert "TypeError" in caplog.text


def test_a_processor_keeps_the_cache_that_grows(plain: Any) -> None:
    assert reading.network_for(plain("llama")) is plain("llama")
