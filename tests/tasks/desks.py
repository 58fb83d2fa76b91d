"""An engine that answers by a rule of the test's, and desks to run tasks on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assistant.core.errors import Cancelled
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    ChatPrompt,
    Completion,
    Emit,
    Event,
    Finish,
    Loading,
    PlainPrompt,
    Prompt,
    Reading,
    Request,
    Seq2SeqPrompt,
    ShouldStop,
    TokenChoice,
    TokenOption,
    Writing,
)
from assistant.core.suggestions import Suggestions, SuggestRequest
from assistant.core.tasks import Outcome, Task
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.tasks.run import run

# The five sentences that the handbook speaks of.
BRIDGE = (
    "The city council voted on Tuesday to close the old bridge over the river for repairs that "
    "will last until spring. Engineers found cracks in two of the four pillars last month after "
    "heavy floods. The mayor said that a ferry will carry people on foot, free of charge, every "
    "fifteen minutes, while cars must drive to the northern bridge, six kilometres away. Shop "
    "owners on the eastern bank fear that they will lose customers before Christmas and have asked "
    "for a tax break. The repair will cost nine million euros, of which the state pays two thirds."
)

Rule = Callable[[Request], str]

_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")


def text_of(prompt: Prompt) -> str:
    """Return all that a prompt says."""
    match prompt:
        case PlainPrompt(text) | Seq2SeqPrompt(text):
            return text
        case ChatPrompt(messages):
            return "\n".join(message.content for message in messages)


def tokens_of(text: str) -> list[str]:
    return _TOKEN.findall(text)


class RuleEngine:
    """Writes what `rule` answers to a request, a word or mark at a time, as an engine does."""

    def __init__(self, model: ModelDescription, rule: Rule) -> None:
        self.model = model
        self.device = "cpu"
        self.context_length = model.context_length
        self.requests: list[Request] = []
        self._rule = rule

    def load(self, emit: Emit, should_stop: ShouldStop) -> None:
        emit(Loading(self.model.title, 1.0))

    def unload(self) -> None:
        pass

    def count_tokens(self, prompt: Prompt) -> int:
        return len(tokens_of(text_of(prompt)))

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        self.requests.append(request)
        total = self.count_tokens(request.prompt)
        assert total <= self.context_length, "a prompt that does not fit was sent"
        if should_stop():
            return self._completion("", 0, Finish.CANCELLED, total)
        emit(Reading(total, total))
        completion = self._write(request, emit, should_stop, total)
        told = tokens_of(completion.text) if request.look else []
        return replace(completion, tokens=tuple(map(_choice, told)))

    def _write(
        self, request: Request, emit: Emit, should_stop: ShouldStop, total: int
    ) -> Completion:
        answer = tokens_of(self._rule(request))
        text = ""
        for number, token in enumerate(answer):
            if number == request.max_new_tokens:
                return self._completion(text, number, Finish.LENGTH, total)
            if should_stop():
                return self._completion(text, number, Finish.CANCELLED, total)
            ends = [token.find(stop) for stop in request.stop if stop in token]
            if ends and text.strip():
                kept = token[: min(ends)]
                emit(Writing(kept, number + 1, 10.0))
                return self._completion(text + kept, number + 1, Finish.STOP, total)
            text += token
            emit(Writing(token, number + 1, 10.0))
        if should_stop():
            return self._completion(text, len(answer), Finish.CANCELLED, total)
        return self._completion(text, len(answer), Finish.END, total)

    def _completion(self, text: str, count: int, finish: Finish, prompt: int) -> Completion:
        return Completion(text, tuple(range(count)), finish, prompt, 0.1, 0.2)


def _choice(token: str) -> TokenChoice:
    """Return `token` as likely as a word that might end there, or go on the word before."""
    texts = (token, " other", "s", "")
    return TokenChoice(token, -1.0, tuple(TokenOption(text, -1.0) for text in texts))


class ScoringEngine(RuleEngine):
    """The same, and takes texts for as likely as `likelihood` says."""

    def __init__(
        self, model: ModelDescription, rule: Rule, likelihood: Callable[[str], float]
    ) -> None:
        super().__init__(model, rule)
        self._likelihood = likelihood

    def log_likelihood(
        self, context: str, texts: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        return [self._likelihood(text) for text in texts]

    def answer_likelihood(
        self, prompt: Prompt, answers: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        return [self._likelihood(answer) for answer in answers]


class SuggestingEngine(ScoringEngine):
    """The same, and suggests what `suggests` answers to a request; keeps what it was `asked`."""

    def __init__(
        self,
        model: ModelDescription,
        suggests: Callable[[SuggestRequest], Suggestions],
        rule: Rule | None = None,
        likelihood: Callable[[str], float] = len,
    ) -> None:
        super().__init__(model, rule or always(""), likelihood)
        self.asked: list[SuggestRequest] = []
        self._suggests = suggests

    def suggest(self, request: SuggestRequest, should_stop: ShouldStop) -> Suggestions:
        if should_stop():
            raise Cancelled
        self.asked.append(request)
        return self._suggests(request)


def model(
    kind: Kind = Kind.BASE, context_length: int = 4096, **abilities: Ability | Verdict
) -> ModelDescription:
    """Describe a model; `translate__fr_en=Verdict.ROUGH` is its ability `translate.fr-en`."""
    named = {
        name.replace("__", ".").replace("_", "-"): ability
        if isinstance(ability, Ability)
        else Ability(ability)
        for name, ability in abilities.items()
    }
    return ModelDescription(
        reference="tested",
        title="Tested",
        kind=kind,
        architecture="TestedForCausalLM",
        context_length=context_length,
        parameters=1,
        abilities=named,
    )


@dataclass
class TestDesk:
    """Engines with one engine in them; keeps what was emitted. `stop_after` counts emitted text."""

    __test__ = False

    engine: RuleEngine
    stop_after: int | None = None
    loads: int = 0
    events: list[Event] = field(default_factory=list)

    def engine_for(self, spec: EngineSpec, emit: Emit, should_stop: ShouldStop) -> RuleEngine:
        self.loads += 1
        self.engine.load(emit, should_stop)
        return self.engine

    def describe(self, spec: EngineSpec) -> ModelDescription:
        return self.engine.model

    def run(self, task: Task) -> Outcome:
        return run(task, EngineSpec("tested"), self, self.events.append, self._should_stop)

    def streamed(self, version: int = 0) -> str:
        """Return the text that was emitted for a version."""
        return "".join(
            event.text
            for event in self.events
            if isinstance(event, Writing) and event.version == version
        )

    def _should_stop(self) -> bool:
        if self.stop_after is None:
            return False
        writings = [event for event in self.events if isinstance(event, Writing)]
        return len(writings) >= self.stop_after


def always(answer: str) -> Rule:
    """Return the rule that answers the same to everything."""
    return lambda _request: answer
