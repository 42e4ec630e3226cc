"""The intake folder: one file is one message, taken in or refused, never twice and never unseen."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.message import Kind, Message
from sentinel.domain.news import news_of
from sentinel.domain.rules import Approval
from sentinel.errors import InputError
from sentinel.service.followups import FollowUps
from sentinel.service.inbox.inbox import Inbox
from sentinel.service.inbox.json import read_json
from sentinel.service.inbox.reception import Reception
from sentinel.service.intake import Intake
from tests.service.letters import alert, info, triple
from tests.service.planning import Desk, desk

BODY = {"headline": "Hochwasser", "text": "Der Pegel steigt.", "severity": "moderate"}


@dataclass
class Post:
    """A folder, and a daemon's intake that looks at it when a test says so."""

    desk: Desk
    folder: Path
    inbox: Inbox

    def put(self, name: str, content: bytes | Mapping[str, Any]) -> Path:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        file = self.folder / name
        file.write_bytes(data)
        return file

    async def looks(self, times: int = 2) -> None:
        for _ in range(times):
            await self.inbox.look()

    async def taken(self, name: str, content: bytes | Mapping[str, Any]) -> Message:
        """A file is put there, and becomes the newest message."""
        self.put(name, content)
        await self.looks()
        assert name in self.names("accepted"), self.reason(name)
        return (await self.messages())[0]

    def names(self, where: str = "") -> list[str]:
        folder = self.folder / where
        return sorted(one.name for one in folder.glob("*") if one.is_file() or one.is_symlink())

    def reason(self, name: str) -> str:
        file = self.folder / "refused" / f"{name}.reason.txt"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    async def messages(self) -> list[Message]:
        async with self.desk.storage.read() as view:
            return list((await view.messages()).items)

    def restart(self) -> None:
        """The same folder and storage, with nothing in memory."""
        board, storage, planner = self.desk.board, self.desk.storage, self.desk.planner
        intake, follow_ups = Intake(storage, board, planner), FollowUps(storage, board, planner)
        self.inbox = Inbox(
            storage, board, Reception(storage, board, intake, follow_ups), lambda: None
        )


@asynccontextmanager
async def post(folder: Path, approval: Approval = Approval.NONE) -> AsyncIterator[Post]:
    inbox = folder / "eingang"
    inbox.mkdir()
    async with desk(folder, "x") as made:
        made.board.rules = replace(
            made.board.rules, intake_directory=str(inbox), intake_approval=approval
        )
        ready = Post(desk=made, folder=inbox, inbox=None)  # type: ignore[arg-type] # made next
        ready.restart()
        yield ready


