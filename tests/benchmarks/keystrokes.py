"""How many keys suggestions save a writer, in books and in stories. Prints; asserts nothing.

    python tests/benchmarks/keystrokes.py --data FOLDER                      the report
    python tests/benchmarks/keystrokes.py --data FOLDER --part tuning --weights 0 0.1 0.2

Unseen passages are typed as `typist` describes (Trnka & McCoy 2008). FOLDER holds
`gutenberg_children` and `tinystories_cased`, as for training. Only books and stories that training
holds out are used, and of those one half by a hash of the title for tuning, the other for the
report; a book's passage comes behind 5,000 words that count as its draft. `saved` leaves the
accepting key out of account, `with keys` counts every press; `accepted` is the share of shown
suggestions that were taken at least in part.

The ways of helping, each with all before it: `model`, at the beginning of words; `own`, the draft's
own words mixed in; `inside`, words are completed too, at once where the draft alone is sure;
`others`, two alternatives more, a press each.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.core.jobs import EngineSpec
from assistant.core.requests import ShouldStop
from assistant.core.suggestions import Silence, Suggestions, SuggestRequest
from assistant.engines.base import Suggester
from assistant.engines.pool import EnginePool
from assistant.tasks.choices import THRESHOLDS
from assistant.tasks.completing import ODDS_WEIGHT
from assistant.text.draft_words import DraftCounter
from assistant.training.cleaning import group_of, paragraphs
from assistant.training.corpora import rows
from assistant.training.split import Part, place
from tests.benchmarks.typist import Tally, When, between_words, everywhere, type_text

WAYS = ("model", "own", "inside", "others")
PARTS = ("tuning", "report")
_DRAFT_WORDS = 5000
# What the model reads before the passage, in characters: about 400 tokens.
_CONTEXT = 1800
_STORY_OPENING = 40
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Passage:
    """What is typed, and what stands before it in the same text."""

    title: str
    before: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of helping, with how sure it has to be."""

    way: str
    threshold: float
    weight: float

    @property
    def own(self) -> bool:
        """Whether the draft's own words help."""
        return self.way != "model"

    @property
    def inside(self) -> bool:
        """Whether words are completed."""
        return self.way in {"inside", "others"}

    @property
    def when(self) -> When:
        """Where there is asked for a suggestion."""
        return everywhere if self.inside else between_words


class Remembering:
    """Suggests what `engine` does, and asks it once for all thresholds that give the same.

    Requests with the same text, rows and weight have to have the same odds.
    """

    def __init__(self, engine: Suggester) -> None:
        self._engine = engine
        self._known: dict[tuple[str, int, float], list[tuple[float, Suggestions]]] = {}

    def suggest(self, request: SuggestRequest, should_stop: ShouldStop) -> Suggestions:
        """Return what was suggested before where that is certain to be suggested again."""
        known = self._known.setdefault((request.text, request.rows, request.odds_weight), [])
        for threshold, found in known:
            if _same(request, threshold, found):
                return found
        found = self._engine.suggest(request, should_stop)
        known.append((request.threshold, found))
        return found


def _same(request: SuggestRequest, threshold: float, found: Suggestions) -> bool:
    """Say whether `found`, asked for with `threshold`, is the answer to `request` too."""
    least = request.threshold
    if found.silence is Silence.UNSURE:
        best = found.best_log_probability
        return least >= threshold or (best is not None and math.exp(best) < least)
    # Other rows end by the threshold, each in its own place.
    if not found.texts or request.rows > 1:
        return least == threshold
    return threshold <= least <= found.texts[0].probability


class Helper:
    """Suggests behind what is typed of one passage, as the program would."""

    def __init__(self, engine: Suggester | None, passage: Passage, setting: Setting) -> None:
        self._engine = engine
        self._before = passage.before
        self._setting = setting
        self._draft = DraftCounter(passage.before)
        self._counted = ""
        start = max(len(passage.before) - _CONTEXT, 0)
        self._context = passage.before[start:].partition(" ")[2] if start else passage.before

    def ask(self, written: str) -> Sequence[str]:
        """Return what is suggested behind `written`; single letters are not worth a key."""
        return [text for text in self._found(written) if len(text.strip()) > 1]

    def _found(self, written: str) -> Sequence[str]:
        setting = self._setting
        words = None
        if setting.own:
            self._draft.replace(self._counted, written)
            self._counted = written
            words = self._draft.snapshot()
        if words is not None and setting.inside:
            completed = words.complete_word(self._context + written)
            if completed:
                return completed[:1]
        if self._engine is None:
            return ()
        request = SuggestRequest(
            self._context + written,
            threshold=setting.threshold,
            seconds=_PATIENCE,
            rows=3 if setting.way == "others" else 1,
            odds=words,
            odds_weight=setting.weight,
        )
        return [s.text for s in self._engine.suggest(request, lambda: False).texts]


