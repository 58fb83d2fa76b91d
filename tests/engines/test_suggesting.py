"""A few words at the caret: spelled by the model, as likely as was asked, never half of one."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from assistant.core.errors import Cancelled, PromptTooLong
from assistant.core.jobs import EngineSpec
from assistant.core.suggestions import Ending, Silence, SuggestRequest
from assistant.engines.base import Suggester
from assistant.engines.causal import CausalEngine
from assistant.engines.detokenizing import vocabulary_of
from assistant.engines.factory import make_engine
from assistant.engines.suggesting.expecting import Outlook, State
from assistant.engines.suggesting.healing import expect_healed, take_back
from assistant.engines.suggesting.prefix import Prefix
from assistant.engines.suggesting.token_texts import TokenTexts
from assistant.models.inspection import describe
from assistant.text.counts import count_words
from tests.engines import tiny_models
from tests.real_models import ensure_default_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assistant.core.suggestions import Suggestion, Suggestions

    Causal = Callable[[str], CausalEngine]

TEXTS = ("Once upon a ti", "He said ", "It was.", "word " * 30, "a\n", "我们去北", "“No,” she as")
STORY = (
    "Once upon a time there was an old keeper who lit the lamps along the river every night. His "
    "daughter Elizabeth carried the ladder. One evening the keeper said to"
)


@dataclass
class Odds:
    """Words with their probabilities, whatever stands before; remembers what was asked."""

    words: Mapping[str, float]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def next_words(self, before: str, typed: str) -> Mapping[str, float]:
        self.asked.append((before, typed))
        found = {word: odds for word, odds in self.words.items() if word.startswith(typed)}
        total = sum(found.values()) if typed else 1.0
        return {word: odds / total for word, odds in found.items()}


@pytest.fixture(scope="module")
def default() -> Iterator[CausalEngine]:
    """Return the default model, in the most exact precision."""
    description = describe(ensure_default_model(), "smollm2")
    engine = make_engine(description, EngineSpec("smollm2", device="cpu", precision="float32"))
    assert isinstance(engine, CausalEngine)
    engine.load(lambda _event: None, lambda: False)
    yield engine
    engine.unload()


def _suggest(engine: CausalEngine, text: str, **settings: object) -> Suggestions:
    wanted = {"seconds": 600.0, **settings}
    return engine.suggest(SuggestRequest(text, **wanted), lambda: False)  # type: ignore[arg-type]


def _texts(engine: CausalEngine, text: str, **settings: object) -> list[str]:
    return [found.text for found in _suggest(engine, text, **settings).texts]


def _logs(engine: CausalEngine, ids: list[int]) -> torch.Tensor:
    """Return the log-probabilities behind each of `ids` by one plain forward pass, (n, v)."""
    with torch.inference_mode():
        logs: torch.Tensor = engine._ready().model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return logs


def _product(engine: CausalEngine, before: str, text: str) -> float:
    """Return the log-probability of `text`, which begins with a token of its own."""
    tokenizer = engine._ready().tokenizer
    stem, whole = tokenizer(before).input_ids, tokenizer(before + text).input_ids
    assert whole[: len(stem)] == stem
    logs = _logs(engine, whole)
    return sum(float(logs[at - 1, whole[at]]) for at in range(len(stem), len(whole)))


# --- the default model


@pytest.mark.real_model
def test_a_word_that_is_begun_is_finished(default: CausalEngine) -> None:
    """The tokenizer's own cut would hide the word: no text with “time” is cut at “ti”."""
    assert isinstance(default, Suggester)
    found = _suggest(default, "Once upon a ti")
    assert found.texts[0].text.startswith("me")
    assert found.texts[0].probability > 0.8
    assert _texts(default, "“Where have you been?” she as", threshold=0.3)[0].startswith("ked")
    assert _texts(default, "I don", words=1) == ["'t"]


@pytest.mark.real_model
def test_blanks_at_the_end_are_one_and_not_written_again(default: CausalEngine) -> None:
    with_blank = _texts(default, STORY + " ", threshold=0.0)
    assert with_blank == _texts(default, STORY + "   ", threshold=0.0)
    assert [" " + text for text in with_blank] == _texts(default, STORY, threshold=0.0)
    assert not with_blank[0].startswith(" ")


