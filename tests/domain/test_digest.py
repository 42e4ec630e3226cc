"""The daily digest: once a day by the city's clock, whatever that clock does; and what it says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.digest import Digest, day_due
from sentinel.domain.digest_words import Brief, Open, Waiting, digest_news
from sentinel.domain.message import MessageState
from sentinel.domain.risks import Gravity, Risk, RiskKind
from sentinel.errors import Phrase

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = Digest(at=time(7, 30), notify=("presse",))
NIGHT = Digest(at=time(2, 30), notify=("presse",))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("digest", "at", "last", "due"),
    [
        (MORNING, "2026-11-20T06:29:59", "2026-11-19", None),
        (MORNING, "2026-11-20T06:30:00", "2026-11-19", "2026-11-20"),
        (MORNING, "2026-11-20T06:30:00", "2026-11-20", None),
        (MORNING, "2026-07-20T05:30:00", "2026-07-19", "2026-07-20"),  # summer time
        (MORNING, "2026-11-20T20:00:00", "2026-11-19", "2026-11-20"),  # late, not never
        (MORNING, "2026-11-20T23:30:00", "2026-11-19", None),  # it is tomorrow here
        (MORNING, "2026-11-18T12:00:00", "2026-11-19", None),  # the clock was put back
        (NIGHT, "2027-03-28T01:29:59", "2027-03-27", None),  # 02:30 does not exist: 03:30 it is
        (NIGHT, "2027-03-28T01:30:00", "2027-03-27", "2027-03-28"),
        (NIGHT, "2026-10-25T00:30:00", "2026-10-24", "2026-10-25"),  # twice 02:30: the first
        (NIGHT, "2026-10-25T01:30:00", "2026-10-25", None),
    ],
)
def test_it_is_due_at_the_citys_hour(digest: Digest, at: str, last: str, due: str | None) -> None:
    found = day_due(digest, utc(at), BERLIN, date.fromisoformat(last))

    assert found == (date.fromisoformat(due) if due else None)


@settings(max_examples=50)
@given(
    st.times(max_value=time(23, 59)),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=60),
    st.integers(0, 226 * 24).map(lambda hours: utc("2026-03-20") + timedelta(hours=hours)),
)
def test_looking_at_any_moments_finds_each_day_at_most_once_and_never_early(
    hour: time, steps: list[int], start: datetime
) -> None:
    digest = Digest(at=hour.replace(second=0, microsecond=0), notify=("presse",))
    at, last = start, start.astimezone(BERLIN).date() - timedelta(days=1)
    found: list[date] = []

    for seconds in steps:
        at += timedelta(seconds=seconds)
        day = day_due(digest, at, BERLIN, last)
        if day is not None:
            there = at.astimezone(BERLIN)
            assert day == there.date()
            assert datetime.combine(day, digest.at, BERLIN) <= there
            found.append(day)
            last = day

    assert found == sorted(set(found))


class TestWhatItSays:
    def test_a_calm_day_is_said_in_a_line(self) -> None:
        news = digest_news(Brief(), BERLIN)

        assert news.subject.de == "Tagesübersicht: alles ruhig"
        assert news.text.de == (
            "Keine Störung. Keine Meldung wartet. Nichts läuft bald ab. Sonst ist nichts gefährdet."
        )
        assert news.details is None

    def test_each_matter_has_a_line_under_its_heading(self) -> None:
        news = digest_news(
            Brief(
                outages=[
                    Open(
                        sentence=Phrase(de="x-stadt: Störung.", en="x-stadt: out."),
                        since=utc("2026-11-19T22:15:00"),
                        taken=False,
                    )
                ],
                waiting=[
                    Waiting(
                        number=17,
                        headline="Hochwasser",
                        state=MessageState.AWAITING_APPROVAL,
                        expires_at=utc("2026-11-20T17:00:00"),
                    )
                ],
                risks=[
                    risk(RiskKind.CREDENTIAL, "threads-stadt läuft am 1.12.2026 ab."),
                    risk(RiskKind.ROTA, "Dienstplan: niemand."),
                    risk(RiskKind.RESILIENCE, "steht jeden Tag da"),
                    risk(RiskKind.CERTIFICATE, "Seite läuft ab."),
                ],
            ),
            BERLIN,
        )

        assert news.subject.en == "Daily digest: outages 1, waiting messages 1, risks 3"
        assert news.details is not None
        assert news.details.de.splitlines() == [
            "Störungen:",
            "- x-stadt: Störung. (seit 19.11. 23:15 MEZ, noch von niemandem übernommen)",
            "",
            "Es warten:",
            "- Nr. 17 „Hochwasser“ wartet auf Freigabe; gilt bis 20.11. 18:00 MEZ",
            "",
            "Läuft ab:",
            "- threads-stadt läuft am 1.12.2026 ab.",
            "- Seite läuft ab.",
            "",
            "Gefährdet:",
            "- Dienstplan: niemand.",
        ]

    def test_a_hold_comes_first_for_it_is_easily_forgotten(self) -> None:
        news = digest_news(Brief(on_hold=True), BERLIN)

        assert news.text.de.startswith("ALLES VERÖFFENTLICHEN IST ANGEHALTEN.")
        assert news.subject.de.startswith("Tagesübersicht: ANGEHALTEN, ")

    def test_five_hundred_outages_stay_readable(self) -> None:
        one = Open(
            sentence=Phrase(de="Störung.", en="Out."), since=utc("2026-11-19T22:15:00"), taken=True
        )

        news = digest_news(Brief(outages=[one] * 500), BERLIN)

        assert news.details is not None
        assert len(news.details.de.splitlines()) == 17
        assert news.details.de.endswith("- … 485 weitere")


def risk(kind: RiskKind, said: str) -> Risk:
    phrase = Phrase(de=said, en=said)
    return Risk(kind=kind, gravity=Gravity.PLAN, subject="x", phrase=phrase)
