"""What waited goes out as one parcel: nothing is lost in it, and the gravest speaks first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.parcel import ROOM, Parcel, folded, marked

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def parcel(subject: str = "x gestört", text: str = "x nimmt nichts an.", **more: Any) -> Parcel:
    usual: dict[str, Any] = {"subject": subject, "text": text, "due_at": NIGHT}
    return Parcel(**(usual | more))


def test_one_alone_in_time_stays_as_it_is() -> None:
    one = parcel(html="<p>x</p>", short="x")

    assert folded([one], "de", BERLIN, NIGHT + timedelta(minutes=9)) == one


def test_an_alarm_gives_the_subject_and_its_text_comes_first() -> None:
    early = parcel("x gestört", "x nimmt nichts an.", due_at=NIGHT - timedelta(minutes=1))
    alarm = parcel("ALARM: Nr. 7 steckt fest", "Bitte von Hand.", grave=True, short="Nr. 7 fest")

    one = folded([early, alarm], "de", BERLIN, NIGHT)

    assert one.subject == "ALARM: Nr. 7 steckt fest (+1)"
    assert one.short == "(+1 weitere) Nr. 7 fest"
    assert one.grave
    assert one.text == (
        "== 10.03. 03:00 ALARM: Nr. 7 steckt fest\nBitte von Hand.\n\n"
        "== 10.03. 02:59 x gestört\nx nimmt nichts an."
    )


def test_where_two_text_messages_are_full_the_number_of_the_others_is_left_out() -> None:
    full = parcel(short="x" * 300)

    assert folded([full, parcel()], "de", BERLIN, NIGHT).short == "x" * 300


def test_an_exercise_never_stands_before_what_is_real() -> None:
    drill = parcel("ÜBUNG ALARM: Nr. 8 steckt fest", grave=True, exercise=True)

    one = folded([drill, parcel()], "de", BERLIN, NIGHT)

    assert one.subject == "x gestört (+1)"
    assert not one.exercise


def test_what_waited_for_our_line_is_a_summary_that_says_so() -> None:
    waiting = [
        parcel(f"Kanal {number} gestört", due_at=NIGHT + timedelta(minutes=number), cut_off=True)
        for number in range(60)
    ]

    one = folded(waiting, "de", BERLIN, NIGHT + timedelta(hours=1))

    assert one.subject == "Zusammenfassung: 60 Nachrichten, die warten mussten"
    assert one.text.startswith(
        "Kommt verspätet (fällig seit 10.03. 03:00): unsere Leitung war unterbrochen.\n\n"
        "== 10.03. 03:00 Kanal 0 gestört\n"
    )
    assert all(f"Kanal {number} gestört" in one.text for number in range(60))


def test_one_that_comes_an_hour_late_says_why_in_english_too() -> None:
    one = folded([parcel(html="<p>x</p>")], "en", BERLIN, NIGHT + timedelta(hours=1))

    excuse = "This comes late (due since 10.03. 03:00): none of your addresses took it until now."
    assert one.subject == "x gestört"
    assert one.text == f"{excuse}\n\nx nimmt nichts an."
    assert one.html == f"<p>{excuse}</p>\n<p>x</p>"


def test_html_keeps_lines_and_links_and_takes_no_markup_from_a_text() -> None:
    plain = parcel("a <b>", "Zeile <1>\nhttps://s.example/a/T-1.")
    page = parcel("c", "d", html="<ul><li>d</li></ul>")

    one = folded([plain, page], "de", BERLIN, NIGHT)

    assert one.html == (
        "<h2>10.03. 03:00 a &lt;b&gt;</h2>\n<p>Zeile &lt;1&gt;<br>"
        '<a href="https://s.example/a/T-1">https://s.example/a/T-1</a>.</p>\n'
        "<h2>10.03. 03:00 c</h2>\n<ul><li>d</li></ul>"
    )


def test_a_repeat_is_marked_in_subject_and_short_text() -> None:
    one = marked(parcel(short="x"), "de")

    assert (one.subject, one.short) == ("[Wiederholung] x gestört", "[Wiederholung] x")
    assert marked(parcel(), "en").subject == "[repeat] x gestört"


PARCELS = st.lists(
    st.builds(
        Parcel,
        subject=st.text("abc ", min_size=1, max_size=20),
        text=st.text("abc \n", max_size=3_000),
        grave=st.booleans(),
        exercise=st.booleans(),
        due_at=st.integers(0, 59).map(lambda n: NIGHT + timedelta(minutes=n)),
        cut_off=st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(PARCELS)
def test_nothing_is_lost_the_parcel_stays_short_and_grave_is_grave(parcels: list[Parcel]) -> None:
    one = folded(parcels, "de", BERLIN, NIGHT + timedelta(hours=1))

    assert all(each.subject in one.text + one.subject for each in parcels)
    assert len(one.text) <= ROOM + 5_000
    assert one.grave == any(each.grave for each in parcels)
    assert one.due_at == min(each.due_at for each in parcels)
