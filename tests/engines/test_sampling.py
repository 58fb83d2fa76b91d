"""Drawing: by the odds, and the same again for the same seed."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers as hf

from assistant.core.requests import Sampling
from assistant.engines.sampling import Chooser, processors

_CONFIG = SimpleNamespace(
    min_new_tokens=None, bad_words_ids=None, suppress_tokens=None, begin_suppress_tokens=None
)
_WRITTEN = torch.tensor([[1, 2, 3]])


def _drawn(sampling: Sampling, logits: torch.Tensor, count: int) -> list[int]:
    chooser = Chooser(sampling, _CONFIG, ends=(0,), prompt_length=3, device="cpu")
    return [chooser.choose(_WRITTEN, logits)[0] for _ in range(count)]


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_tokens_are_drawn_by_their_odds(temperature: float) -> None:
    """Those without any are never drawn, be they first, last or in between."""
    odds = torch.tensor([0.0, 0.1, 0.0, 0.55, 0.0, 0.35, 0.0, 0.0])
    count = 8000
    sampling = Sampling(temperature=temperature, top_p=1, repetition_penalty=1, seed=3)
    drawn = _drawn(sampling, odds.log()[None], count)
    shares = torch.tensor(drawn).bincount(minlength=len(odds)) / count
    expected = odds ** (1 / temperature)
    expected /= expected.sum()
    assert torch.equal(shares > 0, odds > 0)
    # Four standard deviations.
    assert bool(((shares - expected).abs() <= 4 * (expected / count).sqrt()).all())


def test_the_share_of_the_likeliest_is_all_that_is_drawn_from() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()[None]
    sampling = Sampling(temperature=1, top_p=0.7, repetition_penalty=1, seed=1)
    assert set(_drawn(sampling, logits, 200)) == {0, 1}


def test_a_seed_repeats_its_draws_and_another_has_others() -> None:
    logits = torch.randn(1, 500, generator=torch.Generator().manual_seed(1))
    first, again, other = (
        _drawn(Sampling(temperature=1, top_p=1, repetition_penalty=1, seed=seed), logits, 20)
        for seed in (7, 7, 8)
    )
    assert first == again
    assert first != other


def test_torchs_own_random_numbers_go_on_as_if_nothing_had_been_drawn() -> None:
    before = torch.random.get_rng_state()
    _drawn(Sampling(seed=4), torch.zeros(1, 50), 5)
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_log_probability_is_that_of_the_model_itself() -> None:
    """Before temperature and penalties."""
    logits = torch.tensor([[0.1, 0.2, 0.4, 0.3]]).log()
    sampling = Sampling(temperature=0.2, top_p=0.5, repetition_penalty=1.4, seed=2)
    chooser = Chooser(sampling, _CONFIG, ends=(0,), prompt_length=3, device="cpu")
    for _ in range(10):
        token, log_probability = chooser.choose(_WRITTEN, logits)
        assert log_probability == pytest.approx(math.log([0.1, 0.2, 0.4, 0.3][token]), abs=1e-5)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0.7, top_p=0.9, repetition_penalty=1.1),
        Sampling(temperature=1.3, top_k=20, top_p=1, repetition_penalty=1.0),
        Sampling(temperature=1.5, top_k=50, top_p=0.8, min_p=0.05, repetition_penalty=1.2),
    ],
)
def test_the_odds_of_a_draw_are_those_of_transformers(sampling: Sampling) -> None:
    """What changes them is the same, and in the same order."""
    logits = 3 * torch.randn(1, 400, generator=torch.Generator().manual_seed(6))
    warpers: list[Any] = [
        hf.RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty),
        hf.TemperatureLogitsWarper(sampling.temperature),
    ]
    if sampling.top_k:
        warpers.append(hf.TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        warpers.append(hf.TopPLogitsWarper(sampling.top_p))
    if sampling.min_p:
        warpers.append(hf.MinPLogitsWarper(sampling.min_p))
    expected = logits
    for process in warpers:
        expected = process(_WRITTEN, expected)
    found = logits
    for process in processors(sampling, _CONFIG, (0,), 3, "cpu"):
        found = process(_WRITTEN, found)
    torch.testing.assert_close(found.softmax(-1), expected.softmax(-1))
