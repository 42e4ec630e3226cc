"""CAP files are valid CAP 1.2 whatever the notice says, checked by our own reading of the sheet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Variant
from sentinel.notices.cap import cap
from sentinel.notices.notice import Notice, Site

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "cap.xsd"))
NOON = datetime(2026, 7, 5, 10, 0, 0, 250_000, tzinfo=UTC)
ALERT = Notice(
    site=Site(
        organisation="Stadt Musterstadt",
        timezone="Europe/Berlin",
        public_url="https://warnung.example/notices",
    ),
    id="0190a1b2-0000-7000-8000-000000000017",
    number=17,
    chain="0190a1b2-0000-7000-8000-000000000017",
    severity=Severity.SEVERE,
    language="de",
    headline="Bombe wird entschärft",
    text="Bitte verlassen Sie das Gebiet <sofort> & ruhig.",
    instruction="Gehen Sie zur Sammelstelle.",
    area="Innenstadt",
    event="Bombenentschärfung",
    sent=NOON,
    expires_at=NOON + timedelta(hours=24),
)
EARLIER = (("0190a1b2-0000-7000-8000-000000000016", NOON - timedelta(hours=1)),)


def test_an_alert_is_valid_and_says_what_the_notice_says() -> None:
    alert = valid(ALERT)

    assert words(alert, "status", "msgType", "scope", "sender") == [
        "Actual", "Alert", "Public", "warnung.example",
    ]  # fmt: skip
    assert words(alert, "headline", "description", "instruction", "areaDesc") == [
        "Bombe wird entschärft",
        "Bitte verlassen Sie das Gebiet <sofort> & ruhig.",
        "Gehen Sie zur Sammelstelle.",
        "Innenstadt",
    ]
    assert words(alert, "language", "category", "urgency", "severity", "certainty") == [
        "de-DE", "Safety", "Immediate", "Severe", "Observed",
    ]  # fmt: skip


def test_times_carry_the_local_offset_and_no_fraction() -> None:
    alert = valid(ALERT)

    assert words(alert, "sent", "effective", "expires") == [
        "2026-07-05T12:00:00+02:00",
        "2026-07-05T12:00:00+02:00",
        "2026-07-06T12:00:00+02:00",
    ]


def test_times_in_utc_are_written_with_an_offset_too() -> None:
    alert = valid(replace(ALERT, site=replace(ALERT.site, timezone="UTC")))

    assert words(alert, "sent") == ["2026-07-05T10:00:00+00:00"]


def test_an_update_names_what_it_replaces() -> None:
    alert = valid(replace(ALERT, kind=Kind.UPDATE, references=EARLIER))

    assert words(alert, "msgType", "references") == [
        "Update",
        "warnung.example,0190a1b2-0000-7000-8000-000000000016,2026-07-05T11:00:00+02:00",
    ]


def test_an_all_clear_cancels_and_says_so_in_every_language() -> None:
    english = Variant(language="en", headline="All clear", text="The danger is over.")

    alert = valid(replace(ALERT, kind=Kind.ALL_CLEAR, references=EARLIER, variants=(english,)))

    assert words(alert, "msgType") == ["Cancel"]
    assert every(alert, "responseType") == ["AllClear", "AllClear"]
    assert every(alert, "urgency") == ["Past", "Past"]


def test_an_exercise_is_no_actual_alert() -> None:
    alert = valid(replace(ALERT, exercise=True))

    assert words(alert, "status", "headline") == ["Exercise", "ÜBUNG: Bombe wird entschärft"]


def test_each_language_has_its_own_block() -> None:
    variants = (
        Variant(language="de-x-ls", headline="Bombe gefunden", text="Gehen Sie weg."),
        Variant(language="en", headline="Bomb found", text="Please leave."),
    )

    alert = valid(replace(ALERT, variants=variants))

    assert every(alert, "language") == ["de-DE", "de-x-ls", "en"]
    assert every(alert, "headline") == ["Bombe wird entschärft", "Bombe gefunden", "Bomb found"]
    assert every(alert, "areaDesc") == ["Innenstadt", "Innenstadt", "Innenstadt"]


@pytest.mark.parametrize(("given_", "written"), [("fire", "Fire"), ("Hochwasser", "Other")])
def test_a_category_of_the_citys_own_becomes_one_of_the_standards(
    given_: str, written: str
) -> None:
    assert words(valid(replace(ALERT, category=given_)), "category") == [written]


def test_the_same_notice_gives_the_same_bytes() -> None:
    assert cap(ALERT) == cap(ALERT)


@settings(max_examples=40)
@given(
    st.builds(
        replace,
        st.just(ALERT),
        headline=st.text(max_size=40),
        text=st.text(max_size=80),
        area=st.none() | st.text(max_size=20),
        category=st.text(max_size=10),
        urgency=st.text(max_size=10),
        certainty=st.text(max_size=10),
        language=st.text(max_size=8),
        severity=st.sampled_from(Severity),
        kind=st.sampled_from(Kind),
        exercise=st.booleans(),
        references=st.sampled_from([(), EARLIER, EARLIER * 2]),
        sent=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    )
)
def test_whatever_a_notice_says_its_cap_file_is_valid(notice: Notice) -> None:
    valid(notice)


def valid(notice: Notice) -> etree._Element:
    """Return the CAP file of a notice, parsed, once it has passed our schema."""
    alert = etree.fromstring(cap(notice))
    SCHEMA.assertValid(alert)
    return alert


def every(alert: etree._Element, name: str) -> list[str | None]:
    return [one.text for one in alert.iter("{urn:oasis:names:tc:emergency:cap:1.2}" + name)]


def words(alert: etree._Element, *names: str) -> list[str | None]:
    return [every(alert, name)[0] for name in names]
