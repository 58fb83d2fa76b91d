"""The states a job passes through."""

from __future__ import annotations

import dataclasses

import pytest

from assistant.core.jobs import EngineSpec, Job, JobState
from assistant.core.tasks import Continue


def test_exactly_the_ends_are_terminal() -> None:
    ends = {state for state in JobState if state.terminal}
    assert ends == {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


@pytest.mark.parametrize("end", [s for s in JobState if s.terminal])
def test_nothing_follows_an_end(end: JobState) -> None:
    assert not any(end.may_become(state) for state in JobState)


@pytest.mark.parametrize("state", [s for s in JobState if not s.terminal])
def test_every_other_state_can_be_cancelled(state: JobState) -> None:
    assert state.may_become(JobState.CANCELLED)


def test_jobs_are_told_apart_and_are_values() -> None:
    first, second = (Job(Continue("Once"), EngineSpec("smollm2")) for _ in range(2))
    assert first.id < second.id
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.id = 0  # type: ignore[misc]  # the assignment is what must fail
