"""Recipients from the rules, from files and from addresses on the web: each at most once."""

from __future__ import annotations

import pytest

from sentinel.wire import FileAnswer, ReadFile, Request, Response
from sentinel.wire.recipients import labels, mail_address, number, read
from tests.platforms.talk import talk

SEED = "delivery-17"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("+49 151 2345678", "+491512345678"),
        ("0151/234 56-78", "+491512345678"),
        ("(0049) 151 2345678", "+491512345678"),
        ("0043 660 1234567", "+436601234567"),
        ("+49\u202f30\u2011123456", "+4930123456"),
        ("112", None),
        ("+0151234567", None),
        ("Feuerwehr", None),
        ("", None),
    ],
)
def test_a_number_is_understood_however_people_write_it(written: str, meant: str | None) -> None:
    assert number(written) == meant


def test_an_address_is_taken_without_what_stands_around_it() -> None:
    assert mail_address(" stadt@example.org ") == "stadt@example.org"
    assert mail_address("stadt at example.org") is None


def test_a_file_is_read_with_its_languages_and_everybody_in_it_stands_there_once() -> None:
    content = "name;number;language\nA;0151 2345678;de\nB;+49 151 2345678;en\nC;nonsense;\nD;;\n"

    listed = talk(
        read("/etc/list.csv", column="number", seed=SEED), FileAnswer(content=content.encode())
    )

    assert listed.steps == [ReadFile(path="/etc/list.csv")]
    assert [(each.address, each.language) for each in listed.value.parts] == [
        ("+491512345678", "de")
    ]
    assert (listed.value.malformed, listed.value.trouble) == (1, "")


def test_a_list_on_the_web_is_fetched_as_anybody_would() -> None:
    csv = Response(status=200, body=b"number\n+491512345678\n")

    listed = talk(read(("https://a.example/list.csv",), column="number", seed=SEED), csv)

    assert listed.requests == [
        Request(method="GET", url="https://a.example/list.csv", anonymous=True)
    ]
    assert len(listed.value.parts) == 1


@pytest.mark.parametrize(
    "answer", [Response(status=404), Response(status=200, body=b"<html>no list</html>")]
)
def test_a_list_that_cannot_be_had_is_trouble_and_nobody_is_sent_to(answer: Response) -> None:
    listed = talk(read("https://a.example/list.csv", column="number", seed=SEED), answer)

    assert listed.value.trouble
    assert listed.value.parts == ()


def test_a_fingerprint_means_nothing_for_another_delivery_and_hides_the_number() -> None:
    one = talk(read("+491512345678", column="number", seed="1")).value.parts[0]
    other = talk(read("+491512345678", column="number", seed="2")).value.parts[0]

    assert one.fingerprint != other.fingerprint
    assert "151" not in repr(one)


def test_recipients_in_the_rules_have_labels_and_those_in_files_have_none() -> None:
    assert labels(("+491512345678", "0151 2345678"), column="number") == ("recipient 1",)
    assert labels(("+491512345678", "/a.csv"), column="number") == ()
