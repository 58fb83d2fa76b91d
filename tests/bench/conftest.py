"""A tiny model and a small folder of data, each made once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.core.jobs import EngineSpec
from assistant.engines.pool import EnginePool
from tests.bench import small_data
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of data."""
    return small_data.fill(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def spec(tmp_path_factory: pytest.TempPathFactory) -> EngineSpec:
    """Return the engine of a tiny Llama."""
    folder = tiny_models.llama(tmp_path_factory.mktemp("llama"), max_position_embeddings=4096)
    return EngineSpec(str(folder), device="cpu", precision="float32", threads=1)


@pytest.fixture(scope="session")
def pool() -> EnginePool:
    """Return the engines, the tiny model loaded once."""
    return EnginePool()
