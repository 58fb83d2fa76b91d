"""How much faster a text is written that copies: with speculation against without. Only prints.

    python tests/benchmarks/copying.py --text FILE
    python tests/benchmarks/copying.py --text FILE --rounds 5 --threads 2 --only correct rewrite

FILE is plain English prose, such as a book from Project Gutenberg. A passage of about 150 words is

    correct    mended by the editor, sentence by sentence, after it was spoilt with mistakes
    vote       mended by the plain model, which is asked in several ways
    rewrite    written out again by the plain model in one go, its mistakes put right
    shorten    made shorter by the plain model, sentence by sentence
    sum up     said in two sentences by the reader
    answer     asked about by the reader
    story      gone on with by the plain model, likeliest words first: hardly anything is copied
    drawn      the same with words drawn as the program draws them

The program's own tasks ask; what they asked is asked again, with speculation and without in turn,
in each round with another passage. Tokens a second while writing, medians over the rounds; a ratio
above 1 means that speculation is faster. `kept` are the tokens that were proposed and right, of all
proposed; `a pass` is how many tokens a pass of the model has written. `same` counts the texts that
were the same token by token: between two tokens that are as good as equally likely, weights of
fewer bits may choose otherwise where several tokens are read at once.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.core.jobs import EngineSpec
from assistant.core.requests import ChatMessage, ChatPrompt, Completion, Request, Sampling
from assistant.core.tasks import Ask, Continue, Form, Rewrite, RewriteStyle, Summarize, Task
from assistant.engines import causal
from assistant.engines.pool import EnginePool
from assistant.engines.speculating import SpeculativeSteps
from assistant.tasks.run import run
from assistant.text import sentences
from assistant.training.spoiling.spoiler import spoil

_WORDS = 150
_STORY_TOKENS = 100
_SHARE_SPOILT = 0.6
_SEED = 7


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the book, and the same with mistakes."""

    text: str
    spoilt: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of asking. `ask` returns a task, or a request where the program has none."""

    name: str
    model: str
    ask: Callable[[Passage], Task | Request]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of some requests, asked in one way."""

    ids: tuple[tuple[int, ...], ...]
    seconds: float
    proposed: int = 0
    kept: int = 0

    @property
    def following(self) -> int:
        """How many tokens were written after the first of each text."""
        return sum(max(len(ids) - 1, 0) for ids in self.ids)

    @property
    def speed(self) -> float:
        """Tokens a second while writing."""
        return self.following / self.seconds if self.seconds > 0 else 0.0


