"""Comparatives, adverbs and negatives: more bigger, ran quick, don't know nothing."""

from __future__ import annotations

import re

from assistant.training.spoiling.rules import Rule, Wrong, fixed, listed, rule, swapped

_SHORT = """
big small tall short long old young fast slow high low strong weak rich poor cold warm hot cheap
hard soft dark bright nice kind clean deep loud near happy easy early heavy pretty funny busy angry
hungry large late great sweet wide thick thin close quick wise brave clever strange
"""
_LONG = (
    "beautiful|difficult|important|interesting|expensive|dangerous|useful|careful|comfortable"
    "|famous|intelligent|popular|wonderful|delicious|patient|pleasant"
)
_IRREGULAR = listed(
    """
better: more better, gooder, more good
best: most best, goodest, most good
worse: more worse, badder, more bad
worst: most worst, baddest
less: lesser
further: more far
"""
)
_ADVERBS = """
quickly slowly carefully quietly softly loudly suddenly easily happily sadly gently safely angrily
politely badly clearly bravely kindly brightly eagerly freely heavily hungrily nicely proudly
seriously simply tightly warmly wildly
"""


def _er(word: str) -> str:
    if word.endswith("ful"):
        return word + "ler"
    if word.endswith("e"):
        return word + "r"
    if word.endswith("y"):
        return word[:-1] + "ier"
    return word + (word[-1] if word in ("big", "hot", "thin") else "") + "er"


def _adjective(adverb: str) -> str:
    stem = adverb[:-2]
    if adverb in ("gently", "simply"):
        return adverb[:-1] + "e"
    return stem[:-1] + "y" if stem.endswith("i") else stem


_MORE = {_er(word): (f"more {_er(word)}", f"more {word}") for word in _SHORT.split()} | _IRREGULAR
_MOST = {
    _er(word)[:-1] + "st": (f"most {_er(word)[:-1]}st", f"most {word}") for word in _SHORT.split()
}
_LY = {adverb: (_adjective(adverb),) for adverb in _ADVERBS.split()}
_NEGATIVES = {
    "any": ("no",), "anything": ("nothing",), "anyone": ("no one", "nobody"),
    "anybody": ("nobody",), "ever": ("never",), "anywhere": ("nowhere",), "either": ("neither",),
}  # fmt: skip
_MUCH = {word: (f"{word} much",) for word in ("too", "so", "very")}
_NOT = (
    r"\b(?:don't|doesn't|didn't|can't|cannot|couldn't|won't|wouldn't|haven't|hasn't|hadn't|isn't"
    r"|wasn't|not|never)"
)


def _er_for_more(match: re.Match[str]) -> Wrong:
    word = match["word"].lower()
    return (f"{_er(word)}", f"more {_er(word)}")


RULES: tuple[Rule, ...] = (
    swapped("more bigger", 12, rf"\b(?P<here>{'|'.join(_MORE)})(?= than\b)", _MORE),
    swapped(
        "a more better",
        4,
        r"\b(?:a|much|even|far|get|getting|is|was|the) (?P<here>better|worse"
        r"|bigger|smaller|older|younger|taller|faster|stronger)\b",
        _MORE,
    ),
    swapped(
        "most biggest", 10, rf"\b(?:the|his|her|my|their) (?P<here>{'|'.join(_MOST)})\b", _MOST
    ),
    swapped("goodest", 8, r"\b(?:the|my|his|her|your|our) (?P<here>best|worst)\b", _IRREGULAR),
    rule("beautifuller", 8, rf"\b(?P<here>more (?P<word>{_LONG}))\b", _er_for_more),
    fixed(
        "bigger then",
        8,
        r"\b(?:\w+er|more \w+|less \w+|rather|other|else|better|worse)"
        r" (?P<here>than)\b",
        "then",
        "then",
        "that",
        "as",
    ),
    swapped(
        "ran quick",
        9,
        rf"(?<=\w )(?P<here>{'|'.join(_LY)})(?=[.,!?;]| (?:and|to|in|on|at|over"
        rf"|through|up|down|away|back|out|into)\b)",
        _LY,
    ),
    fixed(
        "speaks good",
        6,
        r"\b(?:very|so|speaks?|spoke|sings?|sang|swims?|swam|plays?|played|well"
        r"|dances?|danced|cooks?|him|her|it|English|French|them|pretty|quite|too) (?P<here>well)"
        r"(?=[.,!?;])",
        "good",
    ),
    swapped(
        "don't know nothing",
        9,
        rf"{_NOT} (?:\w+ ){{0,3}}(?P<here>{'|'.join(_NEGATIVES)})\b"
        r"(?! (?:more|longer|of))",
        _NEGATIVES,
    ),
    swapped(
        "too much cold",
        4,
        r"\b(?P<here>too|so|very) (?:cold|hot|big|small|tired|late|old"
        r"|young|happy|hungry|angry)\b",
        _MUCH,
    ),
    fixed(
        "such nice",
        4,
        r"\b(?P<here>so) (?:nice|good|kind|beautiful|big|small|happy|tired|bad)\b"
        r"(?! an?\b)(?= that\b|[.!,])",
        "such",
    ),
    fixed("so nice day", 4, r"\b(?P<here>such) an? \w+ \w+\b", "so"),
)