@pytest.mark.real_model
def test_probabilities_are_the_products_of_the_tokens_given_what_was_typed(
    default: CausalEngine,
) -> None:
    """After a blank: among the tokens that begin with one."""
    before = STORY
    (found,) = _suggest(default, before + " ", threshold=0.0).texts
    loaded = default._ready()
    texts = TokenTexts(loaded.tokenizer, loaded.vocabulary, 49152, loaded.ends)
    last = _logs(default, loaded.tokenizer(before).input_ids)[-1]
    blanks = [i for i, text in enumerate(texts.texts) if re.match(rb" (?![ \n\t])", text)]
    given = float(last[[*blanks, *texts.spelling(b" ")]].logsumexp(0))
    expected = _product(default, before, " " + found.text) - given
    assert found.log_probability == pytest.approx(expected, abs=0.01)


@pytest.mark.real_model
def test_it_goes_on_while_it_is_sure(default: CausalEngine) -> None:
    """A surer threshold shows a beginning of what a lower one shows, and keeps to itself."""
    shown = ""
    for threshold in (0.9, 0.5, 0.2, 0.05, 0.0):
        found = _suggest(default, "Once upon a ti", threshold=threshold, words=6)
        text = found.texts[0].text if found.texts else ""
        assert text.startswith(shown)
        assert not text or found.texts[0].probability >= threshold
        shown = text
    unsure = _suggest(default, STORY + " ", threshold=0.95)
    assert (unsure.texts, unsure.silence) == ((), Silence.UNSURE)
    assert unsure.best_log_probability is not None
    assert unsure.best_log_probability < math.log(0.95)


@pytest.mark.real_model
def test_the_drafts_words_are_mixed_in(default: CausalEngine) -> None:
    """The name of the draft wins where the model hesitates, and inside its first letters."""
    odds = Odds({"Elizabeth": 0.8, "Emma": 0.2})
    text = "Once upon a time there was a little girl named "
    alone = _suggest(default, text, threshold=0.0, words=1).texts[0]
    mixed = _suggest(default, text, threshold=0.0, words=1, odds=odds, odds_weight=0.6).texts[0]
    assert alone.text != "Elizabeth"
    assert mixed.text == "Elizabeth"
    own = math.exp(_product(default, text[:-1], " Elizabeth"))
    assert mixed.probability == pytest.approx(0.4 * own + 0.6 * 0.8, abs=0.03)
    assert odds.asked[0] == (text, "")
    begun = _suggest(default, text + "Eliz", threshold=0.3, words=1, odds=odds, odds_weight=0.6)
    assert begun.texts[0].text == "abeth"
    assert (text, "Eliz") in odds.asked


@pytest.mark.real_model
def test_rows_begin_with_different_words(default: CausalEngine) -> None:
    text = "The children ran down to the"
    found = _suggest(default, text, rows=3, threshold=0.0).texts
    first = [one.text.split()[0] for one in found]
    assert len(set(first)) == 3
    assert _texts(default, text, threshold=0.0) == [found[0].text]
    single = _suggest(default, text, rows=3, threshold=0.0, words=1).texts
    assert sorted(single, key=lambda one: -one.log_probability) == list(single)
    assert _suggest(default, text, rows=3, threshold=0.9).silence is Silence.UNSURE


@pytest.mark.parametrize(("threshold", "count"), [(0.3, 2), (0.01, 3), (0.0, 1)])
def test_others_are_not_much_less_likely_than_what_is_asked(
    causal: Causal, threshold: float, count: int
) -> None:
    """A tenth at least; where nothing is asked, a tenth of the likeliest."""
    odds = Odds({"red": 0.9, "blue": 0.08})
    settings = {"words": 1, "odds": odds, "odds_weight": 1.0}
    found = _suggest(
        causal("llama"), "The door was ", rows=3, threshold=threshold, **settings
    ).texts
    assert [one.text for one in found][:2] == ["red", "blue"][:count]
    assert len(found) == count
    assert all(one.probability >= 0.1 * threshold for one in found)


@pytest.mark.real_model
def test_chinese_goes_on_in_whole_characters(default: CausalEngine) -> None:
    """Its characters take several of this model's tokens each."""
    for text in ("我们去北", "从前有一个"):
        (found,) = _suggest(default, text, threshold=0.0, words=3).texts
        assert "\ufffd" not in found.text
        assert count_words(found.text) <= 3


