"""Capitals and punctuation: marks missing or needless, small letters where none belong."""

from __future__ import annotations

import re

from assistant.training.spoiling.rules import HERE, Rule, fixed

_NAMED = (
    r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|April|June|July"
    r"|August|September|October|November|December|English|French|German|Spanish|Japanese|Chinese"
    r"|Italian|American|Christmas|Easter|England|France|Germany|Japan|Italy|America|Spain|London"
    r"|Paris|Boston|Tokyo|Europe|Australia|Canada|Tom|Mary|John|Lily|Tim|Ben|Sam|Anna|Max|Mia|Jack"
    r"|Sarah|Sue|Jane|Peter|Alice|Bob|Mr|Mrs)"
)
_ASKS = (
    r"^(?:what|who|where|when|why|how|which|whose|do|does|did|is|are|was|were|can|could|will|would"
    r"|have|has|should|may|shall|don't|didn't|isn't|aren't|won't)\b[^.!?]*"
)
_CLAUSE = (
    r"^(?:When|If|As|While|After|Before|Although|Because|Since|Once|As soon as|Until) [^,]{8,60}"
)
# Not of “Mrs.” and the like.
_WORD_END = r"(?<=[a-z])(?<!Mr)(?<!Mrs)(?<!Dr)(?<!St)"


def _exact(name: str, weight: float, pattern: str, *wrong: str) -> Rule:
    """Return a rule for which capitals and small letters differ."""
    return Rule(
        name, weight, re.compile(pattern), lambda match: [match.expand(text) for text in wrong]
    )


def _small(name: str, weight: float, pattern: str) -> Rule:
    """Return a rule that takes small letters where capitals belong."""
    return Rule(name, weight, re.compile(pattern), lambda match: (match[HERE].lower(),), cased=True)


RULES: tuple[Rule, ...] = (
    _small("the dog", 5, r"^(?P<here>[A-Z])(?=[a-z])"),
    _small("i am", 8, r"(?<![\w'])(?P<here>I)(?=[ '])"),
    _small("tom and london", 10, rf"\b(?P<here>{_NAMED})\b"),
    Rule(
        "the Dog",
        1.5,
        re.compile(
            r"(?<=[a-z] )(?P<here>was|were|had|went|said|and|with|the|house|dog"
            r"|school|friend|mother|father|day|very|big|good|go|is|are)\b"
        ),
        lambda match: (match[HERE].capitalize(),),
    ),
    fixed("no full stop", 6, r"(?<=\w)(?P<here>\.)$", ""),
    fixed("no question mark", 14, _ASKS + r"(?P<here>\?)$", ".", "", "."),
    fixed("comma for full stop", 0.7, r"(?<=\w)(?P<here>\.)$", ","),
    fixed("two full stops", 0.4, r"(?<=\w)(?P<here>\.)$", ".."),
    fixed(
        "yes I do",
        9,
        r"^(?:Yes|No|Well|Oh|However|Of course|Then|Suddenly|Finally|At last"
        r"|One day|In fact|Unfortunately|Please)(?P<here>,)(?= )",
        "",
    ),
    fixed("when he came he", 9, rf"{_CLAUSE}(?P<here>,)(?= )", ""),
    fixed(
        "but without comma", 7, r"\w(?P<here>,)(?= but (?:I|he|she|it|we|they|you|the|there)\b)", ""
    ),
    fixed("tea coffee", 4, r"\w(?P<here>,)(?= (?:\w+, )*\w+,? and \w)", ""),
    fixed(
        "isn't it",
        6,
        r"\w(?P<here>,)(?= (?:isn't|aren't|don't|didn't|doesn't|won't|wasn't) \w+"
        r"\?$)",
        "",
    ),
    fixed("said come", 8, r"\w(?P<here>,)(?= [\"“][A-Z])", "", "."),
    fixed(
        "come said he",
        8,
        r"\w(?P<here>,)(?=[\"”] (?:said|asked|cried|he|she|they|replied))",
        "",
        ".",
    ),
    _exact("no opening mark", 6, r"(?<=\s)(?P<here>[\"“])(?=[A-Z])", ""),
    _exact("no closing mark", 6, r"(?<=[.,!?])(?P<here>[\"”])", ""),
    _small("said come small", 5, r", [\"“](?P<here>[A-Z])(?=[a-z])"),
    fixed("space before mark", 2.5, r"(?<=\w)(?P<here>[,.!?])(?= |$)", r" \g<here>"),
    fixed("no space", 2.5, r"(?<=\w,)(?P<here> )(?=\w)", ""),
    fixed(
        "the dog, ran",
        4,
        r"^(?:The|My|His|Her|This|Our) \w+(?P<here> )(?=(?:was|is|has|had|went"
        r"|came|ran|will|can|does) )",
        ", ",
    ),
    fixed(
        "that, he",
        4,
        r"\b(?:said|think|know|knew|thought|hope|so|sure|told \w+)(?P<here> )"
        r"(?=that (?:he|she|it|they|we|you|I|the)\b)",
        ", ",
    ),
    _exact(
        "run on",
        30,
        rf"{_WORD_END}(?P<here>\. )(?=[A-Z][a-z]* )",
        " ",
        " ",
        ", ",
    ),
    Rule(
        "run on small",
        10,
        re.compile(rf"{_WORD_END}(?P<here>\. [A-Z])(?=[a-z]* )"),
        lambda match: (f", {match[HERE][-1].lower()}", f". {match[HERE][-1].lower()}"),
        cased=True,
    ),
)
