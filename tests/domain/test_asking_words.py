"""What a person reads who is asked to post by hand: also as a text message, also in an exercise."""

from dataclasses import replace

import pytest

from sentinel.domain.asking_words import Task, Words, asking, reminding, stopping
from sentinel.domain.packing import packed

LINK = "https://warnung.musterstadt.example/c/8JbaO8Ha_odzr79GGEop9AGh-tstOnF5j7Crh9FtJlYAawIMrnByZXNzZQ"
TASK = Task(
    number=99_999,
    channel="whatsapp-kanal-der-feuerwehr-musterstadt",
    text="Hochwasser an der Saar. " * 40,
    until="22:37",
    link=LINK,
    open_at="https://wa.me/?text=Hochwasser",
)
EVERY = {
    "asking": asking(TASK),
    "reminding": reminding(TASK),
    "stopping": stopping(TASK.number, TASK.channel),
}
IN_EXERCISE = {
    "asking": asking(replace(TASK, exercise=True)),
    "reminding": reminding(replace(TASK, exercise=True)),
    "stopping": stopping(TASK.number, TASK.channel, exercise=True),
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", EVERY)
def test_as_a_text_message_it_has_at_most_two_parts(name: str, language: str) -> None:
    for words in (EVERY[name], IN_EXERCISE[name]):
        assert packed(words.short.in_(language)).parts <= 2


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", ["asking", "reminding"])
def test_in_every_shape_the_link_is_whole(name: str, language: str) -> None:
    words = EVERY[name]

    assert LINK in words.text.in_(language)
    assert LINK in words.short.in_(language)


@pytest.mark.parametrize("name", EVERY)
def test_an_exercise_says_so_first_and_once_and_nothing_else_does(name: str) -> None:
    real, exercise = EVERY[name], IN_EXERCISE[name]

    for shape in ("subject", "text", "short"):
        said, marked = _shape(real, shape), _shape(exercise, shape)
        assert marked.startswith("ÜBUNG: ")
        assert "ÜBUNG" not in said
        assert marked.split("\n")[0].count("ÜBUNG") == 1


def _shape(words: Words, name: str) -> str:
    found: str = getattr(words, name).de
    return found