class Recorder:
    """Stands for an engine and notes what it is asked, with what it wrote."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: list[tuple[Request, Completion]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def generate(self, request: Request, *rest: Any) -> Completion:
        """Let the engine write."""
        found: Completion = self._engine.generate(request, *rest)
        self.asked.append((request, found))
        return found


class Engines:
    """Stands for a pool and hands out a recorder."""

    def __init__(self, pool: EnginePool) -> None:
        self._pool = pool
        self.recorder: Recorder | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def engine_for(self, *arguments: Any) -> Any:
        """Return the recorder of the one engine that a task asks for."""
        if self.recorder is None:
            self.recorder = Recorder(self._pool.engine_for(*arguments))
        return self.recorder


class Noted(SpeculativeSteps):
    """Speculation that is kept hold of, for its figures."""

    made: list[SpeculativeSteps] = []  # noqa: RUF012 - emptied and filled by turns

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.made.append(self)


def _again(passage: Passage) -> Request:
    asked = f"Write this text again and correct its mistakes:\n\n{passage.spoilt}"
    prompt = ChatPrompt((ChatMessage("user", asked),))
    return Request(prompt, 2 * _WORDS, Sampling(temperature=0, top_p=1, repetition_penalty=1))


def _question(passage: Passage) -> Ask:
    """Return a question about a name in the passage, or about its last noun-like word."""
    words = [word.strip(".,;:!?\"'“”") for word in passage.text.split()[1:]]
    names = [word for word in words if word[:1].isupper() and len(word) > 3]
    return Ask(passage.text, f"What did {(names or words)[-1]} do?", form=Form.MODEL)


def _kinds(model: str) -> tuple[Kind, ...]:
    likeliest = Sampling(temperature=0, top_p=1, repetition_penalty=1.1)
    return (
        Kind("correct", "editor", lambda passage: Rewrite(passage.spoilt)),
        Kind("vote", model, lambda passage: Rewrite(passage.spoilt)),
        Kind("rewrite", model, _again),
        Kind("shorten", model, lambda passage: Rewrite(passage.text, style=RewriteStyle.SHORTER)),
        Kind("sum up", "reader", lambda passage: Summarize(passage.text, Form.MODEL, sentences=2)),
        Kind("answer", "reader", _question),
        Kind(
            "story",
            model,
            lambda passage: Continue(passage.text, max_tokens=_STORY_TOKENS, sampling=likeliest),
        ),
        Kind(
            "drawn",
            model,
            lambda passage: Continue(
                passage.text, max_tokens=_STORY_TOKENS, sampling=Sampling(seed=_SEED)
            ),
        ),
    )


def passages(path: Path, count: int) -> list[Passage]:
    """Return passages of about 150 words, whole paragraphs, from all over the book."""
    paragraphs = [
        " ".join(paragraph.split())
        for paragraph in path.read_text("utf-8").replace("\r", "").split("\n\n")
    ]
    if len(paragraphs) < count:
        sys.exit(f"{path} has too few paragraphs, which blank lines set apart.")
    random = Random(_SEED)
    found = []
    for number in range(count):
        text = ""
        for paragraph in paragraphs[number * len(paragraphs) // count :]:
            if len(text.split()) >= _WORDS:
                break
            text = f"{text} {paragraph}".strip()
        text = " ".join(_first_words(text))
        found.append(Passage(text, " ".join(_spoilt(text, random))))
    return found


def _first_words(text: str) -> Iterator[str]:
    """Yield the first sentences, some 150 words."""
    left = _WORDS
    for sentence in _sentences(text):
        if left <= 0:
            return
        left -= len(sentence.split())
        yield sentence


def _spoilt(text: str, random: Random) -> Iterator[str]:
    for sentence in _sentences(text):
        found = spoil(sentence, random) if random.random() < _SHARE_SPOILT else None
        yield found.text if found else sentence


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences.split(text, "en")]


def asked(kind: Kind, passage: Passage, pool: EnginePool, spec: EngineSpec) -> list[Request]:
    """Return what `kind` asks its model about a passage, each no longer than it came to be."""
    question = kind.ask(passage)
    engines = Engines(pool)
    if isinstance(question, Request):
        engines.engine_for(spec, _ignore, _never).generate(question, _ignore, _never)
    else:
        run(question, spec, engines, _ignore, _never)
    assert engines.recorder is not None
    return [
        replace(request, max_new_tokens=len(completion.ids))
        for request, completion in engines.recorder.asked
        if len(completion.ids) > 1
    ]


def turn(engine: Any, requests: Sequence[Request]) -> Turn:
    """Return what comes of asking all `requests`, one after the other."""
    Noted.made.clear()
    done = [engine.generate(request, _ignore, _never) for request in requests]
    return Turn(
        tuple(one.ids for one in done),
        sum(one.seconds_total - one.seconds_first for one in done),
        sum(one.proposed for one in Noted.made),
        sum(one.kept for one in Noted.made),
    )


def compare(
    kind: Kind, given: Sequence[Passage], pool: EnginePool, spec: EngineSpec
) -> list[tuple[Turn, Turn]]:
    """Return for each passage the turns with speculation and without."""
    found = []
    for number, passage in enumerate(given):
        requests = asked(kind, passage, pool, spec)
        if not requests:
            continue
        engine = pool.engine_for(spec, _ignore, _never)
        ways = [[replace(one, copies=copies) for one in requests] for copies in (True, False)]
        if not found:
            turn(engine, ways[0])  # warms up
        # Each is the first as often as the other.
        order = ways if number % 2 else ways[::-1]
        turns = [turn(engine, way) for way in order]
        fast, plain = turns if number % 2 else turns[::-1]
        found.append((fast, plain))
    return found


def line(kind: Kind, turns: Sequence[tuple[Turn, Turn]]) -> str:
    """Return the figures of one kind."""
    fast, plain = zip(*turns, strict=True)
    speed, slow = (statistics.median(one.speed for one in ways) for ways in (fast, plain))
    ratio = statistics.median(one.speed / other.speed for one, other in turns)
    tokens, kept = sum(one.following for one in fast), sum(one.kept for one in fast)
    proposed = sum(one.proposed for one in fast)
    texts = sum(len(one.ids) for one in fast)
    same = sum(
        ids == others
        for one, other in turns
        for ids, others in zip(one.ids, other.ids, strict=True)
    )
    return (
        f"{kind.name:9}{kind.model:9}{tokens:7}{speed:9.1f}{slow:9.1f}{ratio:7.2f}"
        f"{100 * kept / max(proposed, 1):7.0f} %{tokens / max(tokens - kept, 1):8.2f}"
        f"{same:6}/{texts}"
    )


def _ignore(_event: object) -> None:
    """Take an event of a task or an engine."""


def _never() -> bool:
    return False


def main() -> None:
    """Compare every kind and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, required=True, help="plain English prose")
    parser.add_argument("--model", default="smollm2", help="the plain model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--only", nargs="+", choices=[kind.name for kind in _kinds("")])
    options = parser.parse_args()
    causal.SpeculativeSteps = Noted  # type: ignore[misc]
    given = passages(options.text, options.rounds)
    pool = EnginePool()
    print(
        f"{'task':9}{'model':9}{'tokens':>7}{'with':>9}{'without':>9}{'ratio':>7}"
        f"{'kept':>9}{'a pass':>8}{'same':>8}"
    )
    for kind in _kinds(options.model):
        if options.only and kind.name not in options.only:
            continue
        spec = EngineSpec(kind.model, precision=options.precision, threads=options.threads)
        turns = compare(kind, given, pool, spec)
        print(line(kind, turns) if turns else f"{kind.name:9}nothing was written", flush=True)


if __name__ == "__main__":
    main()