# --- tiny models of every architecture


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize("text", TEXTS)
def test_words_are_whole_whatever_the_limit(name: str, text: str, causal: Causal) -> None:
    """One more word only adds to what was shown with fewer, and never to its last word."""
    engine = causal(name)
    shown = ""
    for words in (1, 2, 4):
        found = _suggest(engine, text, threshold=0.0, words=words)
        for one in found.texts:
            _is_sound(one, words)
            assert one.text.startswith(shown)
            assert not re.search(r"[a-z]\Z", shown) or not re.match("[a-z]", one.text[len(shown) :])
            shown = one.text


def _is_sound(found: Suggestion, words: int) -> None:
    assert found.text.strip()
    assert "\ufffd" not in found.text
    assert not re.search(r"[\n\t]|  |</?s>|<pad>| \Z", found.text)
    assert count_words(found.text) <= words
    assert found.log_probability <= 0


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
def test_drawn_rows_repeat_by_their_seed(name: str, causal: Causal) -> None:
    engine = causal(name)
    settings = {"rows": 4, "temperature": 1.0, "words": 2}
    first = _suggest(engine, "Once upon a ti", seed=1, **settings)
    assert first.texts
    assert len({found.text for found in first.texts}) == len(first.texts)
    for found in first.texts:
        _is_sound(found, 2)
    assert _suggest(engine, "Once upon a ti", seed=1, **settings).texts == first.texts
    assert _suggest(engine, "Once upon a ti", seed=2, **settings).texts != first.texts


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
def test_what_was_read_before_changes_nothing(name: str, causal: Causal) -> None:
    """Typing on, words deleted, another place: as by an engine that knows nothing yet."""
    engine = causal(name)
    pool = engine._prefixes
    assert pool is not None
    edits = [STORY[:60], STORY[:61], STORY[:64], STORY, STORY[:50] + " ran", STORY[:20], STORY]
    odds = Odds({"Elizabeth": 0.6, "every": 0.3})
    for text, rows in itertools.product(edits, (1, 3)):
        settings = {"rows": rows, "threshold": 0.0, "words": 3, "odds": odds, "odds_weight": 0.3}
        known = _suggest(engine, text, **settings)
        kept, pool._kept = pool._kept, []
        fresh = _suggest(engine, text, **settings)
        pool._kept = kept
        assert [found.text for found in known.texts] == [found.text for found in fresh.texts]
        assert [found.log_probability for found in known.texts] == pytest.approx(
            [found.log_probability for found in fresh.texts], abs=1e-3
        )
        assert fresh.reused_tokens == 0
    assert known.reused_tokens > known.prompt_tokens - 12


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
def test_a_word_of_the_draft_is_as_likely_as_the_mixture_says(name: str, causal: Causal) -> None:
    """(1 - w) P_model + w P_draft, in a vocabulary where the word has seven tokens."""
    engine = causal(name)
    word, weight = "Estella", 0.9
    odds = Odds({word: 1.0})
    found = _suggest(
        engine, "the old ", words=1, threshold=0.0, odds=odds, odds_weight=weight
    ).texts[0]
    assert found.text == word
    ids = engine._ready().tokenizer("the old " + word).input_ids
    logs = _logs(engine, ids)
    start = len(ids) - len(word)
    own = sum(float(logs[at - 1, ids[at]]) for at in range(start, len(ids)))
    # The bytes that begin a word, the first ones of a longer character among them.
    begins = [
        token
        for token, byte in _bytes_by_token(engine).items()
        if byte >= 0xC0 or re.match(r"[A-Za-z0-9$%&+@^]", chr(byte), re.ASCII)
    ]
    new_word = float(logs[start - 1, begins].exp().sum())
    expected = (1 - weight) * math.exp(own) + weight * new_word
    # What the model would choose there itself is part of the same sum.
    assert found.probability == pytest.approx(expected, rel=1e-3)


def _bytes_by_token(engine: CausalEngine) -> dict[int, int]:
    loaded = engine._ready()
    texts = TokenTexts(loaded.tokenizer, loaded.vocabulary, 260, loaded.ends)
    return {token: text[0] for token, text in enumerate(texts.texts) if text}


# --- time and stopping


