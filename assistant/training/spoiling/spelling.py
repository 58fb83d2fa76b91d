"""Words that sound or look alike, apostrophes, and what is often misspelt."""

from __future__ import annotations

import re

from assistant.training.spoiling.rules import HERE, Rule, Wrong, fixed, listed, rule, swapped

# Each right word with what is written for it. Where the other word would do as well it is not here.
_ALIKE = listed(
    """
their: there, they're
there: their, they're
they're: their, there
its: it's
it's: its
your: you're
you're: your
whose: who's
who's: whose
we're: were
were: where
where: were, wear
too: to
two: to, too
lose: loose
loose: lose
affect: effect
effect: affect
weather: whether
whether: weather
piece: peace
peace: piece
quiet: quite
quite: quiet
hear: here
here: hear
know: no, now
knew: new
new: knew
write: right
right: write
wrote: rote
through: threw, trough
threw: through
though: tough
thought: though, taught
taught: thought
buy: by
bought: brought
week: weak
weak: week
off: of
accept: except
except: accept
advice: advise
breath: breathe
breathe: breath
passed: past
past: passed
desert: dessert
bear: bare
break: brake
hole: whole
whole: hole
wait: weight
waist: waste
waste: waist
tail: tale
meat: meet
meet: meat
son: sun
flour: flower
steal: steel
stairs: stares
stare: stair
heard: herd
great: grate
wood: would
would: wood
won: one
which: witch
witch: which
aloud: allowed
allowed: aloud
already: all ready
cannot: can not
himself: him self
sometimes: some times
maybe: may be
everyone: every one
into: in to
than: then
then: than
choose: chose
clothes: cloths
fell: felt
felt: fell
quit: quite
beside: besides
device: devise
board: bored
bored: board
road: rode
rode: road
hair: hare
pair: pear
pear: pair
plain: plane
plane: plain
sail: sale
scene: seen
seen: scene
sight: site
sweet: sweat
tired: tried
tried: tired
wear: where
wonder: wander
worse: worst
"""
)
_MISSPELT = listed(
    """
accident: acident, accidant
across: accross
actually: actualy
address: adress
afraid: affraid, afrade
again: agian, agin
against: againts
almost: allmost
alone: allone
already: allready, alredy
although: altough
always: allways, alway
answer: anwser, awnser
appear: apear
arrive: arive
arrived: arived
beautiful: beatiful, beautifull, beutiful
because: becuase, becouse, becaus
before: befor
beginning: begining
behind: behing
believe: beleive, belive
believed: beleived, belived
bicycle: bycicle
brought: brougt
building: bulding
business: buisness
careful: carefull
caught: cought
century: centuary
certain: certin
children: chidren, childern
city: citty
clothes: clothe
coming: comming
course: corse
could: coud, culd
daughter: daugther, doughter
decided: decidet, desided
definitely: definately
different: diffrent, diferent
difficult: dificult
disappear: dissapear
disappeared: dissapeared
disappointed: dissapointed
doctor: docter
early: erly
enough: enought, enouf
especially: especialy
every: evry
everything: everyting
exciting: exiting
expensive: expencive
family: familly, famly
father: farther
favourite: favorit
finally: finaly
foreign: foriegn
forty: fourty
forward: foward
friend: freind, frend
friends: freinds, frends
frightened: frightend
garden: gardin
government: goverment
grammar: grammer
guess: gess
happened: happend
happily: happilly
happiness: happyness
happy: hapy
having: haveing
height: hight
house: hous
hungry: hungrey, hungary
immediately: immediatly, imediately
important: importent
interested: intrested
interesting: intresting
knife: nife
knowledge: knowlege
language: langauge, languge
laughed: laughted, laught
library: libary
listen: lissen, listin
little: littel, litle
looked: lookd
making: makeing
meant: ment
minute: minite
morning: mornig
mother: mothar
mountain: montain
necessary: neccessary, necesary
neighbour: nieghbour
nothing: noting
occurred: occured
often: offen
once: ones
opinion: opinon
paid: payed
parents: parants
people: peaple, poeple
perhaps: perhapse
picture: pitcure
please: pleas
possible: posible
probably: probaly, propably
promise: promiss
question: qestion
quickly: quikly
quietly: quitely
really: realy
received: recieved
receive: recieve
remember: rember, remeber
restaurant: restaurent, resturant
said: sayed
safety: safty
school: scool, shcool
separate: seperate
should: shoud
since: sinse
slowly: slowley
something: somthing, someting
special: speciall
speech: speach
stopped: stoped
strange: strang
straight: strait
strength: strenght
stopping: stoping
studying: studing
successful: succesful
suddenly: suddenlly, sudenly
surprise: suprise
surprised: suprised
teacher: techer
their: thier
there: ther
thinking: thinkin
thought: thougt
thousand: thousend
together: togheter, togather
tomorrow: tommorow, tomorow
tongue: tounge
tried: tryed
truly: truely
twelfth: twelth
umbrella: umbrela
understand: understend
until: untill
usually: usualy
very: verry
visited: visitted
wanted: wantet
watch: wach
weird: wierd
welcome: wellcome
went: whent
where: wher
which: wich
whole: hole
window: windoe
with: whith
without: whithout
woman: womman
wonderful: wonderfull
writing: writting
written: writen
yesterday: yestarday
"""
)
_CONTRACTED = (
    r"\b(?P<here>\w+n['’]t|(?:I|you|we|they)['’](?:m|ve|re)"
    r"|(?:he|she|it|that|what|there|who)['’]s)\b"
)
_TOO_MUCH = r"\btoo (?:much|many|late|old|young|small|big|far|tired|cold|hot|busy|hard|long)\b"


