"""Devices: those that are there, and the one that is meant."""

from __future__ import annotations

import psutil
import pytest

from assistant.core.devices import Device
from assistant.core.errors import DeviceNotFound
from assistant.engines.devices import free_memory, list_devices, pick

_CPU = Device("cpu", "A processor", 8_000_000_000)
_CARDS = (Device("cuda:0", "A card", 24), Device("cuda:1", "Another", 12))
_APPLE = Device("mps", "Apple", 16)


def test_the_processor_is_always_there_with_its_memory() -> None:
    first = list_devices()[0]
    assert first.name == "cpu"
    assert first.title
    assert first.memory == psutil.virtual_memory().total
    assert 0 < free_memory("cpu") < first.memory


@pytest.mark.parametrize(
    ("name", "among", "meant"),
    [
        ("auto", (_CPU,), "cpu"),
        ("auto", (_CPU, _APPLE), "mps"),
        ("auto", (_CPU, *_CARDS), "cuda:0"),
        ("cuda", (_CPU, *_CARDS), "cuda:0"),
        ("cuda:1", (_CPU, *_CARDS), "cuda:1"),
        ("cpu", (_CPU, *_CARDS), "cpu"),
        ("mps", (_CPU, _APPLE), "mps"),
    ],
)
def test_a_name_means_a_device(name: str, among: tuple[Device, ...], meant: str) -> None:
    assert pick(name, among) == meant


@pytest.mark.parametrize("name", ["cuda", "cuda:2", "mps", "gpu", ""])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(DeviceNotFound, match="auto, cpu"):
        pick(name, (_CPU,))
