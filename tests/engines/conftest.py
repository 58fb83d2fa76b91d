"""Engines over tiny models, each built once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.core.jobs import EngineSpec
from assistant.engines.factory import make_engine
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.engines.causal import CausalEngine
    from assistant.engines.seq2seq import Seq2SeqEngine

Folders = dict[str, "Path"]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a tiny model by the name of its builder."""
    folders: Folders = {}
    builders = {**tiny_models.CAUSAL, **tiny_models.SEQ2SEQ}

    def folder_of(name: str) -> Path:
        if name not in folders:
            folders[name] = builders[name](tmp_path_factory.mktemp(name))
        return folders[name]

    return folder_of


@pytest.fixture(scope="session")
def causal(tiny_folder: Callable[[str], Path]) -> Callable[[str], CausalEngine]:
    """Return a loaded causal engine by the name of its builder."""
    return _engines(tiny_folder)  # type: ignore[return-value]


@pytest.fixture(scope="session")
def seq2seq(tiny_folder: Callable[[str], Path]) -> Callable[[str], Seq2SeqEngine]:
    """Return a loaded encoder-decoder by the name of its builder."""
    return _engines(tiny_folder)  # type: ignore[return-value]


def _engines(tiny_folder: Callable[[str], Path]) -> Callable[[str], object]:
    engines: dict[str, object] = {}

    def engine_of(name: str) -> object:
        if name not in engines:
            description = tiny_models.describe(tiny_folder(name), name)
            spec = EngineSpec(name, device="cpu", precision="float32", threads=1)
            engine = make_engine(description, spec)
            engine.load(lambda _event: None, lambda: False)
            engines[name] = engine
        return engines[name]

    return engine_of
