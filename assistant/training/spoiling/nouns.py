"""Nouns that can be counted, some that cannot, and how their number is mistaken."""

from __future__ import annotations

import re

from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, listed, rule, swapped

_REGULAR = """
aeroplane animal ant apple apron arm army aunt baby bag ball balloon banana barn basket beach bean
bear bed bee bell bench bird blanket boat body bone book boot bottle bowl box boy branch bridge
brother bucket bush butterfly button cage cake camel camera candle cap captain car card carrot cart
castle cat cave chair chest chicken circle city class cloud clown coat coin colour computer cookie
corner country cousin cow crab crow crown cup curtain daughter day desk dinner doctor dog doll
dollar door dragon drawer dream dress drum duck ear egg elephant elf enemy engine eye face fairy
family farm farmer father feather fence field finger fire flag floor flower fly forest fox friend
frog game garden gate ghost giant gift girl glove goat guest guitar hair hat hen hill hole horse
hotel hour house idea insect island jacket jewel job joke journey key king kitchen kite kitten knee
ladder lady lake lamp language leg lemon lesson letter lie lion list lock lord machine magazine maid
map market meal meeting message mile minute mirror mistake moment monkey monster month morning
mother mountain mouth movie nail name neck neighbour nest net newspaper night nose number nurse
office onion orange owl page pair palace parent park parrot party path pencil pen penny person
phone photo picture pie pig pillow pirate place plan plane plant plate pocket poem pond potato
present prince princess problem puppy queen question rabbit rat reason restaurant ring river road
robber robot rock roof room rope rose sailor sandwich school sea seat secret seed servant shell
ship shirt shoe shop shoulder sign sister snake soldier son song spider spoon squirrel stair star
station step stick stone stool story storm stranger street student tail tale teacher tent thief
thing ticket tiger toe tomato tower town toy train tree trick truck turtle uncle umbrella vegetable
village visitor voice wagon wall week wheel window wing witch wizard word worm wolf year
"""
_IRREGULAR = """
child children; man men; woman women; foot feet; tooth teeth; mouse mice; goose geese; knife knives
wife wives; leaf leaves; life lives; half halves; thief thieves; wolf wolves; elf elves
shelf shelves; loaf loaves; person people
"""
# How the plurals that are not made by rule come out, and things that are not counted.
_WRONG_PLURALS = listed(
    """
children: childs, childrens, childen
men: mans, mens
women: womans, womens
feet: foots, feets
teeth: tooths, teeths
mice: mouses, mices
geese: gooses
sheep: sheeps
fish: fishs
knives: knifes
wives: wifes
leaves: leafs
wolves: wolfs
thieves: thiefs
shelves: shelfs
loaves: loafs
advice: advices
information: informations
furniture: furnitures
homework: homeworks
luggage: luggages
money: moneys
music: musics
bread: breads
weather: weathers
news: new
people: peoples
potatoes: potatos
tomatoes: tomatos
heroes: heros
boxes: boxs
dishes: dishs
"""
)
_NUMBERS = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|fifty|hundred|thousand"
    r"|many|several|few|so many|too many|how many|both|various)"
)
_UNCOUNTED = (
    r"(?:water|money|time|milk|food|rain|snow|noise|work|sugar|bread|trouble|fun|love|gold|wine"
    r"|information|help|advice|traffic|homework|furniture|music|luggage)"
)


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "sh", "ch", "x", "potato", "tomato")):
        return noun + "es"
    return noun + "s"


BY_SINGULAR = {noun: _plural(noun) for noun in _REGULAR.split()}
for _pair in _IRREGULAR.strip().replace("\n", ";").split(";"):
    _one, _more = _pair.split()
    BY_SINGULAR[_one] = _more
BY_PLURAL = {plural: singular for singular, plural in BY_SINGULAR.items()}


def _singular(match: re.Match[str]) -> Wrong:
    noun = BY_PLURAL.get(match[HERE].lower())
    return (noun,) if noun else ()


def _pluralised(match: re.Match[str]) -> Wrong:
    noun = BY_SINGULAR.get(match[HERE].lower())
    return (noun,) if noun else ()


RULES: tuple[Rule, ...] = (
    rule("many book", 8, rf"\b{_NUMBERS} (?P<here>\w+)\b", _singular),
    rule("many old book", 4, rf"\b{_NUMBERS} \w+ (?P<here>\w+)\b", _singular),
    rule(
        "one of the boy",
        6,
        r"\b(?:one|some|most|many|all|two|three) of (?:the|my|his|her|our|their|your|these|those)"
        r" (?:\w+ )??(?P<here>\w+)\b",
        _singular,
    ),
    rule("every days", 6, r"\b(?:every|each|another) (?P<here>\w+)\b", _pluralised),
    rule("a dogs", 2, r"\b(?:a|an|one) (?P<here>\w+)\b(?![ -]\w+s\b)", _pluralised),
    rule(
        "a lot of book",
        6,
        r"\b(?:a lot of|lots of|plenty of|full of|all kinds of|a few) (?P<here>\w+)\b",
        _singular,
    ),
    swapped("childs", 4, rf"\b(?P<here>{'|'.join(_WRONG_PLURALS)})\b(?!['’])", _WRONG_PLURALS),
    rule(
        "much people",
        5,
        r"\b(?P<here>many) (?P<noun>\w+)\b",
        lambda match: ("much",) if match["noun"].lower() in BY_PLURAL else (),
    ),
    fixed("many water", 5, rf"\b(?P<here>much) {_UNCOUNTED}\b", "many"),
    fixed("how much people", 5, r"\bhow (?P<here>many) \w+s\b", "much"),
    fixed(
        "a advice",
        4,
        r"\b(?P<here>some) (?:advice|information|furniture|news|luggage)\b",
        "an",
        "a",
    ),
    fixed(
        "two years old boy", 4, r"-(?P<here>year|minute|day|hour)(?=-| (?:old|walk|drive))", "years"
    ),
)
