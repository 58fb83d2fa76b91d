"""Articles, pronouns and other small words: the wrong one, one missing, one too many."""

from __future__ import annotations

import re

from assistant.training.spoiling.nouns import BY_SINGULAR
from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, rule, swapped

_VERB = r"(?=\s(?:was|were|is|are|had|has|have|said|went|came|saw|will|would|can|could|did|do)\b)"
_SUBJECTS = {"he": "him", "she": "her", "they": "them", "we": "us", "i": "me"}
_OBJECTS = {"him": "he", "them": "they", "us": "we", "me": "I"}
_OWNERS = {"his": ("he",), "her": ("she",), "their": ("they",), "our": ("us", "ours"),
           "my": ("me", "mine"), "your": ("you", "yours"), "its": ("it",)}  # fmt: skip
_SELVES = {"himself": ("hisself", "him self"), "themselves": ("theirselves", "themself"),
           "ourselves": ("ourself", "usselves"), "myself": ("meself", "my self"),
           "herself": ("her self", "sheself")}  # fmt: skip
_ONLY_THE = (
    r"(?:same|first|second|third|last|next|other|only|whole|end|middle|beginning|morning|evening"
    r"|afternoon|sun|moon|sky|world|rest|most|best|worst|biggest|oldest|youngest|tallest|smallest"
    r"|piano|ground|floor|weather|truth|past|future|sea|kitchen|king|queen|house|door|forest"
    r"|garden|window|others|top|bottom|left|right)"
)
_SMALL = r"(?:the|a|an|to|of|in|and|is|was|it|on|at|for|with|that|my|his|her|we|he|she|they|you|I)"


def _missing_article(match: re.Match[str]) -> Wrong:
    return ("",) if match["noun"].lower() in BY_SINGULAR else ()


def _his_for_he(match: re.Match[str]) -> Wrong:
    return _OWNERS[match[HERE].lower()] if match["noun"].lower() in BY_SINGULAR else ()


