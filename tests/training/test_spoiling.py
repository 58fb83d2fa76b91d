"""Spoiling: every rule makes the mistake that it is named for."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random

import pytest

from assistant.training.spoiling import keyboard
from assistant.training.spoiling.rules import Slip
from assistant.training.spoiling.spoiler import KEYBOARD, RULES, spoil
from assistant.training.spoiling.verbs import BY_BASE

# One line a rule: its name, what is right, what it makes of it.
EXAMPLES = """
he go | He often goes there. | He often go there.
he have | She has a dog. | She have a dog.
they goes | They always come late. | They always comes late.
I goes | I live here. | I lives here.
he were | It was late. | It were late.
they was | We were there. | We was there.
was you | Where were you? | Where was you?
do he | Does she know? | Do she know?
he don't | He doesn't know. | He don't know.
they doesn't | They don't know. | They doesn't know.
they wasn't | We weren't there. | We wasn't there.
the dog run | My mother cooks well. | My mother cook well.
the dogs runs | The dogs sleep. | The dogs sleeps.
the dog were | The house is old. | The house are old.
dogs was | Dogs are clever. | Dogs is clever.
there is many | There are many books. | There is many books.
there are a | There was a king. | There were a king.
everybody are | Everybody was glad. | Everybody were glad.
people is | People want bread. | People wants bread.
one of the boys are | One of the boys is ill. | One of the boys are ill.
he and I was | My brother and I were there. | My brother and I was there.
didn't knew | He didn't know it. | He didn't knew it.
did he knew | Did he know it? | Did he knew it?
can goes | She can swim. | She can swims.
can to go | She can swim. | She can to swim.
to went | He wanted to go. | He wanted to went.
made him to cry | It made her cry. | It made her to cry.
has went | She has gone home. | She has went home.
have he went | Have you seen it? | Have you saw it?
was wrote | It was written by a king. | It was wrote by a king.
runned | He taught me. | He teached me.
has taked | He has taken it. | He has taked it.
he seen it | I saw the king. | I seen the king.
went and buy | He went out and bought bread. | He went out and buy bread.
yesterday I go | I went there yesterday. | I go there yesterday.
yesterday we go | Yesterday we went home. | Yesterday we go home.
is go | He is going home. | He is go home.
enjoy to swim | I enjoy swimming. | I enjoy to swim.
by run | Keep running! | Keep run!
to going | He wanted to go. | He wanted to going.
can going | She can swim. | She can swimming.
I am agree | I agree with you. | I am agree with you.
I am boring | He was bored. | He was boring.
use to | We used to sing. | We use to sing.
suppose to | You are supposed to sing. | You are suppose to sing.
would of | You should have come. | You should of come.
would of not | You shouldn't have come. | You shouldn't of come.
it raining | It is raining now. | It raining now.
they going | They are going home. | They going home.
will be | He will be here soon. | He will here soon.
I been | I have been ill. | I been ill.
many book | He has many books. | He has many book.
many old book | He has two old books. | He has two old book.
one of the boy | One of the boys sang. | One of the boy sang.
every days | He sang every day. | He sang every days.
a dogs | I have a dog. | I have a dogs.
a lot of book | She has a lot of books. | She has a lot of book.
childs | The children sang. | The childs sang.
much people | Many people came. | Much people came.
many water | He has so much money. | He has so many money.
how much people | How many books are there? | How much books are there?
a advice | He gave me some advice. | He gave me an advice.
two years old boy | A two-year-old boy sang. | A two-years-old boy sang.
a apple | She ate an apple. | She ate a apple.
an dog | She has a dog. | She has an dog.
is doctor | She is a doctor. | She is doctor.
lot of | He has a lot of time. | He has lot of time.
in morning | We sang in the morning. | We sang in morning.
into house | He went into the house. | He went into house.
Sun rose | The sun rose. | Sun rose.
the my book | Here is my book. | Here is the my book.
the Tom | Give it to Tom. | Give it to the Tom.
a good weather | We had good weather. | We had a good weather.
the nature | I like music. | I like the music.
him went | He had a dog. | Him had a dog.
with he | She went with him. | She went with he.
and I | Come with Tom and me. | Come with Tom and I.
me and | Tom and I sang. | Me and Tom sang.
him and | He and I sang. | Him and I sang.
he mother | I saw his mother. | I saw he mother.
hisself | He saw himself. | He saw hisself.
is my | This is mine. | This is my.
who for which | The man who sang left. | The man which sang left.
all what | All that he had was gone. | All what he had was gone.
the the | He is in the house. | He is in the the house.
word word | He sang well. | He sang sang well.
as tall | She is as tall as Tom. | She is as tall than Tom.
is raining | It is late. | Is late.
are many | There are two of them. | Are two of them.
the man he went | The king was old. | The king he was old.
although but | Although it rained, we sang. | Although it rained, but we sang.
because so | Because it rained, we sang. | Because it rained, so we sang.
this are | These are mine. | This are mine.
that are | Those are mine. | That are mine.
this dogs | He likes these things. | He likes this things.
interested on | She is interested in birds. | She is interested on birds.
in Monday | He came on Monday. | He came in Monday.
at the person | She looked at him. | She looked him.
laughed on | They laughed at us. | They laughed on us.
look after | I am looking for a book. | I am looking after a book.
thank you to | Thank you for the book. | Thank you to the book.
remind me from | You remind me of him. | You remind me from him.
tell to me | He told me a story. | He told to me a story.
said me | He said to me that it was late. | He said me that it was late.
married with | He married her. | He married with her.
go to home | Let us go home. | Let us go to home.
want go | I want to go. | I want go.
since three years | He lived here for two years. | He lived here since two years.
since | He has been here since yesterday. | He has been here from yesterday.
discuss about | We discussed the book. | We discussed about the book.
go school | He goes to school. | He goes school.
in this morning | He left this morning. | He left in this morning.
where he is? | Where is he? | Where he is?
where he went? | Where did he go? | Where he go?
you are ready? | Are you ready? | You are ready?
don't know what is it | I know who he is. | I know who is he.
goes always | He always goes to school. | He goes always to school.
always is | She is always late. | She always is late.
enough old | He is old enough. | He is enough old.
house big | They have a big house. | They have a house big.
like very much tea | I like tea very much. | I like very much tea.
the in house | He sat in the house. | He sat the in house.
so a nice | It was such a nice day. | It was a such nice day.
pick up it | He picked it up. | He picked up it.
more bigger | He is taller than Tom. | He is more taller than Tom.
a more better | It is getting better. | It is getting more better.
most biggest | She is the tallest of us. | She is the most tallest of us.
goodest | He is my best friend. | He is my goodest friend.
beautifuller | It is more useful. | It is more usefuller.
bigger then | He is older than she is. | He is older then she is.
ran quick | She ran quickly. | She ran quick.
speaks good | He sings very well. | He sings very good.
don't know nothing | He doesn't know anything. | He doesn't know nothing.
too much cold | It is too cold. | It is too much cold.
such nice | She is so happy. | She is such happy.
so nice day | It was such a nice day. | It was so a nice day.
alike | I can hear you. | I can here you.
there for their | They sold their house. | They sold there house.
misspelt | He is my friend. | He is my freind.
to much | It is too late. | It is to late.
a lot | He sings a lot. | He sings alot.
infact | In fact he came. | Infact he came.
at least | At least he came. | Atleast he came.
noone | There was no one. | There was noone.
dont | I don't know. | I dont know.
do'nt | I don't know. | I do'nt know.
the dogs tail | The dog's tail is long. | The dogs tail is long.
dog's for dogs | He likes the birds. | He likes the bird's.
lets | Let's go home. | Lets go home.
the dog | The dog barked. | the dog barked.
i am | Today I am ill. | Today i am ill.
tom and london | He met Tom in London. | He met Tom in london.
the Dog | He saw the dog. | He saw the Dog.
no full stop | It is late. | It is late
no question mark | Where is he? | Where is he.
comma for full stop | It is late. | It is late,
two full stops | It is late. | It is late..
yes I do | Yes, I do. | Yes I do.
when he came he | When the king came, we sang. | When the king came we sang.
but without comma | She sang, but he slept. | She sang but he slept.
tea coffee | He drank tea, coffee, and milk. | He drank tea coffee, and milk.
isn't it | It is late, isn't it? | It is late isn't it?
said come | He said, "Come here." | He said "Come here."
come said he | "Come," said Tom. | "Come" said Tom.
no opening mark | He said, "Come here." | He said, Come here."
no closing mark | He said, "Come here." | He said, "Come here.
said come small | He said, "Come here." | He said, "come here."
space before mark | It is late. | It is late .
no space | Today, he came. | Today,he came.
the dog, ran | The king was old. | The king, was old.
that, he | I think that he sang. | I think, that he sang.
run on | It rained. We sang. | It rained We sang.
run on small | It rained. We sang. | It rained, we sang.
"""
BY_NAME = {rule.name: rule for rule in RULES}
ROWS = [tuple(part.strip() for part in line.split("|")) for line in EXAMPLES.strip().splitlines()]


def carried_out(sentence: str, slip: Slip) -> str:
    return sentence[: slip.start] + slip.text + sentence[slip.end :]


@pytest.mark.parametrize(("name", "right", "wrong"), ROWS, ids=[row[0] for row in ROWS])
def test_a_rule_errs_as_its_name_says(name: str, right: str, wrong: str) -> None:
    """Each rule has its example."""
    assert wrong in {carried_out(right, slip) for slip in BY_NAME[name].slips(right)}


def test_every_rule_is_named_once_and_has_an_example() -> None:
    """A rule that nobody tried is none."""
    assert len(BY_NAME) == len(RULES)
    assert [row[0] for row in ROWS] == [rule.name for rule in RULES]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("he were", "If I was wrong, tell me."),
        ("there are a", "There is a lot of time."),
        ("the dogs runs", "He has many friends like Tom."),
        ("an dog", "He has an apple."),
        ("run on", "We met Mrs. Brown."),
        ("many book", "There were two of them."),
        ("runned", "They walked on and laughed."),
    ],
)
def test_what_could_be_right_is_not_spoilt(name: str, right: str) -> None:
    """A rule keeps away from where its mistake would be none, or another one."""
    assert BY_NAME[name].slips(right) == []


def test_a_capital_at_the_beginning_stays() -> None:
    """Only the rules about capitals touch them."""
    (slip,) = BY_NAME["misspelt"].slips("Until noon.")
    assert slip.text == "Untill"


def test_the_same_seed_spoils_alike_and_never_more_than_three_times() -> None:
    """One to three mistakes, each with its rule."""
    right = "The king was old, and his children went to the forest because they wanted to play."
    found = [spoil(right, Random(seed)) for seed in range(200)]
    again = [spoil(right, Random(seed)) for seed in range(200)]
    assert found == again
    spoilt = [one for one in found if one is not None]
    assert all(one.text != right for one in spoilt)
    assert {len(one.rules) for one in spoilt} == {1, 2, 3}
    assert {rule for one in spoilt for rule in one.rules} <= {*BY_NAME, KEYBOARD}


def test_every_process_spoils_alike() -> None:
    """Whatever order Python's sets have in it."""
    code = (
        "from random import Random\n"
        "from assistant.training.spoiling.spoiler import spoil\n"
        "text = 'You should not go there, and where did he think that she could stay the night?'\n"
        "print([spoil(text, Random(seed)) for seed in range(100)])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_a_short_sentence_gets_one_mistake() -> None:
    """With more it would not be known again."""
    found = [spoil("He has gone home.", Random(seed)) for seed in range(100)]
    assert all(one is None or len(one.rules) == 1 for one in found)


def test_where_there_is_no_place_for_a_mistake_there_is_none() -> None:
    """A word in another script has none."""
    assert spoil("日本", Random(1)) is None


def test_a_slip_of_the_fingers_makes_no_other_word() -> None:
    """A word that exists would have another correction."""
    slips = [keyboard.slip("form", 3, {"from"}, Random(seed)) for seed in range(300)]
    texts = {slip.text for slip in slips if slip is not None}
    assert "from" not in texts
    assert all(text.startswith(("f", "of")) for text in texts)
    assert len(texts) > 10


@pytest.mark.parametrize("word", ["the", "London", "naïve", "o’clock"])
def test_short_words_and_names_are_typed_right(word: str) -> None:
    """What is left of them would not be known."""
    assert keyboard.slip(word, 0, frozenset(), Random(1)) is None


def test_forms_of_verbs_made_by_rule() -> None:
    """Doubled letters, a silent e, a y, an ending in a sibilant."""
    forms = {base: (v.third, v.ing, v.past) for base, v in BY_BASE.items()}
    assert forms["stop"] == ("stops", "stopping", "stopped")
    assert forms["carry"] == ("carries", "carrying", "carried")
    assert forms["dance"] == ("dances", "dancing", "danced")
    assert forms["wash"] == ("washes", "washing", "washed")
    assert forms["tie"] == ("ties", "tying", "tied")
