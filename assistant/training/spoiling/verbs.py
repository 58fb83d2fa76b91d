"""Verbs and their forms: the irregular ones by heart, the others by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Base, past, participle.
_IRREGULAR = """
beat beat beaten; become became become; begin began begun; bite bit bitten; blow blew blown
break broke broken; bring brought brought; build built built; buy bought bought
catch caught caught; choose chose chosen; come came come; creep crept crept; deal dealt dealt
dig dug dug; do did done; draw drew drawn; drink drank drunk; drive drove driven; eat ate eaten
fall fell fallen; feed fed fed; feel felt felt; fight fought fought; find found found
flee fled fled; fly flew flown; forget forgot forgotten; forgive forgave forgiven
freeze froze frozen; get got got; give gave given; go went gone; grow grew grown
hang hung hung; have had had; hear heard heard; hide hid hidden; hold held held
keep kept kept; know knew known; lay laid laid; lead led led; leave left left; lend lent lent
lose lost lost; make made made; mean meant meant; meet met met; pay paid paid
ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said; see saw seen
sell sold sold; send sent sent; shake shook shaken; shine shone shone; shoot shot shot
show showed shown; sing sang sung; sink sank sunk; sit sat sat; sleep slept slept
slide slid slid; speak spoke spoken; spend spent spent; spring sprang sprung; stand stood stood
steal stole stolen; stick stuck stuck; strike struck struck; swear swore sworn
sweep swept swept; swim swam swum; swing swung swung; take took taken; teach taught taught
tear tore torn; tell told told; think thought thought; throw threw thrown
understand understood understood; wake woke woken; wear wore worn; weep wept wept; win won won
write wrote written
"""
_REGULAR = """
accept add admire admit agree allow answer appear arrive ask bake bark beg believe belong borrow
bounce brush call care carry change chase clap clean climb close collect compare complain cook
copy count cover cross cry dance decide deserve die disappear discover dream dress drop dry enjoy
enter escape expect explain fail fetch fill finish fix float follow frighten gather happen hate
help hope hug hunt hurry imagine invite join jump kick kill kiss knock laugh learn lick lift like
listen live lock look love manage march marry matter mend miss move need notice obey offer open
order own paint pass pick plan plant play point pour practise prefer prepare promise pull punish
push reach receive refuse remain remember repeat reply rescue rest return roar roll rub rush save
scream search seem serve share shout skip smell smile snow sound stare start stay stop study
suggest support suppose surprise taste thank tie touch travel tremble try turn use visit wait walk
want warn wash waste watch wave whisper wish wonder work worry yell
"""
_DOUBLED = """
admit beg clap dig drop forget get hit hug let plan put rub run set shut sit skip stop swim win
begin prefer cut
"""
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Verb:
    """The forms of one verb."""

    base: str
    past: str
    participle: str
    third: str
    ing: str
    regular: str

    @property
    def is_irregular(self) -> bool:
        """Whether its past is not made by rule."""
        return self.past != self.regular


def _third(base: str) -> str:
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def _ing(base: str) -> str:
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base in _DOUBLED.split():
        return base + base[-1] + "ing"
    return (base[:-1] if base.endswith("e") and not base.endswith("ee") else base) + "ing"


def _ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return base + (base[-1] if base in _DOUBLED.split() else "") + "ed"


def _all() -> Iterator[Verb]:
    for entry in _IRREGULAR.replace("\n", ";").split(";"):
        if entry.strip():
            base, past, participle = entry.split()
            yield Verb(base, past, participle, _third(base), _ing(base), _ed(base))
    for base in _REGULAR.split():
        yield Verb(base, _ed(base), _ed(base), _third(base), _ing(base), _ed(base))


VERBS = tuple(_all())
BY_BASE = {verb.base: verb for verb in VERBS}
BY_THIRD = {verb.third: verb for verb in VERBS}
BY_ING = {verb.ing: verb for verb in VERBS}
BY_PAST = {verb.past: verb for verb in VERBS if verb.past != verb.base}
BY_PARTICIPLE = {verb.participle: verb for verb in VERBS}
