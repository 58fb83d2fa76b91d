"""Forms of verbs that do not exist or do not fit: didn't knew, has went, runned, he going."""

from __future__ import annotations

import re

from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, rule
from assistant.training.spoiling.verbs import BY_BASE, BY_ING, BY_PARTICIPLE, BY_PAST

_WHO = r"(?:I|you|he|she|it|we|they|\w+)"
_DID = r"\b(?:didn't|did not|don't|doesn't|does not|do not|couldn't|could not|wouldn't|won't)"
_MODAL = (
    r"\b(?:can|could|will|would|must|should|shall|may|might|can't|cannot|couldn't|won't|wouldn't"
    r"|mustn't|shouldn't|let's)"
)
_HAVE = r"\b(?:have|has|had|having|haven't|hasn't|hadn't|I've|you've|we've|they've)"
_PAST = r"\b(?:was|were|had|said|went|came|did|could|saw|yesterday|ago|last (?:night|week|year))\b"
_FEEL = {
    "bored": "boring", "tired": "tiring", "excited": "exciting", "surprised": "surprising",
    "frightened": "frightening", "interested": "interesting", "disappointed": "disappointing",
    "confused": "confusing", "worried": "worrying", "amazed": "amazing",
}  # fmt: skip


def _past_for_base(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    return (verb.past,) if verb and verb.past != verb.base else ()


def _past_or_third_for_base(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    if verb is None:
        return ()
    # No set: its order is another one in each process.
    return tuple(form for form in (verb.past, verb.third) if form != verb.base)


def _to_base(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    return (f"to {verb.base}",) if verb else ()


def _past_for_participle(match: re.Match[str]) -> Wrong:
    verb = BY_PARTICIPLE.get(match[HERE].lower())
    if verb is None:
        return ()
    if verb.past != verb.participle:
        return (verb.past,) if verb.base in (verb.past, verb.participle) else (verb.past, verb.base)
    return (verb.base,) if verb.base != verb.participle else ()


def _regular_for_past(match: re.Match[str]) -> Wrong:
    verb = BY_PAST.get(match[HERE].lower())
    return (verb.regular,) if verb and verb.is_irregular else ()


def _regular_for_participle(match: re.Match[str]) -> Wrong:
    verb = BY_PARTICIPLE.get(match[HERE].lower())
    return (verb.regular,) if verb and verb.is_irregular else ()


def _base_for_past(match: re.Match[str]) -> Wrong:
    verb = BY_PAST.get(match[HERE].lower())
    return (verb.base,) if verb else ()


def _base_for_ing(match: re.Match[str]) -> Wrong:
    verb = BY_ING.get(match[HERE].lower())
    return (verb.base,) if verb else ()


def _to_for_ing(match: re.Match[str]) -> Wrong:
    verb = BY_ING.get(match[HERE].lower())
    return (f"to {verb.base}",) if verb else ()


def _ing_for_base(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    return (verb.ing,) if verb else ()


def _went_for_gone(match: re.Match[str]) -> Wrong:
    verb = BY_PARTICIPLE.get(match[HERE].lower())
    return (verb.past,) if verb and verb.past != verb.participle else ()


def _be_with_base(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    return (f"am {verb.base}",) if verb else ()


def _having_seen(match: re.Match[str]) -> Wrong:
    """Take “he saw” for “he seen”, where nothing else can be meant."""
    verb = BY_PAST.get(match[HERE].lower())
    return (verb.participle,) if verb and verb.participle not in (verb.past, verb.base) else ()


RULES: tuple[Rule, ...] = (
    rule("didn't knew", 8, rf"{_DID} (?:really |even |ever )?(?P<here>\w+)\b", _past_for_base),
    rule("did he knew", 8, rf"\b(?:did|does|do) {_WHO} (?P<here>\w+)\b", _past_or_third_for_base),
    rule(
        "can goes", 5, rf"{_MODAL} (?:not |never |always )?(?P<here>\w+)\b", _past_or_third_for_base
    ),
    rule("can to go", 4, rf"{_MODAL} (?P<here>\w+)\b", _to_base),
    rule(
        "to went",
        5,
        r"\b(?:want|wants|wanted|have|has|had|able|began|started|decided|tried"
        r"|going|used|like|how|where|ready|time|ought) to (?P<here>\w+)\b",
        _past_or_third_for_base,
    ),
    rule(
        "made him to cry",
        5,
        r"\b(?:made|make|makes|let|lets|saw|heard) (?:me|him|her|us|them|you)"
        r" (?P<here>\w+)\b",
        _to_base,
    ),
    rule(
        "has went",
        9,
        rf"{_HAVE} (?:already |never |ever |just |not |always )?(?P<here>\w+)\b",
        _past_for_participle,
    ),
    rule(
        "have he went",
        6,
        rf"\b(?:have|has|had) {_WHO} (?:ever |already )?(?P<here>\w+)\b",
        _went_for_gone,
    ),
    rule("was wrote", 5, r"\b(?:was|were|is|are|been|be|being) (?P<here>\w+)\b", _went_for_gone),
    rule("runned", 6, r"\b(?P<here>\w+)\b", _regular_for_past),
    rule(
        "has taked",
        4,
        rf"(?:{_HAVE}|\b(?:was|were|been|be)) (?P<here>\w+)\b",
        _regular_for_participle,
    ),
    rule(
        "he seen it",
        2.5,
        r"\b(?:I|we|they|you|he|she) (?P<here>\w+)\b(?= (?:a|the|my|his|her|it"
        r"|him|them|you|me|that|this|an|to|in|on|off|out|up|down|away|back)\b)",
        _having_seen,
    ),
    rule(
        "went and buy",
        7,
        rf"{_PAST}.{{0,40}} (?:and|then|but) (?:then |he |she |they |we |I )?"
        r"(?P<here>\w+)\b",
        _base_for_past,
    ),
    rule(
        "yesterday I go",
        7,
        r"\b(?:I|you|we|they|he|she|it) (?P<here>\w+)\b(?=.*\b(?:yesterday"
        r"|ago|last (?:night|week|month|year|summer|winter)))",
        _base_for_past,
    ),
    rule(
        "yesterday we go",
        5,
        r"\b(?:yesterday|last (?:night|week|month|year)),?"
        r" (?:I|you|we|they|he|she|it) (?P<here>\w+)\b",
        _base_for_past,
    ),
    rule(
        "is go",
        7,
        r"\b(?:am|is|are|was|were|I'm|you're|we're|they're|he's|she's|been)"
        r" (?:not |always |still )?(?P<here>\w+ing)\b",
        _base_for_ing,
    ),
    rule(
        "enjoy to swim",
        8,
        r"\b(?:enjoy|enjoys|enjoyed|finish|finished|avoid|avoided|mind|minds"
        r"|keep|keeps|kept|imagine|suggested|gave up|give up|practise|can't help|couldn't help"
        r"|without|about|of|by|for|before|after|at|from) (?P<here>\w+ing)\b",
        _to_for_ing,
    ),
    rule(
        "by run",
        5,
        r"\b(?:without|by|for|before|after|of|from|about|kept|keep|enjoy|started"
        r"|stopped|stop) (?P<here>\w+ing)\b",
        _base_for_ing,
    ),
    rule(
        "to going",
        4,
        r"\b(?:want|wants|wanted|able|decided|tried|began|ought|need|needs|have|had"
        r"|has|hope|easy|hard|ready) to (?P<here>\w+)\b",
        _ing_for_base,
    ),
    rule("can going", 3, rf"{_MODAL} (?P<here>\w+)\b", _ing_for_base),
    rule(
        "I am agree",
        3,
        r"(?:^|(?<=, )|(?<=and )|(?<=but ))I (?P<here>\w+)\b(?! to be)",
        _be_with_base,
    ),
    rule(
        "I am boring",
        3,
        rf"\b(?:am|was|were|are|is|I'm|feel|felt|got|getting) (?:so |very |too )?"
        rf"(?P<here>{'|'.join(_FEEL)})\b",
        lambda match: (_FEEL[match[HERE].lower()],),
    ),
    fixed(
        "use to", 4, r"(?<!be )(?<!to )\b(?:I|you|he|she|we|they|it) (?P<here>used)(?= to\b)", "use"
    ),
    fixed(
        "suppose to", 6, r"\b(?:am|is|are|was|were|be|I'm) (?P<here>supposed)(?= to\b)", "suppose"
    ),
    fixed("would of", 8, r"\b(?:would|should|could|must|might|may) (?P<here>have)\b", "of"),
    fixed("would of not", 5, r"\b(?:wouldn't|shouldn't|couldn't) (?P<here>have)\b", "of"),
    fixed(
        "it raining",
        5,
        r"\b(?:it|he|she|there|that|this)(?P<here> (?:is|was))(?= (?:not |very"
        r" |so |a |an |the |too |no )?\w+)(?=.*\b(?:now|today|yesterday|then|when)\b)",
        "",
    ),
    fixed(
        "they going", 4, r"\b(?:they|we|you)(?P<here> are)(?= (?:\w+ing|not|very|so|going)\b)", ""
    ),
    fixed(
        "will be",
        4,
        r"\b(?:will|would|must|should|could|can|may|might)(?P<here> be)(?= (?:a|an"
        r"|the|very|so|able|glad|happy|sorry|too|in|at|here|there|back|late|ready)\b)",
        "",
    ),
    fixed("I been", 4, r"\b(?:I|you|we|they|he|she)(?P<here> (?:have|has|had))(?= been\b)", ""),
)
