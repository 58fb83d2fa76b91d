"""Which architectures the installed transformers can write with, without importing it.

transformers keeps them as literal tables in the source of its auto classes; they are read from
there, because importing the library takes seconds and inspecting a folder must not.
"""

from __future__ import annotations

import ast
import importlib.util
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_log = logging.getLogger(__name__)

_CAUSAL = "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"
_SEQ2SEQ = "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"


@dataclass(frozen=True, slots=True)
class Architectures:
    """Class names by model type, as `AutoModelForCausalLM` and `AutoModelForSeq2SeqLM` have them.

    A model type may have several classes. Both are empty where the tables could not be read: then
    nothing can be said about any model.
    """

    causal: Mapping[str, tuple[str, ...]]
    seq2seq: Mapping[str, tuple[str, ...]]

    def knows(self, model_type: str) -> bool:
        """Whether models of that type can write, as far as can be told."""
        if not self.causal:
            return True
        return model_type in self.causal or model_type in self.seq2seq

    def is_causal(self, name: str) -> bool:
        """Whether a class of that name goes on with a text."""
        return any(name in names for names in self.causal.values())

    def is_seq2seq(self, name: str) -> bool:
        """Whether a class of that name turns one text into another."""
        return any(name in names for names in self.seq2seq.values())


@cache
def native_architectures() -> Architectures:
    """Return what the installed transformers knows, read once."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        return Architectures({}, {})
    source = Path(spec.origin).parent / "models" / "auto" / "modeling_auto.py"
    try:
        text = source.read_text("utf-8")
        return Architectures(_table(text, _CAUSAL), _table(text, _SEQ2SEQ))
    except (OSError, ValueError, SyntaxError):
        _log.warning("the tables of %s could not be read", source, exc_info=True)
        return Architectures({}, {})


def _table(source: str, name: str) -> dict[str, tuple[str, ...]]:
    """Return one table; it is assigned as `NAME = OrderedDict([(key, value), …])`."""
    start = source.index(f"{name} = OrderedDict(")
    # Parsing this statement alone takes a hundredth of the time of the whole module.
    end = source.index("\n)\n", start) + len("\n)")
    (statement,) = ast.parse(source[start:end]).body
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Call)
    return {key: _names(value) for key, value in ast.literal_eval(statement.value.args[0])}


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
