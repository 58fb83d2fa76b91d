"""Every setting a user can change, as frozen values with their bounds.

`bounded` fields carry `minimum` and `maximum` in their metadata; the settings dialog and the
loader both read them there. Reading and writing the file is `assistant.config.store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


def bounded(default: Any, minimum: float, maximum: float) -> Any:
    """Declare a number with the bounds that make sense for it."""
    return field(default=default, metadata={"minimum": minimum, "maximum": maximum})


def bounded_map(minimum: float, maximum: float) -> Any:
    """Declare numbers by name with the bounds that make sense for each; there are none at first."""
    return field(default_factory=dict, metadata={"minimum": minimum, "maximum": maximum})


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model, and how it is run.

    `per_task` and `kinds` map task names and model references. `use_skills` lets the adapters that
    come with the program do what they are best at where the default model is their base.
    `strengths` is by how much an adapter changes its base, by its reference; 1 where nothing is
    said.
    """

    default: str = "smollm2"
    per_task: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    device: str = "auto"
    precision: Literal[
        "auto", "fast", "balanced", "exact", "stored", "float32", "bfloat16", "float16"
    ] = "auto"
    threads: int = bounded(0, 0, 256)
    unload_after_minutes: int = bounded(15, 0, 24 * 60)
    use_skills: bool = True
    strengths: Mapping[str, float] = bounded_map(0.0, 1.5)


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How Continue writes.

    `measured` takes what was measured best for the model instead of the numbers.
    """

    measured: bool = True
    words: int = bounded(60, 5, 1000)
    versions: int = bounded(3, 1, 3)
    temperature: float = bounded(0.6, 0.0, 2.0)
    top_k: int = bounded(0, 0, 1000)
    top_p: float = bounded(0.9, 0.05, 1.0)
    min_p: float = bounded(0.0, 0.0, 1.0)
    repetition_penalty: float = bounded(1.1, 1.0, 2.0)
    no_repeat_ngram_size: int = bounded(0, 0, 32)
    seed: int = bounded(-1, -1, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """How the other tasks are asked for.

    Languages are ISO 639-1 codes; `source_language` may be `auto`.
    """

    summary_form: Literal["auto", "extract", "model"] = "auto"
    summary_sentences: int = bounded(3, 1, 20)
    source_language: str = "auto"
    target_language: str = "en"


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """How the page looks and what is checked on it.

    An empty `font_family` is the system's serif. `show_probabilities` colours what a model has
    written by how likely it found each piece.
    """

    font_family: str = ""
    font_size: int = bounded(14, 8, 48)
    line_width: int = bounded(70, 40, 140)
    theme: Literal["system", "light", "dark"] = "system"
    check_grammar: bool = True
    dialect: Literal["american", "british", "australian", "canadian", "indian"] = "american"
    show_probabilities: bool = False


@dataclass(frozen=True, slots=True)
class SuggestionKeys:
    """The keys of suggestions at the caret, as Qt writes key sequences; an empty one is none."""

    accept: str = "Tab"
    accept_word: str = "Ctrl+Right"
    accept_sentence: str = "Ctrl+Shift+Right"
    dismiss: str = "Esc"
    next: str = "Alt+]"
    previous: str = "Alt+["
    ask: str = "Alt+\\"


@dataclass(frozen=True, slots=True)
class SuggestionSettings:
    """Suggestions at the caret while one writes.

    `pace` is how long a pause in typing they wait for; `eagerness` how sure the model has to be;
    `words` is the most of one. `own_words` lets the draft's names and phrases weigh in. `ahead`
    computes the next one while the writer reads.
    """

    enabled: bool = True
    pace: Literal["quick", "normal", "calm"] = "normal"
    eagerness: Literal["sure", "eager"] = "sure"
    words: int = bounded(12, 1, 40)
    own_words: bool = True
    ahead: bool = True
    keys: SuggestionKeys = field(default_factory=SuggestionKeys)


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """When the machine may be used for learning a voice."""

    wait_for_tasks: bool = True
    only_when_idle: bool = False
    only_on_mains: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. `language` is the interface's: `system`, `en` or `zh_CN`."""

    language: Literal["system", "en", "zh_CN"] = "system"
    model: ModelSettings = field(default_factory=ModelSettings)
    generation: GenerationSettings = field(default_factory=GenerationSettings)
    tasks: TaskSettings = field(default_factory=TaskSettings)
    editor: EditorSettings = field(default_factory=EditorSettings)
    suggestions: SuggestionSettings = field(default_factory=SuggestionSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
    recent_files: tuple[str, ...] = ()


def with_renamed_model(settings: Settings, name: str, new: str) -> Settings:
    """Return `settings` with what they say of the model `name` said of `new`."""
    model = settings.model
    renamed = replace(
        model,
        default=new if model.default == name else model.default,
        per_task={task: new if own == name else own for task, own in model.per_task.items()},
        kinds={new if own == name else own: kind for own, kind in model.kinds.items()},
        strengths={new if own == name else own: by for own, by in model.strengths.items()},
    )
    return replace(settings, model=renamed)