RULES: tuple[Rule, ...] = (
    fixed("a apple", 10, r"\b(?P<here>an)(?= \w)", "a"),
    rule(
        "an dog",
        3,
        r"\b(?P<here>a)(?= [bcdfgjklmnpqrstvwxyz]\w)(?! one)",
        lambda _: ("an",),
    ),
    rule(
        "is doctor",
        10,
        r"\b(?:is|was|am|be|become|became|has|have|had|such|what|like|as|with"
        r"|buy|bought|wrote|write|saw|see|need|want|wanted|for)(?P<here> (?:a|an))"
        r" (?:(?:big|small|new|little|good|old|great|young|long|very \w+|beautiful|nice) )?"
        r"(?P<noun>\w+)\b",
        _missing_article,
    ),
    fixed("lot of", 4, r"\b(?P<here>a lot of)\b", "lot of"),
    fixed(
        "in morning",
        9,
        rf"\b(?:in|at|of|on|to|from|is|was|for|by|and|into|all|with)"
        rf"(?P<here> the)(?= {_ONLY_THE}\b)",
        "",
    ),
    rule(
        "into house",
        6,
        r"\b(?:in|at|of|on|to|from|into|behind|under|near|over|through|across"
        r"|around)(?P<here> the) (?P<noun>\w+)\b",
        _missing_article,
    ),
    fixed(
        "Sun rose",
        3,
        r"^(?P<here>The (?P<what>sun|moon|same|first|next|king|queen|boy|girl|door|other)) ",
        r"\g<what>",
    ),
    fixed(
        "the my book",
        3,
        r"(?<= )(?P<here>)(?=(?:my|his|her|our|their|your) [a-z])(?<!all )"
        r"(?<!both )(?<!half )",
        "the ",
    ),
    fixed(
        "the Tom",
        3,
        r"(?<=\b(?:to|of|by) )(?P<here>)(?=(?:Tom|Mary|Lily|Tim|Ben|Anna|Japan"
        r"|France|London|Paris|England)\b)",
        "the ",
    ),
    fixed(
        "a good weather",
        5,
        r"(?<= )(?P<here>)(?=(?:good|bad|nice|cold|warm|hot|hard|fresh|much"
        r"|great) (?:weather|advice|luck|news|water|work|music|air|bread|milk|fun)\b)(?<!the )"
        r"(?<!a )(?<!this )(?<!of )(?<!my )(?<!his )(?<!her )(?<!their )",
        "a ",
    ),
    fixed(
        "the nature",
        2,
        r"\b(?:like|likes|love|loves|loved|hate|study|studies|learn|speak|speaks)"
        r"(?P<here> )(?=(?:music|history|English|French|football|tennis|chess|mathematics)\b)",
        " the ",
    ),
    rule(
        "him went",
        1,
        rf"(?:^|(?<=and )|(?<=but )|(?<=that ))(?P<here>he|she|they|we|I)\b{_VERB}",
        lambda match: (_SUBJECTS[match[HERE].lower()],),
    ),
    rule(
        "with he",
        7,
        r"\b(?:with|to|for|from|at|by|about|behind|of|like|near|after|saw|told|asked"
        r"|gave|let|made|helped|loved|love|see) (?P<here>him|them|us|me)\b(?=[ .,!?;])(?! to\b)",
        lambda match: (_OBJECTS[match[HERE].lower()],),
    ),
    fixed("and I", 6, r"\b(?:with|to|for|from|between|about|at) \w+ and (?P<here>me)\b", "I"),
    fixed(
        "me and",
        5,
        r"(?:^|(?<=\. ))(?P<here>(?P<who>\w+) and I)(?= \w+)",
        r"me and \g<who>",
        r"\g<who> and me",
    ),
    fixed(
        "him and",
        4,
        r"\b(?P<here>(?P<who>he|she) and)(?= (?:I|his|her|the|\w+ (?:were|went)))",
        "him and",
        "her and",
    ),
    rule("he mother", 5, r"\b(?P<here>his|her|their|our|my|your|its) (?P<noun>\w+)\b", _his_for_he),
    swapped("hisself", 7, rf"\b(?P<here>{'|'.join(_SELVES)})\b", _SELVES),
    fixed(
        "is my",
        4,
        r"\b(?:is|was|are|were) (?P<here>mine|yours|hers|theirs|ours)(?=[.!?,])",
        "my",
        "our",
        "their",
    ),
    fixed(
        "who for which",
        2,
        r"\b(?:man|woman|boy|girl|people|children|friend|person) (?P<here>who)"
        r"(?= \w)",
        "which",
        "what",
    ),
    fixed(
        "all what",
        4,
        r"\b(?:all|everything|nothing|anything|something|much)(?P<here> that)"
        r"(?= (?:I|he|she|you|we|they)\b)",
        " what",
    ),
    fixed(
        "the the",
        1.2,
        rf"\b(?P<here>(?P<word>{_SMALL}))(?= \w)(?<!that)(?<!had)",
        r"\g<word> \g<word>",
    ),
    fixed(
        "word word",
        0.4,
        r"\b(?P<here>(?P<word>[a-z]{3,}))(?= \w)(?<!very)(?<!that)(?<!had)",
        r"\g<word> \g<word>",
    ),
    fixed("as tall", 4, r"\bas \w+(?P<here> as)(?= \w)", " than", " like", ""),
    fixed(
        "is raining",
        5,
        r"^(?P<here>It (?P<does>is|was|has|will|seems|rained|looks|took|takes))\b",
        r"\g<does>",
    ),
    fixed("are many", 3, r"^(?P<here>There (?P<be>is|are|was|were)) ", r"\g<be>"),
    fixed(
        "the man he went",
        3,
        r"^(?:The|My|His|Her) \w+(?P<here> )(?=(?:was|is|went|had|has|said"
        r"|came) )",
        " he ",
    ),
    fixed(
        "although but",
        4,
        r"^Although [^,]+,(?P<here> )(?=(?:I|he|she|it|we|they|you|the)\b)",
        " but ",
    ),
    fixed(
        "because so", 4, r"^Because [^,]+,(?P<here> )(?=(?:I|he|she|it|we|they|you|the)\b)", " so "
    ),
    fixed("this are", 3, r"\b(?P<here>these)(?= are\b)", "this"),
    fixed("that are", 3, r"\b(?P<here>those)(?= (?:are|were)\b)", "that"),
    fixed(
        "this dogs",
        3,
        r"\b(?P<here>these|those)(?= (?:things|people|men|women|children|days)\b)",
        "this",
        "that",
    ),
)
