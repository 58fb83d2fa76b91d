"""An engine without a model: it writes from a script, word by word.

For tests and for trying the program out where there is no model yet. The same request always gives
the same text. `scripted` is quick, `scripted:slow` takes its time over each word, `scripted:FILE`
goes on from a text file.
"""

from __future__ import annotations

import math
import re
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from assistant.core.errors import Cancelled, ModelNotFound, PromptTooLong
from assistant.core.i18n import tr, trn
from assistant.core.requests import (
    ChatPrompt,
    Completion,
    Emit,
    Finish,
    Loading,
    PlainPrompt,
    Prompt,
    Request,
    ShouldStop,
)
from assistant.core.suggestions import Ending, Silence, Suggestion, Suggestions, SuggestRequest
from assistant.engines.detokenizing import Vocabulary
from assistant.engines.suggesting.units import ends
from assistant.engines.token_choices import Weighed
from assistant.engines.transcript import Run, Transcript
from assistant.models.description import ModelDescription
from assistant.models.scripted import CONTEXT_LENGTH
from assistant.text.counts import count_words

_SLOW = "slow"
_SECONDS_A_WORD = 0.05
_SLICE = 256
# How sure it is of the first word of its first suggestion; of each other one, a tenth as sure.
_SURE, _LESS_SURE = 0.9, 0.1
# How sure it is of a word that it writes, one of these; and how many others it thinks of.
_SHARES = (0.9, 0.6, 0.35, 0.15, 0.04, 0.006)
_MOST_OTHERS = 12
# A word with the space before it; a Chinese or Japanese sign is a word.
_WORD = re.compile(r"\s*(?:[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+)|\s+\Z")
# A name stands in the middle of a sentence and begins with a capital.
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_SENTENCES = (
    "{name} waited at the window until the lamps along the river had all been lit.",
    "Nobody had used the path since the autumn, and the leaves lay deep on the steps.",
    "“We should have asked sooner,” {name} said, and folded the letter once more.",
    "The kettle sang, the dog turned round in its basket, and the evening went on as before.",
    "Behind the mill the water was so clear that every stone cast a shadow.",
    "It took {name} most of the morning to find the key, and a minute to lose it again.",
    "Somewhere in the village a door closed, and after that it was quiet.",
    "There was no wind, only the smell of rain that had not come yet.",
    "{name} counted the boats twice and was sure that one of them was missing.",
    "By noon the market had emptied, and the pigeons walked where the stalls had been.",
)