def book_passages(data: Path, part: str, count: int, words: int) -> Iterator[Passage]:
    """Yield `count` passages of held-out books, as many of each as it takes."""
    held = _held_out(data, "gutenberg_children", part)
    texts = {group: list(paragraphs(text)) for group, text in held}
    each = -(-count // max(len(texts), 1))
    found = itertools.chain.from_iterable(
        [_book_passage(f"{group} {n}", prose, words) for group, prose in texts.items()]
        for n in range(each)
    )
    yield from itertools.islice((passage for passage in found if passage), count)


def _book_passage(name: str, prose: list[str], words: int) -> Passage | None:
    """Return a passage that begins a paragraph, with at least the draft's words before it."""
    sizes = [paragraph.count(" ") + 1 for paragraph in prose]
    ends = list(itertools.accumulate(sizes))
    places = [
        n + 1
        for n, end in enumerate(ends)
        if end >= _DRAFT_WORDS and end < ends[-1] - 2 * words and n + 1 < len(prose)
    ]
    if not places:
        return None
    start = places[int(place(name) * len(places))]
    first = next(n for n, end in enumerate(ends) if end >= ends[start - 1] - _DRAFT_WORDS)
    text = " ".join("\n\n".join(prose[start : start + words]).split(" ")[:words])
    return Passage(name, "\n\n".join(prose[first:start]) + "\n\n", text)


def stories(data: Path, part: str, count: int, words: int) -> Iterator[Passage]:
    """Yield `count` held-out stories; their first sentences stand there already."""
    held = sorted(_held_out(data, "tinystories_cased", part), key=lambda row: place(row[0]))
    for group, text in held[:count]:
        story = "\n\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
        opening = " ".join(story.split(" ")[:_STORY_OPENING]) + " "
        rest = story.removeprefix(opening).split(" ")[:words]
        yield Passage(group, opening, " ".join(rest))


def _held_out(data: Path, file: str, part: str) -> Iterator[tuple[str, str]]:
    """Yield group and text of the held-out rows of `file` that are on one side."""
    for row in rows(data, file):
        group = group_of(row)
        mine = PARTS[place(f"{group} keystrokes") < 0.5] == part
        if mine and Part.VALIDATION.has(group):
            yield group, row["text"]


def typed(engine: Suggester | None, passages: Sequence[Passage], setting: Setting) -> Tally:
    """Return what came of typing all `passages` with one way of helping."""
    total = Tally()
    for passage in passages:
        total += type_text(passage.text, Helper(engine, passage, setting).ask, setting.when)
    return total


def line(kind: str, setting: Setting, tally: Tally, seconds: float) -> str:
    """Return one line of the table."""
    return (
        f"{kind:8}{setting.way:8}{setting.threshold:5.2f}{setting.weight:7.2f}"
        f"{tally.saved:9.1%}{tally.saved_with_keys:11.1%}{tally.acceptance:10.1%}"
        f"{tally.accepted:7}/{tally.shown:<6}{tally.given:6}/{tally.characters:<7}"
        f"{tally.asked:6}{seconds:7.0f}"
    )


def suggester(model: str, threads: int) -> Suggester | None:
    """Return the engine, loaded; none for the draft's words alone."""
    if model == "none":
        return None
    spec = EngineSpec(model, threads=threads)
    engine = EnginePool().engine_for(spec, lambda _event: None, lambda: False)
    assert isinstance(engine, Suggester)
    return Remembering(engine)


def main() -> None:
    """Type everything in every way that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, default="report")
    parser.add_argument("--model", default="smollm2", help="`none` for the draft's words alone")
    parser.add_argument("--kinds", nargs="+", choices=["books", "stories"], default=["books"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--thresholds", nargs="+", type=float, default=THRESHOLDS.values())
    parser.add_argument("--weights", nargs="+", type=float, default=[ODDS_WEIGHT])
    parser.add_argument("--passages", type=int, default=20)
    parser.add_argument("--words", type=int, default=150)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    engine = suggester(options.model, options.threads)
    print(f"{options.model}, {options.part}, {options.passages} passages of {options.words} words")
    print("kind    way    sure  weight    saved  with keys  accepted (of shown)  given (of all)")
    for kind in options.kinds:
        find = book_passages if kind == "books" else stories
        passages = list(find(options.data, options.part, options.passages, options.words))
        for way, weight, threshold in itertools.product(
            options.ways, options.weights, sorted(options.thresholds)
        ):
            setting = Setting(way, threshold, weight if way != "model" else 0.0)
            if way == "model" and weight != options.weights[0]:
                continue
            started = time.perf_counter()
            tally = typed(engine, passages, setting)
            print(line(kind, setting, tally, time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
