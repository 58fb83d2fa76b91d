"""Which devices there are and which one is meant.

Owns the names that settings and the command line use. Asks torch, so it runs on the worker thread.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.core.devices import Device
from assistant.core.errors import DeviceNotFound
from assistant.core.i18n import tr
from assistant.engines.libraries import import_torch


@cache
def processor_name() -> str:
    """Return the name that the maker gave the processor."""
    name = ""
    if sys.platform.startswith("linux"):
        name = _linux_processor_name()
    elif sys.platform == "darwin":
        name = _mac_processor_name()
    return name or platform.processor() or platform.machine()


def _linux_processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "")


def _mac_processor_name() -> str:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()


def list_devices() -> tuple[Device, ...]:
    """Return the devices of this machine, the processor first."""
    import psutil

    import_torch()
    import torch

    devices = [Device("cpu", processor_name(), psutil.virtual_memory().total)]
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            found = torch.cuda.get_device_properties(number)
            devices.append(Device(f"cuda:{number}", found.name, found.total_memory))
    if torch.backends.mps.is_available():
        memory = torch.mps.recommended_max_memory()
        devices.append(Device("mps", tr("Apple graphics (Metal)"), memory))
    return tuple(devices)


def pick(name: str, among: Sequence[Device] | None = None) -> str:
    """Return the device that `name` means, as torch has it: `cpu`, `cuda:0`, `mps`.

    `auto` takes a graphics card where there is one. Raises `DeviceNotFound`.
    """
    devices = list_devices() if among is None else among
    there = [device.name for device in devices]
    if name == "auto":
        return next(d for kind in ("cuda", "mps", "cpu") for d in there if d.startswith(kind))
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise DeviceNotFound(
            tr(
                "This machine has no device “{device}”. Choose one of: {devices}.",
                device=name,
                devices=", ".join(["auto", *there]),
            )
        )
    return wanted


def means_processor(name: str) -> bool:
    """Return whether `pick` would take the processor for `name`; it need not be a device here."""
    if name != "auto":
        return name == "cpu"
    import torch

    return not torch.cuda.is_available() and not torch.backends.mps.is_available()


def free_memory(device: str) -> int:
    """Return how many bytes of `device` nobody uses."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)
