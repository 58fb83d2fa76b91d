"""Abstracts in one sentence, beside those that people wrote (SciTLDR's form).

Rows have `title`, `document` and `summary` (one or several). Scores: `rouge_l`, the mean number of
`words`, `copied` (the summary stands in the text word for word), and three rivals' ROUGE-L:
`rival_lead` (the first sentence), `rival_key_sentence` (LexRank), `rival_cue` (the first sentence
that says “we propose” or “this paper”, else LexRank's).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.bench.judging.measures import rouge_l
from assistant.bench.judging.selection import dealt, lowest
from assistant.bench.judging.subject import Scores, averaged, each, percent
from assistant.core.tasks import Form, Summarize
from assistant.text import sentences
from assistant.text.ranking import key_sentences
from assistant.training.cleaning import detokenized
from assistant.training.corpora import rows

if TYPE_CHECKING:
    from assistant.bench.judging.selection import Row
    from assistant.bench.judging.subject import Bench

NAME = "summaries"
FILE = "scitldr_dev"
_CUE = re.compile(
    r"\b(?:we|i) (?:\w+ly )?(?:propose|introduce|present|develop|describe|show|study|investigate"
    r"|demonstrate|explore|design|provide|address|consider|analy[sz]e|examine|devise|suggest)\b"
    r"|\b(?:this|our|the present|in this) (?:paper|work|article|study)\b",
    re.IGNORECASE,
)


def judge(bench: Bench) -> Scores:
    """Return how near the model's one sentence comes to people's."""
    groups = lowest(rows(bench.data, FILE), max(bench.limit, 20), bench.learned.is_unseen)
    items = dealt(groups, bench.limit)
    return averaged(each(NAME, items, bench, lambda row: _measure(row, bench)))


def _measure(row: Row, bench: Bench) -> Scores:
    text = " ".join(detokenized(row["document"]).split())
    told = row["summary"]
    references = [told] if isinstance(told, str) else list(told)
    summary = bench.outcome(Summarize(text, form=Form.MODEL, sentences=1)).text
    split = sentences.split(text)
    lead = text[split[0].start : split[0].end] if split else text
    key = _key_sentence(text) or lead
    cue = next((s for one in split if _CUE.search(s := text[one.start : one.end])), key)
    return {
        "rouge_l": 100 * rouge_l(summary, references),
        "words": len(summary.split()),
        "copied": percent(bool(summary) and summary in text),
        "rival_lead": 100 * rouge_l(lead, references),
        "rival_key_sentence": 100 * rouge_l(key, references),
        "rival_cue": 100 * rouge_l(cue, references),
    }


def _key_sentence(text: str) -> str:
    return "".join(text[span.start : span.end] for span in key_sentences(text, 1))
