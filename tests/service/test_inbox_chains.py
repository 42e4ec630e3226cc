"""Updates and all-clears from the intake folder: each acts on what it refers to."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind
from sentinel.domain.rules import Approval
from tests.service.letters import alert, info, triple
from tests.service.test_inbox import BODY, post


async def test_a_cap_update_and_cancel_continue_what_they_refer_to(tmp_path: Path) -> None:
    update = alert(
        info(headline="Gebiet vergrößert"), identifier="B", msgType="Update", references=triple()
    )
    both = f"{triple()} {triple('B')}"
    cancel = alert(
        info(headline="Bombe entschärft", description="Sie können zurück."),
        identifier="C", msgType="Cancel", references=both,
    )  # fmt: skip
    async with post(tmp_path) as there:
        first = await there.taken("a.cap.xml", alert())
        second = await there.taken("b.cap.xml", update)
        third = await there.taken("c.cap.xml", cancel)

    assert [m.kind for m in (first, second, third)] == [Kind.ALERT, Kind.UPDATE, Kind.ALL_CLEAR]
    assert {m.chain for m in (first, second, third)} == {first.id}
    assert third.references == (first.id, second.id)
    assert third.content.headline == "Bombe entschärft"


async def test_a_cancel_that_repeats_the_alarm_gets_the_words_of_an_all_clear(
    tmp_path: Path,
) -> None:
    async with post(tmp_path) as there:
        await there.taken("a.cap.xml", alert())
        message = await there.taken(
            "b.cap.xml", alert(identifier="B", msgType="Cancel", references=triple())
        )

    assert message.content.headline == "Entwarnung zu Meldung Nr. 1: Bombe wird entschärft"
    assert message.content.text.startswith("Die Gefahr ist vorbei.")


async def test_a_cancel_without_any_words_gets_them_too(tmp_path: Path) -> None:
    bare = alert(identifier="B", msgType="Cancel", references=triple())
    async with post(tmp_path) as there:
        await there.taken("a.cap.xml", alert())
        message = await there.taken("b.cap.xml", bare.replace(info().encode(), b""))

    assert message.content.headline.startswith("Entwarnung")


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
async def test_what_refers_to_nothing_we_know_is_refused_and_never_a_new_alert(
    tmp_path: Path, kind: str
) -> None:
    unknown = alert(identifier="B", msgType=kind, references=triple("ANDERS"))
    async with post(tmp_path) as there:
        there.put("b.cap.xml", unknown)
        await there.looks()

        assert "Where: references" in there.reason("b.cap.xml")
        assert await there.messages() == []


async def test_what_refers_to_two_matters_at_once_is_refused(tmp_path: Path) -> None:
    both = f"{triple()} {triple('B')}"
    async with post(tmp_path) as there:
        await there.taken("a.cap.xml", alert())
        await there.taken("b.cap.xml", alert(identifier="B"))
        there.put("c.cap.xml", alert(identifier="C", msgType="Cancel", references=both))
        await there.looks()

        assert "different matters" in there.reason("c.cap.xml")


async def test_an_exercise_ends_no_real_alarm(tmp_path: Path) -> None:
    cancel = alert(identifier="B", status="Exercise", msgType="Cancel", references=triple())
    async with post(tmp_path) as there:
        await there.taken("a.cap.xml", alert())
        there.put("b.cap.xml", cancel)
        await there.looks()

        assert "Where: status" in there.reason("b.cap.xml")


async def test_the_end_of_a_grave_alarm_needs_four_eyes_though_it_is_harmless_itself(
    tmp_path: Path,
) -> None:
    grave = alert(info(severity="Extreme"))
    cancel = alert(
        info(severity="Minor", headline="Vorbei", description="Alles gut."),
        identifier="B", msgType="Cancel", references=triple(),
    )  # fmt: skip
    async with post(tmp_path, Approval.NONE) as there:
        await there.taken("a.cap.xml", grave)
        message = await there.taken("b.cap.xml", cancel)

    assert message.effective_severity is Severity.EXTREME
    assert message.awaits_approval


@pytest.mark.parametrize("by", ["number", "id"])
async def test_json_names_the_message_that_it_updates_or_ends(tmp_path: Path, by: str) -> None:
    async with post(tmp_path) as there:
        first = await there.taken("a.json", BODY)
        name = first.number if by == "number" else first.id
        second = await there.taken("b.json", {**BODY, "text": "Mehr.", "update_of": name})
        third = await there.taken("c.json", {"all_clear_of": name})

    assert (second.kind, third.kind) == (Kind.UPDATE, Kind.ALL_CLEAR)
    assert {second.chain, third.chain} == {first.id}


async def test_a_false_alarm_can_be_ended_as_one(tmp_path: Path) -> None:
    async with post(tmp_path) as there:
        await there.taken("a.json", BODY)
        message = await there.taken("b.json", {"all_clear_of": 1, "false_alarm": True})

    assert message.content.headline.startswith("Fehlalarm!")


@pytest.mark.parametrize("name", ["b.cap.xml", "b.json"])
async def test_a_crash_between_acceptance_and_move_continues_nothing_twice(
    tmp_path: Path, name: str
) -> None:
    cancel = alert(identifier="B", msgType="Cancel", references=triple())
    content = cancel if name.endswith("xml") else b'{"all_clear_of": 1}'
    async with post(tmp_path) as there:
        await there.taken("a.cap.xml", alert())
        await there.taken(name, content)
        (there.folder / "accepted" / name).rename(there.folder / name)
        there.restart()

        await there.looks()

        assert there.names("accepted") == ["a.cap.xml", name]
        assert len(await there.messages()) == 2
