"""From a request to suggestions: read what is new of the text, write behind it, show what is sure.

The time limit does not break off the reading of the prompt: it is kept for the next request, which
has the less to read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from assistant.core.errors import Cancelled
from assistant.core.requests import GREEDY, ShouldStop
from assistant.core.suggestions import Ending, Silence, Suggestion, Suggestions, SuggestRequest
from assistant.engines.loading import Loaded
from assistant.engines.prefixes import PrefixPool
from assistant.engines.prompting import room_for
from assistant.engines.sampling import processors
from assistant.engines.suggesting.expecting import Outlook
from assistant.engines.suggesting.healing import one_blank, take_back
from assistant.engines.suggesting.mixture import Mixture, Spellings
from assistant.engines.suggesting.prefix import Prefix
from assistant.engines.suggesting.rows import Row
from assistant.engines.suggesting.token_texts import TokenTexts
from assistant.engines.suggesting.writing import Writing
from assistant.models.description import ModelDescription

# No text is longer than this; names and other scripts take several tokens a word.
_TOKENS_A_WORD = 6
_SPARE_TOKENS = 24
# Another text's first word has to be so likely, of what is asked of the first one's. Seen in books
# and modern prose: what is below is rarely meant, such as “I assure him” for “I assure you”.
_OTHERS_SHARE = 0.1


class SuggestionWriter:
    """Suggests with one loaded model; what its tokens spell is looked up at the first request."""

    def __init__(self, loaded: Loaded, pool: PrefixPool, model: ModelDescription) -> None:
        self._loaded = loaded
        self._pool = pool
        self._model = model
        self._texts: TokenTexts | None = None
        self._spellings = Spellings(loaded.tokenizer)

    def suggest(
        self, request: SuggestRequest, should_stop: ShouldStop, started: float
    ) -> Suggestions:
        """Return what goes on with the text; `started` is when the request came.

        Raises `PromptTooLong`, and `Cancelled` when stopped; what was read is kept all the same.
        """
        text = one_blank(request.text)
        # The first request of all is not to be late because of what is looked up only once.
        deadline = request.seconds + (started if self._texts else time.perf_counter())
        texts = self._texts = self._texts or self._read_vocabulary()
        taken = take_back(text, self._loaded.tokenizer, texts)
        prompt = len(taken.stem) + len(taken.natural)
        most = request.words * _TOKENS_A_WORD + _SPARE_TOKENS
        room = room_for(prompt, most, self._loaded.context_length, self._model)
        reader = self._pool.borrow(taken.stem, prompt + room)
        reused = reader.length
        prefix = Prefix(reader, taken.stem)
        outlook = Outlook(texts, self._bans(prompt))
        writing = Writing(request, text, prefix, outlook, self._mixture(request, texts))
        rows: list[Row] = []
        try:
            prefix.read(should_stop)
            if time.perf_counter() < deadline:
                rows = writing.begin(taken)
                writing.go_on(rows, deadline, room, should_stop)
        except Cancelled:
            self._pool.give_back(*prefix.held())
            raise
        self._pool.give_back(*prefix.held())
        found = _drawn(rows) if request.temperature > 0 else _sorted(rows, writing.least)
        return Suggestions(
            texts=tuple(found),
            silence=None if found else _silence(rows),
            best_log_probability=None if found else _best(rows),
            prompt_tokens=prompt,
            reused_tokens=reused,
            seconds=time.perf_counter() - started,
        )

    def _read_vocabulary(self) -> TokenTexts:
        loaded = self._loaded
        size = loaded.model.config.get_text_config(decoder=True).vocab_size
        return TokenTexts(loaded.tokenizer, loaded.vocabulary, size, loaded.ends)

    def _bans(self, prompt: int) -> list[Any]:
        loaded = self._loaded
        config = loaded.model.generation_config
        return processors(GREEDY, config, loaded.ends, prompt, device="cpu")

    def _mixture(self, request: SuggestRequest, texts: TokenTexts) -> Mixture | None:
        if request.odds is None or request.odds_weight <= 0:
            return None
        return Mixture(request.odds, request.odds_weight, texts, self._spellings)


def _sorted(rows: Sequence[Row], least: float) -> list[Suggestion]:
    """Return the texts with different first words, the likeliest first; none if that is unsure.

    Others stay that begin likely enough; where nothing is asked, beside the likeliest.
    """
    found: dict[str, Suggestion] = {}
    ordered = sorted((row for row in rows if row.kept), key=lambda row: -row.first_word)
    for row in ordered:
        asked = least if least > -math.inf else ordered[0].first_word
        if found and row.first_word < asked + math.log(_OTHERS_SHARE):
            break
        shown = row.shown(-math.inf if found else least)
        if shown is None:
            return []
        found.setdefault(row.text[: row.kept[0].length], shown)
    return list(found.values())


def _drawn(rows: Sequence[Row]) -> list[Suggestion]:
    """Return the different texts in the order in which they were drawn."""
    shown = (row.shown(-math.inf) for row in rows)
    return list({text.text: text for text in shown if text is not None}.values())


def _silence(rows: Sequence[Row]) -> Silence:
    late = not rows or any(row.ending is Ending.TIME for row in rows)
    return Silence.TOO_SLOW if late else Silence.UNSURE


def _best(rows: Sequence[Row]) -> float | None:
    return max((row.first_word for row in rows), default=None)
