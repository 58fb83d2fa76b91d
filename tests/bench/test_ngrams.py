"""BLEU and chrF, against sacreBLEU."""

from __future__ import annotations

import pytest
import sacrebleu

from assistant.bench.judging.ngrams import bleu, chrf

NEAR = [
    ("Il a 1,5 kg de pommes - et toi ?", "Il a acheté 1,5 kg de pommes, et toi ?"),
    ("Where's the bread-knife, Tom?", "Where is the bread knife, Tom?"),
    ("¿Cuándo llegó (el 3-5-2010)?", "¿Cuándo llegó él (el 3-5-2010)?"),
    ("Es tut mir leid.", "Es tut mir sehr leid, dass es 3.000 waren."),
]


@pytest.mark.parametrize(
    "pairs",
    [
        NEAR,
        NEAR[:1],
        [("The dog sleeps on a mat now.", "A cat sat there by the old door.")],
        [("Yes.", "No, I have never been there.")],
        [("Yes.", "Yes.")],
        [("", "Somebody said so.")],
        [(text * 3, reference) for text, reference in NEAR],
    ],
)
def test_they_are_sacrebleus(pairs: list[tuple[str, str]]) -> None:
    texts, references = map(list, zip(*pairs, strict=True))
    assert bleu(pairs) == pytest.approx(sacrebleu.corpus_bleu(texts, [references]).score)
    assert chrf(pairs) == pytest.approx(sacrebleu.corpus_chrf(texts, [references]).score)