async def test_a_file_becomes_a_message_and_moves_to_accepted(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        message = await there.taken("lage.json", BODY)
        entries = await there.desk.told("intake.accepted")

        assert message.content.headline == "Hochwasser"
        assert there.names() == []
        assert there.names("accepted") == ["lage.json"]
        assert entries == [{"file": "lage.json", "number": 1, "again": False}]
        async with there.desk.storage.read() as view:
            author = await view.author(message.id)
        assert author is not None
        assert (author.kind, author.id) == ("intake", "directory")


async def test_a_cap_file_becomes_a_message(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        message = await there.taken("Leitstelle.CAP.XML", alert())

    assert message.content.headline == "Bombe wird entschärft"


async def test_off_unless_the_rules_name_a_folder(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        there.desk.board.rules = replace(there.desk.board.rules, intake_directory=None)
        there.put("lage.json", BODY)

        await there.looks(3)

        assert there.names() == ["lage.json"]


async def test_a_file_is_taken_once_it_has_stopped_growing(tmp_path: Path) -> None:
    whole = json.dumps(BODY).encode()
    async with post(tmp_path) as there:
        there.put("lage.json", whole[:20])
        await there.looks(1)
        there.put("lage.json", whole)
        await there.looks(1)
        growing = there.names()
        await there.looks(1)

        assert growing == ["lage.json"]
        assert there.names("accepted") == ["lage.json"]


@pytest.mark.parametrize("name", [".lage.json", "lage.json.tmp", "lage.cap.xml.part", "a.TMP"])
async def test_hidden_and_unfinished_files_are_left_alone(tmp_path: Path, name: str) -> None:
    async with post(tmp_path) as there:
        there.put(name, BODY)

        await there.looks(3)

        assert there.names() == [name]


@pytest.mark.parametrize("name", ["lage.xml", "lage.txt", "lage", "json", "lage.json.bak"])
async def test_files_of_another_kind_are_refused(tmp_path: Path, name: str) -> None:
    async with post(tmp_path) as there:
        there.put(name, BODY)

        await there.looks()

        assert there.names("refused") == [name, f"{name}.reason.txt"]
        assert await there.messages() == []


async def test_a_refused_file_lies_beside_its_reason_in_both_languages(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        there.put("alarm.cap.xml", alert(status="Test"))
        await there.looks()
        reason = there.reason("alarm.cap.xml")
        entries = await there.desk.told("intake.refused")

        assert there.names("refused") == ["alarm.cap.xml", "alarm.cap.xml.reason.txt"]
        assert await there.messages() == []
    assert "Wo:  status" in reason
    assert "veröffentlicht wird nur Actual" in reason
    assert "Where: status" in reason
    assert "only Actual is published" in reason
    assert [entry["where"] for entry in entries] == ["status"]
    assert "nur Actual" in entries[0]["reason_de"]


@pytest.mark.parametrize(
    ("block", "place"),
    [
        (info(headline="x" * 161), "info/headline"),
        (info(description="x" * 20_001), "info/description"),
        (info("y" * 1_001), "info/area/areaDesc"),
        (info(web="ftp://musterstadt.example/"), "info/web"),
        (info(expires="2030-01-01T11:00:00+00:00"), "info/expires"),
    ],
)
async def test_a_reason_names_the_place_in_the_words_of_the_file(
    tmp_path: Path, block: str, place: str
) -> None:
    async with post(tmp_path) as there:
        there.put("alarm.cap.xml", alert(block))
        await there.looks()

        assert f"Where: {place}\n" in there.reason("alarm.cap.xml")


async def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        there.put("lage.json", b" " * 1_000_001)
        await there.looks()

        assert "1000000 are allowed" in there.reason("lage.json")


async def test_a_link_is_refused_and_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "geheim.json"
    secret.write_text(json.dumps(BODY))
    async with post(tmp_path) as there:
        (there.folder / "lage.json").symlink_to(secret)
        await there.looks()

        assert "links are not followed" in there.reason("lage.json")
        assert await there.messages() == []
        assert secret.exists()


async def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        for text in ("eins", "zwei", "drei"):
            there.put("alarm.cap.xml", alert(info(description=text), identifier=text))
            await there.looks()

        assert there.names("accepted") == [
            "alarm-2.cap.xml", "alarm-3.cap.xml", "alarm.cap.xml",
        ]  # fmt: skip


async def test_names_of_any_bytes_and_length_are_put_away(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        long, odd = "ü" * 125 + ".json", os.fsdecode(b"\xff\xfe.json")
        there.put(long, b"{")
        there.put(odd, b"[")

        await there.looks()

        assert there.names() == []
        assert len(there.names("refused")) == 4


@pytest.mark.parametrize("name", ["a.cap.xml", "a.json"])
async def test_a_crash_between_acceptance_and_move_accepts_nothing_twice(
    tmp_path: Path, name: str
) -> None:
    content = alert() if name.endswith("xml") else json.dumps(BODY).encode()
    async with post(tmp_path) as there:
        await there.taken(name, content)
        (there.folder / "accepted" / name).rename(there.folder / name)  # as if never moved
        there.restart()

        await there.looks()

        assert there.names("accepted") == [name]
        assert len(await there.messages()) == 1
        assert [e["again"] for e in await there.desk.told("intake.accepted")] == [False, True]


async def test_the_same_cap_triple_with_other_words_is_refused(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        await there.taken("eins.cap.xml", alert())
        there.put("zwei.cap.xml", alert(info(headline="Etwas anderes")))

        await there.looks()

        assert "sender, identifier and sent" in there.reason("zwei.cap.xml")
        assert len(await there.messages()) == 1


async def test_a_json_file_may_bring_a_key_of_its_own(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        await there.taken("eins.json", {**BODY, "key": "lst-4711"})
        await there.taken("zwei.json", {"key": "lst-4711", **BODY})
        there.put("drei.json", {**BODY, "text": "Anders.", "key": "lst-4711"})
        await there.looks()

        assert len(await there.messages()) == 1
        assert there.names("refused") == ["drei.json", "drei.json.reason.txt"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "valid JSON"),
        (b"{", "valid JSON"),
        (b"[1]", "must be an object"),
        (b'{"headline": "a", "headline": "b"}', "is there twice"),
        (b"\xff{}", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"headline": ' + b"9" * 5_000 + b"}", "JSON"),
        (b'{"headline": "a", "text": "b"}', "severity is missing"),
        (b'{"headline": "a", "text": "b", "severity": "minor", "x": 1}', "no known field"),
        (b'{"headline": "\\ud800", "text": "b", "severity": "minor"}', "do not exist"),
        (json.dumps({**BODY, "key": ""}).encode(), "key must be"),
        (json.dumps({**BODY, "key": "a\u0000"}).encode(), "key must be"),
        (json.dumps({**BODY, "key": 7}).encode(), "key must be"),
        (json.dumps({**BODY, "update_of": True}).encode(), "update_of must be"),
        (json.dumps({**BODY, "update_of": 9}).encode(), "there is no message '9'"),
        (json.dumps({**BODY, "update_of": 1, "all_clear_of": 1}).encode(), "both there"),
    ],
)
async def test_json_that_is_no_message_is_refused_with_its_field(
    tmp_path: Path, body: bytes, field: str
) -> None:
    async with post(tmp_path) as there:
        there.put("lage.json", body)
        await there.looks()

        assert field in there.reason("lage.json")
        assert await there.messages() == []


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.dictionaries(
                    st.sampled_from(["headline", "key", "update_of", "all_clear_of", "x"]),
                    inner,
                    max_size=4,
                )
                | st.lists(inner, max_size=2)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_letter_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        read_json(data)
    except InputError as refusal:
        assert refusal.phrase.de != ""  # noqa: PT017 - a letter is as good as a refusal


@pytest.mark.parametrize(
    ("severity", "approval", "needed"),
    [
        ("minor", Approval.NONE, False),
        ("moderate", Approval.NONE, False),
        ("severe", Approval.NONE, True),
        ("extreme", Approval.NONE, True),
        ("minor", Approval.FOUR_EYES, True),
        ("extreme", Approval.FOUR_EYES, True),
    ],
)
async def test_what_is_grave_needs_four_eyes_whatever_the_rules_say(
    tmp_path: Path, severity: str, approval: Approval, *, needed: bool
) -> None:
    async with post(tmp_path, approval) as there:
        message = await there.taken("lage.json", {**BODY, "severity": severity})

    assert message.awaits_approval is needed


async def test_an_exercise_needs_four_eyes_as_configured_and_stays_one(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        there.desk.board.rules = replace(
            there.desk.board.rules,
            channels={
                name: replace(channel, exercises=True)
                for name, channel in there.desk.board.rules.channels.items()
            },
        )
        message = await there.taken("uebung.cap.xml", alert(status="Exercise"))

    assert message.content.exercise
    assert not message.needs_approval


async def test_a_file_that_cannot_be_moved_is_accepted_once_and_said_once(tmp_path: Path) -> None:
    """A file stands where the folder `accepted` should be."""
    async with post(tmp_path) as there:
        in_the_way = tmp_path / "im-weg"
        in_the_way.write_text("x")
        (there.folder / "accepted").symlink_to(in_the_way)
        there.put("lage.json", BODY)
        there.put("test.cap.xml", alert(status="Test"))
        await there.looks(6)
        stuck = "lage.json" in there.names()
        said = await there.desk.told("intake.blocked")
        in_between = await there.desk.told("intake.accepted")

        (there.folder / "accepted").unlink()
        await there.looks(2)

        assert stuck
        assert len(said) == 1
        assert len(in_between) == 1
        assert there.names("refused") == ["test.cap.xml", "test.cap.xml.reason.txt"]
        assert there.names("accepted") == ["lage.json"]
        assert len(await there.messages()) == 1
        assert len(await there.desk.told("intake.accepted")) == 1
        assert len(await there.desk.told("intake.resumed")) == 1


async def test_a_reason_is_never_written_through_a_link(tmp_path: Path) -> None:
    """Whoever may drop a file must not overwrite one that the service alone may write."""
    key = tmp_path / "schluessel"
    key.write_text("geheim")
    async with post(tmp_path) as there:
        refused = there.folder / "refused"
        refused.mkdir()
        for name in (".lage.json.reason.txt", "lage.json.reason.txt"):
            (refused / name).symlink_to(key)
        there.put("lage.json", b"{")
        await there.looks()

        assert key.read_text() == "geheim"
        assert there.reason("lage.json") != "geheim"
        assert not (refused / "lage.json.reason.txt").is_symlink()
        assert "lage.json" in there.names("refused")


@pytest.mark.parametrize(("where", "content"), [("refused", b"{"), ("accepted", BODY)])
async def test_nothing_is_put_away_where_a_link_leads(
    tmp_path: Path, where: str, content: bytes | Mapping[str, Any]
) -> None:
    elsewhere = tmp_path / "anderswo"
    elsewhere.mkdir()
    async with post(tmp_path) as there:
        (there.folder / where).symlink_to(elsewhere)
        there.put("lage.json", content)
        await there.looks(4)

        assert list(elsewhere.iterdir()) == []
        assert "lage.json" in there.names()
        assert len(await there.desk.told("intake.blocked")) == 1


def test_staff_hear_of_a_file_that_is_stuck_and_why_but_not_of_one_that_is_fine() -> None:
    news = news_of("intake.blocked", "lage.json", {"error": "Permission denied"})

    assert news is not None
    assert "lage.json" in news.subject.de
    assert "Permission denied" in news.text.en
    assert news_of("intake.accepted", "m1", {"file": "lage.json"}) is None


async def test_a_folder_that_is_not_there_is_said_once_and_used_when_it_comes(
    tmp_path: Path,
) -> None:
    async with post(tmp_path) as there:
        there.folder.rmdir()
        await there.looks(4)
        there.folder.mkdir()
        await there.taken("lage.json", BODY)

        assert len(await there.desk.told("intake.blocked")) == 1
        assert len(await there.desk.told("intake.resumed")) == 1


async def test_while_nothing_can_be_stored_files_stay_where_they_are_in_their_order(
    tmp_path: Path,
) -> None:
    async with post(tmp_path) as there:
        there.put("b.cap.xml", alert())
        there.put("a.cap.xml", alert(identifier="ENDE", msgType="Cancel", references=triple()))
        os.utime(there.folder / "a.cap.xml")  # later than its alarm, by name before it
        with without_journal(tmp_path / "sentinel.db"):
            await there.looks(4)
            waiting = there.names()
            kept = await there.messages()

        await there.looks(2)

        assert waiting == ["a.cap.xml", "b.cap.xml"]
        assert kept == []
        assert there.names("accepted") == ["a.cap.xml", "b.cap.xml"]
        assert [m.kind for m in await there.messages()] == [Kind.ALL_CLEAR, Kind.ALERT]
        assert await there.desk.told("intake.blocked") == []


@contextmanager
def without_journal(database: Path) -> Iterator[None]:
    """Nothing can be written meanwhile: every unit ends in the journal."""
    with closing(sqlite3.connect(database)) as other:
        other.execute("ALTER TABLE journal RENAME TO elsewhere")
        yield
        other.execute("ALTER TABLE elsewhere RENAME TO journal")


async def test_a_file_that_changes_while_it_is_read_is_looked_at_anew(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        file = there.put("lage.json", BODY)
        await there.looks(1)
        before = file.stat()
        there.put("lage.json", {**BODY, "headline": "Hochwasser!"})
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        await there.looks(2)

        assert [m.content.headline for m in await there.messages()] == ["Hochwasser!"]