def test_without_time_it_is_silent_and_has_read_the_prompt(causal: Causal) -> None:
    engine = causal("llama")
    text = "another story " * 9
    late = _suggest(engine, text, seconds=0.0)
    assert (late.texts, late.silence) == ((), Silence.TOO_SLOW)
    again = _suggest(engine, text, threshold=0.0)
    assert again.reused_tokens >= again.prompt_tokens - 2


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_it_can_be_stopped_at_any_moment(name: str, causal: Causal) -> None:
    """And what is suggested next is not touched by it."""
    engine = causal(name)
    text = "a third story " * 8
    expected = _texts(engine, text, threshold=0.0, rows=3)
    pool = engine._prefixes
    assert pool is not None
    request = SuggestRequest(text, threshold=0.0, rows=3, seconds=600)
    for most in range(0, 12, 2):
        pool.clear()
        asked = itertools.count()
        with pytest.raises(Cancelled):
            engine.suggest(request, lambda asked=asked, most=most: next(asked) >= most)
        assert _texts(engine, text, threshold=0.0, rows=3) == expected


def test_what_does_not_fit_is_refused(causal: Causal) -> None:
    with pytest.raises(PromptTooLong):
        _suggest(causal("gpt2"), "a" * 1024)


def test_banned_tokens_are_never_written(causal: Causal) -> None:
    engine = causal("qwen2")
    config = engine._ready().model.generation_config
    former = config.suppress_tokens
    text = _texts(engine, "Once upon a time", threshold=0.0, words=4)[0]
    banned = {ord(letter) for letter in text.strip() if ord(letter) < 128}
    bytes_of = _bytes_by_token(engine)
    config.suppress_tokens = [token for token, byte in bytes_of.items() if byte in banned]
    try:
        other = _texts(engine, "Once upon a time", threshold=0.0, words=4)[0]
    finally:
        config.suppress_tokens = former
    assert not banned & {ord(letter) for letter in other}


# --- tokens of other kinds


def test_a_long_token_and_paths_of_short_ones_all_count(causal: Causal) -> None:
    """“ Elizabeth” is one token here, and may be written in two and in three as well."""
    engine = causal("gpt2")
    assert engine._network is not None
    pieces = ["x", "ĠEliz", "ĠElizabeth", "ĠEl", "iz", "abeth", "."]
    scores = [("<unk>", -99.0), *((piece, -float(len(piece) > 6) - 1) for piece in pieces)]
    bare = Tokenizer(models.Unigram(scores, unk_id=0))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    tokenizer = tiny_models.hf.PreTrainedTokenizerFast(tokenizer_object=bare)
    texts = TokenTexts(tokenizer, vocabulary_of(tokenizer, ()), 260, ())
    taken = take_back("x Eliz", tokenizer, texts)
    assert (taken.stem, taken.natural, taken.typed) == ([1], (2,), b" Eliz")
    with torch.inference_mode():
        prefix = Prefix(engine._network.reader(20), taken.stem)
        expected = expect_healed(prefix, taken, Outlook(texts, ()), State(), 64)

    def likely(*tokens: int) -> float:
        logs = _logs(engine, [1, *tokens])
        return math.exp(sum(float(logs[at, token]) for at, token in enumerate(tokens)))

    begun = likely(2) + likely(3) + likely(4, 5)
    whole = likely(3) + likely(2, 6) + likely(4, 5, 6)
    # What is not looked at is counted in the whole: the result is never too large.
    assert expected.options[b"abeth"].probability == pytest.approx(whole / begun, rel=0.06)


def test_sentencepiece_tokens_spell_blanks_and_bytes() -> None:
    pieces = ["<unk>", "</s>", "▁", "▁a", "b", "<0x0A>", "<0xE6>", "▁▁", "中"]
    bare = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(pieces)}, merges=[]))
    bare.normalizer = normalizers.Replace(" ", "▁")
    bare.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback()])
    bare.add_special_tokens([AddedToken("</s>", special=True)])
    tokenizer = tiny_models.hf.PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="</s>")
    texts = TokenTexts(tokenizer, vocabulary_of(tokenizer, {1}), 12, {1})
    assert texts.texts[1:] == [
        b"", b" ", b" a", b"b", b"\n", b"\xe6", b"  ", "中".encode(), b"", b"", b"",
    ]  # fmt: skip
    assert texts.beginning_with(b" ").tolist() == [2, 7, 3]
    assert texts.spelling(b" ") == [2]
    may = texts.allowed(broken=False, blank=False, first=True).nonzero().flatten().tolist()
    assert may == [0, 2, 3, 4, 6, 8]


def test_the_end_of_a_clause_a_line_or_the_text_is_told(causal: Causal) -> None:
    endings = {
        found.ending
        for seed in range(30)
        for found in _suggest(
            causal("gpt2"), "Once", temperature=3.0, seed=seed, rows=4, words=2
        ).texts
    }
    assert {Ending.WORDS, Ending.CLAUSE} <= endings
