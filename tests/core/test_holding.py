"""How a model is held is said in words, with the reason and what was measured."""

from __future__ import annotations

from dataclasses import replace

from assistant.core.holding import Holding, MeasuredForm, explained

EIGHT = MeasuredForm("int8", 8, 4.74, 1733.0)
FOUR = MeasuredForm("int4", 4, 3.77, 785.4)
SIXTEEN = MeasuredForm("prepacked", 16, 9.84, 1697.5)
HELD = Holding("balanced", "int4", "int8", "int8", (EIGHT, FOUR, SIXTEEN))


def test_the_choice_its_reason_and_its_speed_are_told() -> None:
    text = explained(HELD)
    assert "Writes with 4 bits, reads with 8 bits" in text
    assert "made in 4 bits" in text
    assert "3.8 ms" in text
    assert "1,733 tokens" in text


def test_one_form_for_both_is_told_once() -> None:
    assert "Writes and reads with 8 bits" in explained(replace(HELD, writing="int8"))


def test_that_fewer_bits_would_be_faster_is_told_where_they_were_not_taken() -> None:
    assert "faster, but worse" in explained(replace(HELD, writing="int8"))
    slow = replace(FOUR, milliseconds_per_token=6.0)
    text = explained(replace(HELD, writing="int8", measured=(EIGHT, slow, SIXTEEN)))
    assert "worse" not in text


def test_no_loss_is_denied_where_speed_is_all_that_counts() -> None:
    assert "lost" not in explained(replace(HELD, precision="fast"))


def test_before_the_first_use_and_where_it_is_exact_no_speed_is_told() -> None:
    assert "first used" in explained(Holding("balanced"))
    exact = explained(Holding("exact", "float32", "float32", "float32"))
    assert "32 bits" in exact
    assert " ms" not in exact