def _without_apostrophe(match: re.Match[str]) -> Wrong:
    return (match[HERE].replace("'", "").replace("’", ""),)


def _moved_apostrophe(match: re.Match[str]) -> Wrong:
    return (match[HERE].replace("n't", "'nt"), match[HERE].replace("n't", "nt'"))


RULES: tuple[Rule, ...] = (
    swapped("alike", 30, r"(?<!['’\w])(?P<here>\w+(?:'\w+)?)\b", _ALIKE),
    swapped(
        "there for their",
        12,
        r"(?<!['’\w])(?P<here>there|their|they're|its|it's|your|you're"
        r"|whose|who's|than|then|lose|quiet|weather|hear|here|off|passed|knew|too)\b",
        _ALIKE,
    ),
    swapped("misspelt", 22, r"\b(?P<here>\w+)\b", _MISSPELT),
    fixed("to much", 5, _TOO_MUCH.replace("too", "(?P<here>too)", 1), "to"),
    fixed("a lot", 6, r"\b(?P<here>a lot)\b", "alot"),
    fixed("infact", 1, r"\b(?P<here>in fact)\b", "infact"),
    fixed("at least", 3, r"\b(?P<here>at least)\b", "atleast"),
    fixed("noone", 2, r"\b(?P<here>no one)\b", "noone"),
    rule("dont", 20, _CONTRACTED, _without_apostrophe),
    rule("do'nt", 5, r"\b(?P<here>\w+n't)\b", _moved_apostrophe),
    fixed(
        "the dogs tail",
        12,
        r"\b[a-z]{2,}(?P<here>'s)(?= [a-z]+\b)(?<!it's)(?<!he's)(?<!she's)"
        r"(?<!that's)(?<!what's)(?<!let's)(?<!there's)(?<!who's)(?<!here's)(?<!where's)"
        r"(?<!how's)(?<!one's)",
        "s",
    ),
    fixed(
        "dog's for dogs",
        5,
        r"\b(?:two|three|four|many|some|the|all|these|those|several|of)"
        r" [a-z]{2,}[a-rt-z](?P<here>s)(?=[.,!?]| (?:and|are|were|in|on|to|with|of)\b)",
        "'s",
    ),
    fixed("lets", 10, r"^(?P<here>Let's)\b", "Lets"),
)
