"""Prepositions: another one than their neighbours ask for, none, or one too many."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, listed, rule

# What stands before decides. “-” leaves the preposition out.
_AFTER = """
interested in: on, about, for
depend|depends on: of, from, in
depended on: of, from
good|bad at: in, on
afraid|frightened|scared|ashamed of: from, about, for
proud of: on, for, about
tired|full of: from, with
fond|sure|jealous of: on, for, with
capable of: to, for
careful with: of, to
covered with: from
filled with: of, from
pleased with: from, of
angry with: on, to
married to: with
similar to: with, as, of
kind to: at
different from: of, as
famous for: of, with
responsible|sorry for: of, to
ready|late for: to, at, of
listen|listens|listened|listening to: -, at, on
belong|belongs|belonged to: -, for, at
happened|happens|happen to: with, at
wait|waits|waited|waiting for: -, to, on
thanks for: to, of
pay|paid for: -, of
succeeded|succeed in: at, to
agree|agreed|agrees with: to, on, -
arrived|arrive|arrives at: to
consists|consisted of: from, in
think|thought|thinking|thinks of: on, in
heard of: -
escape|escaped from: of
suffer|suffered|suffering from: of, with, by
died of: by
because|instead|front|outside|spite of: -
one|some|most|many|none of: from, in, -
lot|lots|plenty|kind|piece|cup|glass|bottle|pair of: -, from
next|close|according|due|owing to: of, by, with
"""
# What comes after decides.
_BEFORE = """
on monday|tuesday|wednesday|thursday|friday|saturday|sunday: in, at
on foot|horseback: by, with, at
on purpose: with, by
on the other: in, at
on his way|on her way|on my way|on their way|on the way: in, at
on the left|on the right|on the wall|on the floor|on the ground: in, at
at night|home|last|first|once|least: in, on
at the same time|at the end|at the door|at the top|at the bottom: in, on
at noon|midnight|school|work: in, on
at two o|at three o|at four o|at six o|at seven o|at ten o|at nine o: in, on
in the morning|in the afternoon|in the evening: at, on
in the middle|in the world|in the sky|in the dark: at, on
in january|february|march|april|may|june|july|august|september|october|november|december: on, at
in spring|summer|autumn|winter: on, at
in english|french|german|spanish: on, by
in a hurry|in a loud|in a low|in my opinion|in front|in love|in fact|in trouble: with, at, on
by bus|car|train|plane|bike|taxi: with, in, on
by heart|himself|herself|yourself|myself|themselves: with, from
for a walk|for a ride|for a swim|for a while|for example: to, at
for years|hours|days|weeks|months|ever: since
"""
_ME = r"(?:me|you|him|her|us|them|it)"


def _expanded(table: str, *, last: bool) -> Mapping[tuple[str, str], Wrong]:
    """Return what is wrong for each preposition and each of the neighbours that are listed."""
    expanded = {}
    for neighbourhood, wrong in listed(table).items():
        if last:
            neighbours, _, preposition = neighbourhood.rpartition(" ")
        else:
            preposition, _, neighbours = neighbourhood.partition(" ")
        for neighbour in neighbours.split("|"):
            # The last table may say the preposition again with each neighbour.
            plain = neighbour.removeprefix(f"{preposition} ")
            expanded[preposition, plain] = wrong
    return expanded


_WRONG_AFTER = _expanded(_AFTER, last=True)
_WRONG_BEFORE = _expanded(_BEFORE, last=False)
_ANY = r"(?P<here> (?:in|on|at|of|for|to|by|with|from))\b"


def _texts(wrong: Wrong) -> Wrong:
    return ["" if text == "-" else f" {text}" for text in wrong]


def _after(match: re.Match[str]) -> Wrong:
    preposition = match[HERE].strip().lower()
    return _texts(_WRONG_AFTER.get((preposition, match["left"].lower()), ()))


def _before(match: re.Match[str]) -> Wrong:
    preposition = match[HERE].strip().lower()
    words = match["right"].lower().split()
    for count in range(1, len(words) + 1):
        if wrong := _WRONG_BEFORE.get((preposition, " ".join(words[:count]))):
            return _texts(wrong)
    return ()


RULES: tuple[Rule, ...] = (
    rule("interested on", 16, rf"\b(?P<left>\w+){_ANY}", _after),
    rule("in Monday", 16, rf"{_ANY}(?= (?P<right>\w+(?: \w+){{0,2}}))", _before),
    fixed(
        "at the person",
        3,
        rf"\b(?:look|looks|looked|looking)(?P<here> at)(?= {_ME}\b)",
        "",
        " on",
        " to",
    ),
    fixed(
        "laughed on",
        3,
        rf"\b(?:laugh|laughed|laughing|stared|pointed|smiled)(?P<here> at)"
        rf"(?= {_ME}\b)",
        " on",
        " to",
        " about",
    ),
    fixed("look after", 2, r"\b(?:looking|looked)(?P<here> for)(?= (?:a|it|him|her)\b)", " after"),
    fixed("thank you to", 4, rf"\b(?:thank|thanked) {_ME}(?P<here> for)\b", " to", " of"),
    fixed(
        "remind me from",
        4,
        rf"\b(?:remind|reminds|reminded) {_ME}(?P<here> of)\b",
        " from",
        " to",
        " about",
    ),
    fixed(
        "tell to me",
        6,
        rf"\b(?:tell|tells|told|ask|asked|asks|help|helped|answered|follow"
        rf"|followed|thanked|call|called|met|married|reached)(?P<here> )(?={_ME}\b)",
        " to ",
    ),
    fixed(
        "said me",
        5,
        rf"\b(?:said|say|says|explain|explained|spoke|speak|talk|talked|belongs"
        rf"|happened|whispered|replied)(?P<here> to)(?= {_ME}\b)",
        "",
    ),
    fixed("married with", 3, r"\bmarried(?P<here> )(?=(?:him|her|me|a|the)\b)", " with "),
    fixed(
        "go to home",
        5,
        r"\b(?:go|goes|went|going|came|come|get|got|walked|ran|run|return"
        r"|returned|drove)(?P<here> )(?=home\b)",
        " to ",
    ),
    fixed(
        "want go",
        8,
        r"\b(?:want|wants|wanted|have|has|had|going|like|decided|tried|began|need"
        r"|needs|able|ready|used|ought|hope|asked (?:me|him|her|them)|told (?:me|him|her|them)"
        r"|easy|hard|difficult|time|wish|wished|refused|managed|offered)(?P<here> to)"
        r"(?= [a-z]+\b)(?! (?:the|a|an|my|his|her|our|their|this|that|me|him|it|us)\b)",
        "",
    ),
    fixed(
        "since three years",
        5,
        r"\b(?P<here>for) (?=(?:a|one|two|three|four|five|six|ten|twenty"
        r"|many|several|so many|a few|some) (?:years?|hours?|days?|weeks?|months?)\b)",
        "since",
    ),
    fixed(
        "since",
        3,
        r"(?P<here>since)(?= (?:last|yesterday|monday|then|morning|childhood)\b)",
        "from",
        "for",
    ),
    fixed(
        "discuss about",
        4,
        r"\b(?:discuss|discussed|discussing|mentioned|reached|approached"
        r"|entered|visit|visited)(?P<here> )(?=(?:the|a|it|this|that|my|his|her|their)\b)",
        " about ",
        " to ",
    ),
    fixed(
        "go school",
        4,
        r"\b(?:go|goes|went|going|gone|come|came|walked|ran|drove|walk|run)"
        r"(?P<here> to)(?= (?:the|a|school|bed|work|church|him|her|them|me|my|his|their)\b)",
        "",
    ),
    fixed(
        "in this morning",
        4,
        r"(?<= )(?P<here>)(?=(?:this|every|last|next) (?:morning|evening"
        r"|night|week|month|year|afternoon|day)\b)(?<!in )(?<!on )(?<!of )(?<!for )(?<!from )"
        r"(?<!the )(?<!at )",
        "in ",
        "on ",
    ),
)
