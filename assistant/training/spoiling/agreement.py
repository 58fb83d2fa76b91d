"""Verbs that do not agree with who does something: he have, they was, there is many."""

from __future__ import annotations

import re

from assistant.training.spoiling.nouns import BY_PLURAL, BY_SINGULAR
from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, rule
from assistant.training.spoiling.verbs import BY_BASE, BY_THIRD

# “If I were” and “lest he have” are right as they stand.
_NO_WISH = r"(?<!\bif )(?<!\bwish )(?<!\bthough )(?<!\bthat )(?<!\blest )(?<!\bwere )"
_BETWEEN = r"(?:always|never|often|usually|sometimes|really|only|still|also) "
_ANYBODY = (
    r"(?:everybody|everyone|everything|nobody|nothing|somebody|someone|something|anybody|anyone"
    r"|each of them|one of them|neither of them|the news|my family)"
)
_BE = {"is": ("are",), "was": ("were",), "has": ("have",), "does": ("do",)}
_PLURAL_BE = {"are": ("is",), "were": ("was",), "have": ("has",), "do": ("does",)}


def _without_s(match: re.Match[str]) -> Wrong:
    verb = BY_THIRD.get(match[HERE].lower())
    return (verb.base,) if verb else ()


def _with_s(match: re.Match[str]) -> Wrong:
    verb = BY_BASE.get(match[HERE].lower())
    # The past of these looks like their base.
    return (verb.third,) if verb and verb.past != verb.base else ()


def _noun_without_s(match: re.Match[str]) -> Wrong:
    return _without_s(match) if match["noun"].lower() in BY_SINGULAR else ()


def _noun_with_s(match: re.Match[str]) -> Wrong:
    right = match[HERE].lower()
    if match["noun"].lower() not in BY_PLURAL or right == "like":
        return ()
    return _PLURAL_BE.get(right) or _with_s(match)


def _singular_be(match: re.Match[str]) -> Wrong:
    return _BE.get(match[HERE].lower(), ()) if match["noun"].lower() in BY_SINGULAR else ()


def _be_of_plural(match: re.Match[str]) -> Wrong:
    return _PLURAL_BE.get(match[HERE].lower(), ()) if match["noun"].lower() in BY_PLURAL else ()


def _there_are(match: re.Match[str]) -> Wrong:
    return _PLURAL_BE.get(match[HERE].lower(), ())


RULES: tuple[Rule, ...] = (
    rule("he go", 5, rf"{_NO_WISH}\b(?:he|she|it) (?:{_BETWEEN})?(?P<here>\w+s)\b", _without_s),
    rule("he have", 4, r"\b(?:he|she|it) (?P<here>has)\b", lambda _: ("have",)),
    rule("they goes", 3, rf"\b(?:they|we|you) (?:{_BETWEEN})?(?P<here>\w+)\b", _with_s),
    rule("I goes", 2, r"(?<!and )\bI (?P<here>\w+)\b", _with_s),
    rule(
        "he were",
        1.5,
        rf"{_NO_WISH}\b(?:he|she|it|I) (?P<here>was|is)\b",
        lambda match: _BE[match[HERE].lower()] if match[0][:1] != "I" else ("were",),
    ),
    rule(
        "they was",
        4,
        r"\b(?:they|we|you) (?P<here>were|are|have)\b",
        lambda match: _PLURAL_BE[match[HERE].lower()],
    ),
    rule(
        "was you",
        4,
        r"\b(?P<here>were|are|have|do) (?:they|we|you)\b",
        lambda match: _PLURAL_BE[match[HERE].lower()],
    ),
    fixed("do he", 3, r"\b(?P<here>does) (?:he|she|it|the|your|this|that|anyone)\b", "do"),
    fixed("he don't", 5, r"\b(?:he|she|it|that|this|who) (?P<here>doesn't)\b", "don't", "dont"),
    fixed("they doesn't", 3, r"\b(?:they|we|you|I) (?P<here>don't)\b", "doesn't"),
    fixed("they wasn't", 4, r"\b(?:they|we|you) (?P<here>weren't)\b", "wasn't"),
    rule(
        "the dog run",
        5,
        r"\b(?:a|an|the|my|your|his|her|our|their|this|that) (?P<noun>\w+) (?P<here>\w+s)\b",
        _noun_without_s,
    ),
    rule(
        "the dogs runs",
        5,
        r"\b(?:the|my|your|his|her|our|their|these|those|all|many|most|some) (?P<noun>\w+)"
        r" (?P<here>\w+)\b",
        _noun_with_s,
    ),
    rule(
        "the dog were",
        2,
        r"(?<!if )\b(?:the|my|your|his|her|our|their|this|that) (?P<noun>\w+)"
        r" (?P<here>is|was|has)\b",
        _singular_be,
    ),
    rule("dogs was", 4, r"\b(?P<noun>\w+) (?P<here>are|were)\b", _be_of_plural),
    rule(
        "there is many",
        6,
        r"\bthere (?P<here>are|were)\b(?! (?:a |an |no |not ))",
        _there_are,
    ),
    rule(
        "there are a",
        3,
        r"\bthere (?P<here>is|was)(?= (?:a|an|no one|nobody|nothing|something)\b)"
        r"(?! a (?:lot|number|few|couple|dozen|hundred))",
        lambda match: _BE[match[HERE].lower()],
    ),
    rule(
        "everybody are",
        5,
        rf"\b{_ANYBODY} (?P<here>is|was|has|\w+s)\b",
        lambda match: _BE.get(match[HERE].lower()) or _without_s(match),
    ),
    rule(
        "people is",
        5,
        r"\b(?:people|children|men|women) (?P<here>are|were|have|\w+)\b",
        lambda match: _PLURAL_BE.get(match[HERE].lower()) or _with_s(match),
    ),
    rule(
        "one of the boys are",
        4,
        r"\bone of (?:the|my|his|her|our|their|your) \w+ (?P<here>is|was|has)\b",
        lambda match: _BE[match[HERE].lower()],
    ),
    rule(
        "he and I was",
        4,
        r"(?<!between )\b\w+ and (?:I|he|she|my \w+|his \w+|her \w+|[A-Z]\w+) (?P<here>were|are)\b",
        lambda match: _PLURAL_BE[match[HERE].lower()],
    ),
)