class ScriptedEngine:
    """Writes from a script; see `Engine`, `Scorer` and `Suggester`."""

    context_length = CONTEXT_LENGTH
    device = "cpu"

    def __init__(self, model: ModelDescription) -> None:
        self.model = model
        manner = model.reference.partition(":")[2]
        self._pause = _SECONDS_A_WORD if manner == _SLOW else 0.0
        self._file = Path(manner).expanduser() if manner not in ("", _SLOW) else None
        self._script: str | None = None

    def load(self, emit: Emit, should_stop: ShouldStop) -> None:
        """Read the script, where it is a file."""
        if should_stop():
            raise Cancelled
        emit(Loading(self.model.title, 0.0))
        if self._file is not None:
            try:
                self._script = self._file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ModelNotFound(
                    tr(
                        "The script {path} cannot be read ({error}). Choose a text file.",
                        path=self._file,
                        error=error,
                    )
                ) from error
        emit(Loading(self.model.title, 1.0))

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        """Go on with the script where the prompt points to."""
        started = time.perf_counter()
        text = _text_of(request.prompt)
        read = self.count_tokens(request.prompt)
        room = min(request.max_new_tokens, CONTEXT_LENGTH - read)
        if read >= CONTEXT_LENGTH:
            raise self._too_long(read)
        words = _WORD.findall(self._continuation(text, request.sampling.seed or 0))
        transcript = Transcript(
            Vocabulary(
                lambda ids: "".join(words[i] for i in ids), {}, (), lambda i: words[i].encode()
            ),
            emit=emit,
            started=started,
            ends=(),
            stop=request.stop,
        )
        run = Run(request, [0] * read, room, transcript, emit, should_stop)
        return self._write(run, words)

    def count_tokens(self, prompt: Prompt) -> int:
        """Return the number of words; Chinese and Japanese signs count as one each."""
        return sum(1 for word in _WORD.findall(_text_of(prompt)) if word.strip())

    def log_likelihood(
        self, context: str, texts: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return log-probabilities in which a word of the context is likelier than another."""
        known = set(context.split())
        scores = []
        for text in texts:
            if should_stop():
                raise Cancelled
            scores.append(sum(-2.0 if word in known else -6.0 for word in text.split()))
        return scores

    def answer_likelihood(
        self, prompt: Prompt, answers: Sequence[str], should_stop: ShouldStop
    ) -> list[float]:
        """Return log-probabilities in which a word of the prompt is likelier than another."""
        return self.log_likelihood(_text_of(prompt), answers, should_stop)

    def suggest(self, request: SuggestRequest, should_stop: ShouldStop) -> Suggestions:
        """Suggest what the script goes on with, 0.9 sure of its first word and sure of the rest."""
        started = time.perf_counter()
        read = self.count_tokens(PlainPrompt(request.text))
        if read >= CONTEXT_LENGTH:
            raise self._too_long(read)
        deadline = started + request.seconds
        texts: dict[str, Suggestion] = {}
        for row in range(request.rows):
            script = self._continuation(request.text, (request.seed or 0) + row)
            sure = math.log(_SURE) + len(texts) * math.log(_LESS_SURE)
            found = self._suggestion(request, script, sure, deadline, should_stop)
            if found is not None:
                texts.setdefault(found.text, found)
        silence = best = None
        if not texts:
            silence = Silence.TOO_SLOW
        elif request.threshold > _SURE:
            silence, best, texts = Silence.UNSURE, math.log(_SURE), {}
        return Suggestions(
            texts=tuple(texts.values()),
            silence=silence,
            best_log_probability=best,
            prompt_tokens=read,
            seconds=time.perf_counter() - started,
        )

    def unload(self) -> None:
        """Forget the script."""
        self._script = None

    def _suggestion(
        self,
        request: SuggestRequest,
        script: str,
        sure: float,
        deadline: float,
        should_stop: ShouldStop,
    ) -> Suggestion | None:
        """Return the words of `script` up to where the request ends them, None without one."""
        line = script.lstrip("\n").partition("\n")[0]
        if request.text[-1:].isspace():
            line = line.lstrip(" ")
        shown, ending = 0, Ending.LINE
        for end in ends(request.text, line, final=True):
            if self._pause:
                time.sleep(self._pause)
            if should_stop():
                raise Cancelled
            if time.perf_counter() >= deadline:
                ending = Ending.TIME
                break
            shown = end.position
            if end.clause or count_words(line[:shown]) >= request.words:
                ending = Ending.CLAUSE if end.clause else Ending.WORDS
                break
        return Suggestion(line[:shown], sure, ending) if shown else None

    def _continuation(self, text: str, seed: int) -> str:
        if self._script is not None:
            return self._script
        names = _NAME.findall(text)
        name = names[-1] if names else "Anna"
        start = (zlib.crc32(text.encode()) + seed) % len(_SENTENCES)
        turned = _SENTENCES[start:] + _SENTENCES[:start]
        paragraphs = (" ".join(turned[i : i + 4]) for i in range(0, len(turned), 4))
        space = "" if not text or text[-1].isspace() else " "
        return space + "\n\n".join(paragraphs).format(name=name)

    def _too_long(self, tokens: int) -> PromptTooLong:
        limit = CONTEXT_LENGTH - 1
        return PromptTooLong(
            trn(
                "The text is {n} word too long: {limit} fit. Choose a shorter passage.",
                "The text is {n} words too long: {limit} fit. Choose a shorter passage.",
                tokens - limit,
                limit=limit,
            ),
            tokens=tokens,
            limit=limit,
        )

    def _write(self, run: Run, words: list[str]) -> Completion:
        transcript, read = run.transcript, len(run.prompt)
        for done in (*range(0, read, _SLICE), read):
            if run.should_stop():
                return transcript.complete(Finish.CANCELLED, read)
            run.report(done)
        for number in range(min(run.room, len(words))):
            if self._pause:
                time.sleep(self._pause)
            if run.should_stop():
                return transcript.complete(Finish.CANCELLED, read)
            look = run.request.look
            transcript.add(number, _weighed(words, number, look) if look else None)
            if transcript.finish is not None:
                break
        return transcript.complete(Finish.LENGTH if run.room < len(words) else Finish.END, read)


def _weighed(words: list[str], number: int, look: int) -> Weighed:
    """Return how sure the script is of a word, and of the `look` likeliest in its place.

    The others are the words that follow in the script; each is half as likely as the one before.
    """
    others = {words[i]: i for i in (*range(len(words) - 1, number, -1), *range(number, -1, -1))}
    others.pop(words[number], None)
    ahead = sorted(others.values(), key=lambda i: (i < number, i))[:_MOST_OTHERS]
    sure = _SHARES[zlib.crc32(words[number].encode()) % len(_SHARES)]
    options = [(number, math.log(sure))]
    options += [(i, math.log((1 - sure) / 2**rank)) for rank, i in enumerate(ahead, 1)]
    likeliest = sorted(options, key=lambda option: option[1], reverse=True)
    return Weighed(math.log(sure), likeliest[:look])


def _text_of(prompt: Prompt) -> str:
    if isinstance(prompt, ChatPrompt):
        return "\n".join(message.content for message in prompt.messages)
    return prompt.text
