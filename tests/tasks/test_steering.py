"""What steers a story: where it stands in a prompt, when it does, and what it may cost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from assistant.core.steering import NO_STEERING, Lore, PromptPart, Steering
from assistant.core.suggestions import Ending, Suggestion, Suggestions
from assistant.core.tasks import Complete, Continue, Outcome
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.tasks.steering import comes_up, compose
from assistant.text.counts import count_words
from tests.tasks.desks import RuleEngine, SuggestingEngine, TestDesk, always, model, tokens_of

STORY = "".join(f"Ines found key {number}. Nobody saw the boat that day. " for number in range(40))
CHINESE = "".join(f"小鱼找到了第{number}把钥匙。那天没有人看见船。" for number in range(40))
ALL = Steering(
    memory="Ines is nine years old.",
    note="The style is calm.",
    lore=(
        Lore(("boat", "ferry"), "The boat is red."),
        Lore(("dragon",), "The dragon sleeps under the town."),
    ),
)


def count(text: str) -> int:
    return len(tokens_of(text))


def composed(before: str, steering: Steering, room: int = 2000) -> str:
    return compose(before, steering, room, count).text


def used(parts: tuple[PromptPart, ...]) -> list[tuple[str, int]]:
    return [(part.name, part.number) for part in parts if part.used]


def test_without_steering_the_text_is_as_it_was() -> None:
    found = compose(STORY, NO_STEERING, 100, count)
    assert found.text == STORY
    assert found.parts == (PromptPart("text", STORY, count(STORY), used=True),)
    blank = Steering(memory=" \n", note=" ", lore=(Lore(("boat",), " "), Lore((), "No word.")))
    assert composed(STORY, blank) == STORY


def test_memory_and_lore_stand_on_top_and_the_note_near_the_caret() -> None:
    found = compose(STORY, ALL, 2000, count)
    top, text = found.text[:60], found.text
    assert top.startswith("Ines is nine years old.\n\nThe boat is red.\n\nInes found key 0.")
    assert "dragon" not in text
    before, _, behind = text.partition("\n[The style is calm.]\n")
    assert before.endswith(".")
    assert behind.startswith(("Ines", "Nobody"))
    assert 60 <= count_words(behind) < 60 + 2 * 30
    assert used(found.parts) == [("memory", 0), ("note", 0), ("lore", 0), ("text", 0)]
    assert [part.tokens for part in found.parts if part.name == "lore"] == [6, 8]


def test_of_a_short_text_the_note_stands_before_everything() -> None:
    steering = Steering(note="[Sad.]")
    assert composed("Ines went home.", steering) == "[Sad.]\n\nInes went home."
    assert composed("", ALL).startswith("Ines is nine years old.\n\n")


def test_the_note_goes_before_a_paragraph_where_one_begins_there() -> None:
    paragraphs = STORY.replace("day. ", "day.\n\n")
    text = composed(paragraphs, Steering(note="Sad."))
    assert "\n\n[Sad.]\n\nInes found" in text
    lines = STORY.replace("day. ", "day.\n")
    assert "day.\n[Sad.]\nInes found" in composed(lines, Steering(note="Sad."))


def test_a_text_without_an_end_of_a_sentence_has_the_note_before_it() -> None:
    text = "and then " * 100
    assert composed(text, Steering(note="Sad.")) == f"[Sad.]\n\n{text}"


@pytest.mark.parametrize(("story", "note"), [(STORY, "The style is calm."), (CHINESE, "平静")])
@pytest.mark.parametrize("distance", [0, 10, 60, 200])
def test_the_note_keeps_its_place_while_one_types(story: str, note: str, distance: int) -> None:
    steering = Steering(note=note, note_distance=distance)
    places = []
    for end in range(len(story) - 300, len(story)):
        place = composed(story[:end], steering).find(f"[{note}]")
        far = count_words(story[place:end])
        assert distance - 10 <= far <= distance + 3 * max(20, distance // 2)
        places.append(place)
    steps = len(set(places))
    assert places == sorted(places)
    assert steps <= 2 + count_words(story[-300:]) // max(20, distance // 2)


def test_lore_joins_by_a_whole_word_in_any_case() -> None:
    boat = Lore((" boat ", "", "Mr. Fox"), "")
    for text in ("the BOAT.", "a boat's sail", "boat", "called Mr. Fox!", "她的Boat很旧"):
        assert comes_up(boat, text), text
    for text in ("the boats", "lifeboat", "boat_house", "Mr Fox", ""):
        assert not comes_up(boat, text), text


def test_chinese_lore_joins_wherever_its_word_stands() -> None:
    fish = Lore(("小鱼", "Ai"), "小鱼今年九岁。")
    assert comes_up(fish, "那天小鱼看见船")
    assert comes_up(fish, "那天ai看见船")
    assert not comes_up(fish, "那天小虾看见船")
    assert composed(CHINESE, Steering(lore=(fish,))) == f"小鱼今年九岁。\n\n{CHINESE}"


def test_lore_is_looked_for_in_the_last_words_only() -> None:
    lore = (Lore(("dragon",), "It sleeps."),)
    text = "A dragon came. " + "Then it went away. " * 10
    assert composed(text, Steering(lore=lore, lore_reach=43)).startswith("It sleeps.")
    assert composed(text, Steering(lore=lore, lore_reach=41)) == text
    assert composed(text, Steering(lore=lore, lore_reach=0)) == text


def test_steering_takes_half_of_the_room_and_the_memory_stays_longest() -> None:
    text = "The boat and the dragon."
    names = []
    for room in range(120):
        parts = compose(text, ALL, room, count).parts
        assert sum(part.tokens for part in parts if part.used and part.name != "text") <= room // 2
        assert [part.name for part in parts] == ["memory", "note", "lore", "lore", "text"]
        names.append([f"{name}{number}" for name, number in used(parts)])
    seen = [names[0], *(now for last, now in pairwise(names) if now != last)]
    assert seen[:3] == [["text0"], ["memory0", "text0"], ["memory0", "note0", "text0"]]
    assert seen[-1] == ["memory0", "note0", "lore0", "lore1", "text0"]


def test_a_memory_that_is_too_long_ends_with_a_whole_word() -> None:
    memory = "one two three four five"
    part = compose("x", Steering(memory=memory), 8, count).parts[0]
    assert (part.text, part.used) == ("one two three", True)
    part = compose("x", Steering(memory=memory), 2, count).parts[0]
    assert (part.text, part.used) == (memory, False)


# In the tasks


def able(context_length: int = 4096, **abilities: Ability) -> ModelDescription:
    told = {"continue": Ability(Verdict.GOOD), **abilities}
    return model(Kind.BASE, context_length, **told)


def continued(task: Continue, context_length: int = 4096, **abilities: Ability) -> Outcome:
    engine = RuleEngine(able(context_length, **abilities), always(" The end of it."))
    outcome = TestDesk(engine).run(task)
    assert engine.requests
    assert outcome.prompt == engine.requests[0].prompt.text  # type: ignore[union-attr]
    return outcome


def test_continue_reads_what_steers_and_tells_it() -> None:
    outcome = continued(Continue(STORY, steering=ALL))
    assert outcome.prompt == composed(STORY.rstrip(), ALL)
    assert used(outcome.parts) == [("memory", 0), ("note", 0), ("lore", 0), ("text", 0)]
    assert continued(Continue(STORY, max_tokens=5)).prompt == STORY


def test_continue_leaves_of_a_long_text_what_fits_beside_the_steering() -> None:
    outcome = continued(Continue(STORY, words=10, steering=ALL), 300)
    assert outcome.prompt.startswith("Ines is nine years old.\n\nThe boat is red.\n\n")
    assert "[The style is calm.]" in outcome.prompt
    assert count(outcome.prompt) <= 300 - 80
    assert STORY.rstrip().endswith(outcome.parts[-1].text)


def test_a_gap_is_filled_with_what_steers_before_it() -> None:
    task = Continue("The boat was", after=" and left.", steering=ALL)
    outcome = continued(task, gap=Ability(Verdict.GOOD))
    assert "<file_sep>Ines is nine years old.\n\nThe boat is red.\n\n" in outcome.prompt
    assert outcome.prompt.endswith("The boat was")
    assert outcome.parts[-1].text == "The boat was"


def test_a_suggestion_is_steered_and_judged_by_the_text_alone() -> None:
    found = Suggestions((Suggestion(" red", -0.1, Ending.CLAUSE),))
    engine = SuggestingEngine(able(), lambda _request: found)
    # It stands in the lore: what only steers is no repetition.
    outcome = TestDesk(engine).run(Complete("So the boat was", steering=ALL))
    assert engine.asked[0].text == outcome.prompt == composed("So the boat was", ALL)
    assert outcome.text == " red"
    assert outcome.parts[-1].text == "So the boat was"


def test_a_suggestions_window_leaves_room_for_what_steers() -> None:
    found = Suggestions((Suggestion(" red", -0.1, Ending.CLAUSE),))
    engine = SuggestingEngine(able(256), lambda _request: found)
    TestDesk(engine).run(Complete(STORY, steering=ALL))
    assert engine.asked[0].text.startswith("Ines is nine")
    assert count(engine.asked[0].text) <= 256 - 12 * 6
