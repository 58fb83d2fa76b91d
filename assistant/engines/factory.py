"""Which engine runs which model."""

from __future__ import annotations

from assistant.core.jobs import EngineSpec
from assistant.engines.base import Engine
from assistant.engines.causal import CausalEngine
from assistant.engines.scripted import ScriptedEngine
from assistant.engines.seq2seq import Seq2SeqEngine
from assistant.models.description import Kind, ModelDescription
from assistant.models.scripted import is_scripted


def make_engine(description: ModelDescription, spec: EngineSpec) -> Engine:
    """Return an engine for the model, not loaded yet."""
    if is_scripted(description.reference):
        return ScriptedEngine(description)
    if description.kind is Kind.SEQ2SEQ:
        return Seq2SeqEngine(description, spec)
    return CausalEngine(description, spec)
