"""Words in the wrong order, above all in questions: where he is?, I don't know what is it."""

from __future__ import annotations

import re

from assistant.training.spoiling.nouns import BY_SINGULAR
from assistant.training.spoiling.rules import Rule, Wrong, fixed, rule

_WHO = r"(?P<who>I|you|he|she|it|we|they|this|that|(?:the|my|your|his|her|our|their) \w+|Tom|Mary)"
_ASK = r"(?:what|where|when|why|how|who|which|how (?:old|much|many|long|far|often)|what time)"
_IS = r"(?P<is>is|are|was|were|can|could|will|would|should|has|have|had|am)"
_DO = r"(?P<do>do|does|did)"
_SAY = (
    r"(?:know|knew|wonder|wondered|remember|understand|understood|told me|tell me|asked|idea|see)"
)
_ADVERB = (
    r"(?P<adverb>always|never|often|usually|sometimes|already|still|really|also|just|only|even)"
)


def _turned(match: re.Match[str]) -> Wrong:
    return (f"{match['other']} {match['one'].lower()}",)


def _noun_first(match: re.Match[str]) -> Wrong:
    if match["noun"].lower() not in BY_SINGULAR:
        return ()
    return (f"{match['noun']} {match['adjective']}",)


RULES: tuple[Rule, ...] = (
    fixed("where he is?", 12, rf"^{_ASK} (?P<here>{_IS} {_WHO})(?=\b.*\?$)", r"\g<who> \g<is>"),
    fixed(
        "where he went?",
        9,
        rf"^{_ASK} (?P<here>{_DO} {_WHO})(?=\b.*\?$)",
        r"\g<who> \g<do>",
        r"\g<who>",
    ),
    rule(
        "you are ready?",
        4,
        r"^(?P<here>(?P<one>is|are|was|were|can|will) (?P<other>he|she|it|they|we|you))\b(?=.*\?$)",
        _turned,
    ),
    fixed(
        "don't know what is it",
        12,
        rf"\b{_SAY} {_ASK} (?P<here>{_WHO} {_IS})(?=[.,!?]| [a-z]+ing\b)",
        r"\g<is> \g<who>",
    ),
    fixed(
        "goes always",
        4,
        rf"\b(?:I|you|he|she|it|we|they) (?P<here>{_ADVERB} (?P<verb>[a-z]+))"
        r"(?= (?:to|the|a|my|his|her|in|at|with)\b)",
        r"\g<verb> \g<adverb>",
    ),
    fixed(
        "always is",
        4,
        rf"\b(?:I|you|he|she|it|we|they) (?P<here>(?P<be>am|is|are|was|were)"
        rf" {_ADVERB})(?= \w)",
        r"\g<adverb> \g<be>",
    ),
    fixed(
        "enough old",
        7,
        r"\b(?P<here>(?P<word>old|big|good|strong|warm|tall|rich|fast|long|large"
        r"|well|brave|near|hard) enough)\b",
        r"enough \g<word>",
    ),
    rule(
        "house big",
        2,
        r"\b(?:a|an|the|his|her|my|their) (?P<here>(?P<adjective>big|little|old|new"
        r"|young|small|red|white|black|blue|green|beautiful|good|great|poor|long|happy|strange)"
        r" (?P<noun>\w+))\b(?! \w+s\b)",
        _noun_first,
    ),
    fixed(
        "like very much tea",
        5,
        r"\b(?:like|likes|liked|love|loves|loved|enjoyed)(?P<here>"
        r" (?P<what>(?:the |my |his |her )?\w+) very much)\b",
        r" very much \g<what>",
    ),
    rule(
        "the in house",
        0.5,
        r"\b(?P<here>(?P<one>in|on|at|to|of|with|from|for) (?P<other>the|a|his"
        r"|her|my|their))(?= \w)",
        _turned,
    ),
    rule(
        "so a nice",
        3,
        r"\b(?P<here>(?P<one>such|what|quite|rather) (?P<other>an?))(?= \w+ \w+)",
        _turned,
    ),
    fixed(
        "pick up it",
        2,
        r"\b(?:pick|picked|put|take|took|turn|turned|woke|wake|throw|threw)"
        r"(?P<here> (?P<what>it|him|her|them) (?P<way>up|on|off|away|down))\b",
        r" \g<way> \g<what>",
    ),
)
