"""Pictures: frozen with the delivery, hung where platforms fetch them, and nothing but pictures."""

from __future__ import annotations

import pytest

from sentinel.wire import FileAnswer, PutFile, RemoveFile
from sentinel.wire.pictures import LARGEST, Hung, frozen, hang, picture, take_down, thawed
from tests.platforms.talk import talk

JPEG = b"\xff\xd8\xff\xe0 picture"


def test_a_picture_in_a_payload_comes_out_as_it_went_in() -> None:
    assert thawed(frozen(JPEG)) == JPEG


@pytest.mark.parametrize("odd", [None, 17, "", "no base64!", "ä"])
def test_what_is_no_picture_in_a_payload_is_nothing(odd: object) -> None:
    assert thawed(odd) == b""


def test_a_picture_hangs_beside_the_notice_under_a_name_that_nobody_guesses() -> None:
    hung = talk(hang("/srv/notices/", "https://a.example/n/", "17", JPEG), FileAnswer())

    (step,) = hung.steps
    assert isinstance(step, PutFile)
    assert (step.content, step.commits) == (JPEG, False)
    assert step.path.startswith("/srv/notices/17/card-")
    assert step.path.endswith(".jpg")
    assert hung.value.url == step.path.replace("/srv/notices", "https://a.example/n")


def test_the_same_picture_hangs_in_the_same_place_and_another_in_another() -> None:
    def place(content: bytes) -> str:
        return talk(hang("/n", "https://a.example", "17", content), FileAnswer()).value.url

    assert place(JPEG) == place(JPEG)
    assert place(JPEG) != place(JPEG + b"!")


def test_without_a_folder_or_with_a_full_disk_the_error_is_told() -> None:
    assert talk(hang("", "https://a.example", "17", JPEG)).value == Hung(error="ENOENT")
    full = talk(hang("/n", "https://a.example", "17", JPEG), FileAnswer(error="ENOSPC"))
    assert full.value == Hung(error="ENOSPC")


def test_what_was_hung_up_is_taken_down_from_the_very_place() -> None:
    (put,) = talk(hang("/n/", "https://a.example", "17", JPEG), FileAnswer()).steps
    down = talk(take_down("/n/", "17", JPEG), FileAnswer())

    assert isinstance(put, PutFile)
    assert down.steps == [RemoveFile(path=put.path)]
    assert down.value == ""


@pytest.mark.parametrize(("error", "told"), [("ENOENT", ""), ("EROFS", "EROFS")])
def test_a_picture_that_is_gone_already_is_down_and_one_that_stays_is_told(
    error: str, told: str
) -> None:
    assert talk(take_down("/n", "17", JPEG), FileAnswer(error=error)).value == told


def test_where_nothing_was_hung_up_nothing_is_touched() -> None:
    assert talk(take_down("", "17", JPEG)).steps == []
    assert talk(take_down("/n", "17", b"")).steps == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF....WEBP", "image/webp"),
    ],
)
def test_the_callers_own_picture_is_known_by_what_it_is(content: bytes, kind: str) -> None:
    read = talk(picture("/srv/a"), FileAnswer(content=content))

    assert read.value is not None
    assert read.value.media_type == kind


@pytest.mark.parametrize(
    "content", [b"root:x:0:0:root:/root:/bin/bash\n", b"", None, JPEG + b"x" * LARGEST]
)
def test_no_other_file_ever_leaves_the_machine_as_a_picture(content: bytes | None) -> None:
    assert talk(picture("/etc/passwd"), FileAnswer(content=content)).value is None


def test_a_message_without_a_picture_reads_nothing() -> None:
    assert talk(picture(None)).steps == []
