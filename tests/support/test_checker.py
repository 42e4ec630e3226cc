"""The checker finds nothing in a good history, and every kind of wrong in a bad one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.parcel import Parcel, folded
from tests.support.checker import RULES, check, unfolded
from tests.support.history import (
    Arrival,
    Asked,
    Attempt,
    Delivery,
    Entry,
    Heard,
    Held,
    History,
    Kept,
    Message,
    Notification,
    Post,
    Step,
    Told,
    Violation,
    as_seen,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
X, BOARD, MAIL = "x-stadt", "warnseite", "presse-mail"
ROUTES = {"gefahr": Asked(always=(BOARD,), priority=(X, MAIL))}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def chained(
    *said: tuple[str, str], when: Callable[[int], datetime] = at
) -> tuple[tuple[Entry, ...], tuple[int, str]]:
    """A journal of these kinds and subjects, and its head."""
    entries: list[Entry] = []
    previous = "0" * 64
    for number, (kind, subject) in enumerate(said, start=1):
        payload = json.dumps({"number": number}, separators=(",", ":"))
        moment = when(number).isoformat(timespec="microseconds")
        covered = [previous, number, kind, sha(payload), "daemon", "sentinel", subject, moment]
        mine = sha(json.dumps(covered, ensure_ascii=False, separators=(",", ":")))
        entry = Entry(
            number=number,
            at=when(number),
            kind=kind,
            actor_kind="daemon",
            actor_id="sentinel",
            subject=subject,
            payload=payload,
            digest=sha(payload),
            previous=previous,
            hash=mine,
        )
        entries.append(entry)
        previous = mine
    return tuple(entries), (len(entries), previous)


def message(number: int, **changes: object) -> Message:
    usual = Message(
        id=f"m{number}",
        number=number,
        kind="alert",
        state="live",
        routes=("gefahr",),
        references=(),
        accepted_at=at(number),
        expires_at=at(3600),
        key=f"key {number}",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def carried(number: int, channel: str) -> tuple[Delivery, Attempt, Arrival | None, Post]:
    """A delivery that went out, with everything that it left behind."""
    text = f"/notices/m{number}" if channel == BOARD else f"Deichbruch\nNr. {number}"
    moment = None if channel == BOARD else at(number + 1)
    delivery = Delivery(
        id=f"d{number}/{channel}",
        message=f"m{number}",
        channel=channel,
        state="published",
        attempts=1,
    )
    attempt = Attempt(
        delivery=delivery.id,
        started_at=at(number + 0.5),
        ended_at=at(number + 1.5),
        outcome="accepted",
    )
    post = Post(channel=channel, id=f"p{number}/{channel}", text=text, at=moment)
    arrival = None
    if moment is not None:
        arrival = Arrival(channel=channel, text=text, at=moment, post=post.id)
    return delivery, attempt, arrival, post


def good(alerts: int = 2, *, all_clear: bool = True) -> History:
    """Alerts that are out on the page and on X, and an all-clear of the last of them."""
    messages = [message(number) for number in range(1, alerts + 1)]
    if all_clear:
        last = replace(messages[-1], superseded_at=at(alerts + 2))
        ending = message(alerts + 1, kind="all_clear", references=(last.id,))
        ending = replace(ending, accepted_at=at(alerts + 2))
        messages = [*messages[:-1], last, ending]
    made = [carried(one.number, channel) for one in messages for channel in (BOARD, X)]
    if all_clear:  # it came later than the alert that it ends
        made = [_later(one, 2) if one[0].message == f"m{alerts + 1}" else one for one in made]
    said = [("message.received", one.id) for one in messages]
    said += [("delivery.planned", one[0].id) for one in made]
    said += [("delivery.accepted", one[0].id) for one in made]
    accepted = {one.id: one.accepted_at for one in messages}
    moments = [*accepted.values(), *(accepted[one[0].message] for one in made)]
    moments += [one[1].ended_at or NOON for one in made]
    said.append(("message.stranded", "m1"))
    journal, head = chained(*said, when=lambda number: [*moments, at(16)][number - 1])
    words = ("ALARM: Meldung Nr. 1 steckt fest", "Für Meldung Nr. 1 fehlt ein Kanal.")
    return History(
        kept=Kept(
            messages=tuple(messages),
            deliveries=tuple(one[0] for one in made),
            attempts=tuple(one[1] for one in made),
            notifications=(
                Notification(
                    id="n1",
                    state="sent",
                    subject=words[0],
                    text=words[1],
                    created_at=at(50),
                ),
            ),
            journal=journal,
            head=head,
        ),
        posts=tuple(one[3] for one in made),
        arrivals=tuple(one[2] for one in made if one[2] is not None),
        told=(Told(at=at(100), subject=words[0], text=words[1]),),
        heard=tuple(Heard(id=one.id, number=one.number, key=one.key or "") for one in messages),
        held=(Held(since=at(200), until=at(300)),),
        routes=ROUTES,
        ended_at=at(900),
    )


def _later(
    made: tuple[Delivery, Attempt, Arrival | None, Post], seconds: float
) -> tuple[Delivery, Attempt, Arrival | None, Post]:
    delivery, attempt, arrival, post = made
    by = timedelta(seconds=seconds)
    ended = None if attempt.ended_at is None else attempt.ended_at + by
    return (
        delivery,
        replace(attempt, started_at=attempt.started_at + by, ended_at=ended),
        None if arrival is None else replace(arrival, at=arrival.at + by),
        post if post.at is None else replace(post, at=post.at + by),
    )


Change = Callable[[History], History]


def kept(**changes: object) -> Change:
    return lambda past: replace(past, kept=replace(past.kept, **changes))  # type: ignore[arg-type]


def a_message(number: int, **changes: object) -> Change:
    def change(past: History) -> History:
        messages = tuple(
            replace(one, **changes) if one.number == number else one  # type: ignore[arg-type]
            for one in past.kept.messages
        )
        return replace(past, kept=replace(past.kept, messages=messages))

    return change


def a_delivery(name: str, **changes: object) -> Change:
    def change(past: History) -> History:
        deliveries = tuple(
            replace(one, **changes) if one.id == name else one  # type: ignore[arg-type]
            for one in past.kept.deliveries
        )
        return replace(past, kept=replace(past.kept, deliveries=deliveries))

    return change


def an_attempt(name: str, **changes: object) -> Change:
    def change(past: History) -> History:
        attempts = tuple(
            replace(one, **changes) if one.delivery == name else one  # type: ignore[arg-type]
            for one in past.kept.attempts
        )
        return replace(past, kept=replace(past.kept, attempts=attempts))

    return change


def a_post(name: str, **changes: object) -> Change:
    def change(past: History) -> History:
        posts = tuple(
            replace(one, **changes) if one.id == name else one  # type: ignore[arg-type]
            for one in past.posts
        )
        return replace(past, posts=posts)

    return change


def an_arrival(post: str, **changes: object) -> Change:
    def change(past: History) -> History:
        arrivals = tuple(
            replace(one, **changes) if one.post == post else one  # type: ignore[arg-type]
            for one in past.arrivals
        )
        return replace(past, arrivals=arrivals)

    return change


def stepped(since: datetime, ahead: timedelta) -> Change:
    """The same, but at `since` the daemon's clock was set, and it stamped what it did by that."""

    def shown(moment: datetime) -> datetime:
        return moment + ahead if moment >= since else moment

    def change(past: History) -> History:
        attempts = tuple(
            replace(
                one,
                started_at=shown(one.started_at),
                ended_at=None if one.ended_at is None else shown(one.ended_at),
            )
            for one in past.kept.attempts
        )
        messages = tuple(
            replace(
                one,
                accepted_at=shown(one.accepted_at),
                superseded_at=None if one.superseded_at is None else shown(one.superseded_at),
            )
            for one in past.kept.messages
        )
        told = tuple(
            replace(one, created_at=shown(one.created_at)) for one in past.kept.notifications
        )
        past = written(shown)(past)
        return replace(
            past,
            kept=replace(past.kept, attempts=attempts, messages=messages, notifications=told),
            steps=(Step(since=since, ahead=ahead, after=since, by=since),),
        )

    return change


def written(clock: Callable[[datetime], datetime]) -> Change:
    """The same, but the clock of the journal showed another time."""

    def change(past: History) -> History:
        entries = past.kept.journal
        said = [(entry.kind, entry.subject) for entry in entries]
        journal, head = chained(*said, when=lambda number: clock(entries[number - 1].at))
        return replace(past, kept=replace(past.kept, journal=journal, head=head))

    return change


def one_more(post: Post) -> Change:
    return lambda past: replace(past, posts=(*past.posts, post))


def without_post(name: str) -> Change:
    return lambda past: replace(past, posts=tuple(p for p in past.posts if p.id != name))


def all_of(*changes: Change) -> Change:
    def change(past: History) -> History:
        for each in changes:
            past = each(past)
        return past

    return change


def without_all_clear_on_x(past: History) -> History:
    gone = f"d3/{X}"
    deliveries = tuple(one for one in past.kept.deliveries if one.id != gone)
    attempts = tuple(one for one in past.kept.attempts if one.delivery != gone)
    fewer = replace(past.kept, deliveries=deliveries, attempts=attempts)
    arrivals = tuple(one for one in past.arrivals if one.post != f"p3/{X}")
    return replace(without_post(f"p3/{X}")(past), kept=fewer, arrivals=arrivals)


def an_entry(number: int, **changes: object) -> Change:
    def change(past: History) -> History:
        entries = tuple(
            replace(one, **changes) if one.number == number else one  # type: ignore[arg-type]
            for one in past.kept.journal
        )
        return replace(past, kept=replace(past.kept, journal=entries))

    return change


def without_entry(number: int) -> Change:
    def change(past: History) -> History:
        entries = tuple(one for one in past.kept.journal if one.number != number)
        return replace(past, kept=replace(past.kept, journal=entries))

    return change


def a_repeat(subject: str) -> Change:
    def change(past: History) -> History:
        again = replace(past.told[0], at=at(110), subject=subject + past.told[0].subject)
        return replace(past, told=(*past.told, again))

    return change


COPY = Post(channel=X, id="again", text="Deichbruch\nNr. 1", at=at(20))

WRONG: dict[str, list[Change]] = {
    "lost": [
        lambda past: replace(past, heard=(*past.heard, Heard(id="m9", number=9, key="key 9"))),
        lambda past: replace(past, heard=(Heard(id="m1", number=2, key="key 1"),)),
        lambda past: replace(past, heard=(Heard(id="m1", number=1, key="key 2"),)),
        lambda past: replace(past, filed=("key 9",)),
    ],
    "forgotten": [
        all_of(
            a_message(1, state="accepted"),
            a_delivery(f"d1/{X}", state="moved"),
            a_delivery(f"d1/{BOARD}", state="moved"),
        ),
        all_of(a_message(1, state="stranded", expires_at=at(60))),
        all_of(a_message(1, state="held", expires_at=at(60))),
        lambda past: replace(past, lying=("meldung.json",)),
        a_message(1, state="scheduled", not_before=at(60)),
        a_message(1, state="scheduled", accepted_at=at(4500)),
    ],
    "half_carried": [
        all_of(a_delivery(f"d1/{X}", state="moved"), without_post(f"p1/{X}")),
        all_of(a_delivery(f"d1/{BOARD}", state="unknown")),
    ],
    "twice": [one_more(COPY), one_more(replace(COPY, visible=False))],
    "stray": [one_more(replace(COPY, text="Deichbruch")), one_more(replace(COPY, text="Nr. 77"))],
    "hidden": [
        a_delivery(f"d1/{X}", state="moved"),
        a_delivery(f"d1/{X}", state="planned"),
        a_delivery(f"d1/{X}", state="withdrawn"),
        one_more(replace(COPY, channel=MAIL)),
    ],
    "pretended": [
        without_post(f"p1/{X}"),
        a_post(f"p1/{X}", deleted=True),
        without_post(f"p1/{BOARD}"),
    ],
    "unfinished": [
        a_delivery(f"d1/{X}", attempts=2),
        an_attempt(f"d1/{X}", ended_at=None),
    ],
    "unannounced": [
        an_attempt(f"d1/{X}", started_at=at(2.1)),
        lambda past: replace(
            past,
            arrivals=(*past.arrivals, Arrival(channel=X, text="Nr. 1", at=at(30), post=None)),
        ),
    ],
    "late": [a_message(1, expires_at=at(0.9)), a_post(f"p1/{X}", at=at(3700))],
    "outlived": [
        all_of(a_message(1, withdrawn_at=at(9)), a_post(f"p1/{X}", at=at(12.5))),
        all_of(a_message(1, superseded_at=at(9)), a_post(f"p1/{X}", at=at(12.5))),
    ],
    "untimely": [
        an_attempt(f"d1/{X}", started_at=at(0)),
        a_message(1, expires_at=at(1.2)),
        a_message(1, withdrawn_at=at(1.2)),
        a_message(1, superseded_at=at(1.2)),
        a_message(1, not_before=at(5)),
        a_message(1, needs_approval=True),
        a_message(1, needs_approval=True, approved_at=at(5)),
    ],
    "overtaken": [a_post(f"p2/{X}", at=at(6.5)), a_post(f"p3/{X}", at=at(2))],
    "unfollowed": [
        without_all_clear_on_x,
        all_of(
            one_more(replace(COPY, channel=MAIL, text="Nr. 2")),
        ),
        all_of(a_delivery(f"d3/{X}", state="moved"), without_post(f"p3/{X}")),
    ],
    "undated": [written(lambda moment: moment + timedelta(seconds=400))],
    "on_hold": [a_post(f"p1/{X}", at=at(250))],
    "untold": [
        lambda past: replace(past, told=()),
        lambda past: replace(past, told=(replace(past.told[0], at=at(2)),)),
        lambda past: kept(notifications=(replace(past.kept.notifications[0], state="queued"),))(
            past
        ),
        lambda past: replace(
            past, told=(Told(at=at(100), subject="Läuft wieder", text="Meldung Nr. 1"),)
        ),
    ],
    "told_twice": [a_repeat("")],
    "journal_broken": [
        an_entry(2, payload="{}"),
        an_entry(2, actor_id="somebody"),
        without_entry(2),
        without_entry(10),
        kept(head=(9, "0" * 64)),
    ],
    "unwritten": [
        lambda past: _journal(past, lambda entry: entry.subject != "m1"),
        lambda past: _journal(past, lambda entry: entry.subject != f"d1/{X}"),
    ],
}


def _journal(past: History, stays: Callable[[Entry], bool]) -> History:
    """Write the journal anew without some entries: the chain holds, and they are missing."""
    said = [(entry.kind, entry.subject) for entry in past.kept.journal if stays(entry)]
    journal, head = chained(*said)
    return replace(past, kept=replace(past.kept, journal=journal, head=head))


def rules_of(violations: list[Violation]) -> set[str]:
    return {violation.rule for violation in violations}


def test_every_rule_has_a_history_that_breaks_it() -> None:
    assert set(WRONG) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, changes in WRONG.items() for change in changes]
)
def test_what_is_wrong_is_found(rule: str, change: Change) -> None:
    past = good()

    found = check(change(past))

    assert check(past) == []
    assert rule in rules_of(found), found


@given(alerts=st.integers(1, 6), all_clear=st.booleans())
@settings(max_examples=15, deadline=None)
def test_in_a_good_history_nothing_is_wrong(alerts: int, all_clear: bool) -> None:  # noqa: FBT001 - drawn
    assert check(good(alerts, all_clear=all_clear)) == []


@given(data=st.data(), alerts=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_a_post_that_is_doubled_or_vanishes_anywhere_is_found(
    data: st.DataObject, alerts: int
) -> None:
    past = good(alerts)
    post = data.draw(st.sampled_from(past.posts))

    doubled = replace(past, posts=(*past.posts, replace(post, id="again")))
    vanished = replace(past, posts=tuple(one for one in past.posts if one is not post))

    assert "twice" in rules_of(check(doubled))
    assert "pretended" in rules_of(check(vanished))


@pytest.mark.parametrize(
    "change",
    [
        all_of(a_delivery(f"d1/{X}", state="unknown"), a_message(1, state="stranded")),
        all_of(
            a_delivery(f"d1/{X}", state="unknown"),
            a_message(1, state="accepted"),
            without_post(f"p1/{X}"),
        ),
        all_of(
            a_delivery(f"d3/{X}", state="unknown"),
            a_message(3, state="accepted"),
            without_post(f"p3/{X}"),
        ),
        all_of(without_all_clear_on_x, a_message(3, state="stranded")),
        all_of(
            a_delivery(f"d1/{X}", state="withdrawn", take_down_at=at(50)),
            a_post(f"p1/{X}", deleted=True),
            a_message(1, state="withdrawn", withdrawn_at=at(50)),
        ),
        all_of(a_delivery(f"d1/{X}", confirmed_by="person:1"), without_post(f"p1/{X}")),
        a_repeat("[Wiederholung] "),
    ],
    ids=[
        "a doubt about what stands there",
        "a doubt about what does not",
        "a doubt about an all-clear",
        "an all-clear that is stranded",
        "taken down as a person wished",
        "a person's word",
        "a repeat that says so",
    ],
)
def test_an_honest_doubt_breaks_no_promise(change: Change) -> None:
    assert check(change(good())) == []


def test_times_are_compared_on_the_daemons_clock() -> None:
    past = good(all_clear=False)
    step = Step(since=at(0), ahead=timedelta(hours=1))
    by = timedelta(hours=-1)
    real = replace(
        past,
        posts=tuple(p if p.at is None else replace(p, at=p.at + by) for p in past.posts),
        arrivals=tuple(replace(one, at=one.at + by) for one in past.arrivals),
        told=tuple(replace(one, at=one.at + by) for one in past.told),
        ended_at=past.ended_at + by,
        held=(),
        steps=(replace(step, since=at(-7200)),),
    )

    assert check(real) == []
    assert "unannounced" in rules_of(check(replace(real, steps=())))


LONG = all_of(*(a_message(number, expires_at=at(4 * 3600)) for number in (1, 2, 3)))


@given(when=st.floats(0, 8), ahead=st.sampled_from([HOUR, -HOUR]))
@settings(max_examples=40, deadline=None)
def test_a_step_of_the_clock_accuses_nobody_and_hides_nothing(
    when: float, ahead: timedelta
) -> None:
    step, over = stepped(at(when), ahead), at(4 * 3600) - ahead + timedelta(seconds=2)

    assert check(all_of(LONG, step)(good())) == []
    for rule, change in {
        "late": a_post(f"p1/{X}", at=over),
        "untimely": an_attempt(f"d1/{X}", started_at=at(0.9)),
        "unannounced": an_arrival(f"p1/{X}", at=at(1.4)),
        "outlived": a_post(f"p2/{X}", at=at(60)),
    }.items():
        assert rule in rules_of(check(all_of(LONG, change, step)(good()))), rule


def test_what_the_daemon_wrote_down_tells_when_it_saw_the_step() -> None:
    step = Step(since=at(10), ahead=HOUR)
    stamps = [at(3), at(10.7), at(11.2), at(11.5) + HOUR, at(12) + HOUR, at(500)]

    (seen,) = as_seen([step], stamps)

    assert (seen.after, seen.by) == (at(11.2), at(11.5))
    assert as_seen([step], [])[0] == replace(step, after=at(10), by=at(12.5))


def test_only_between_those_two_moments_the_clock_may_have_shown_either_time() -> None:
    step = Step(since=at(10), ahead=HOUR, after=at(11.2), by=at(11.5))
    past = replace(good(), steps=(step,))

    assert past.daemon_times(at(11.2)) == (at(11.2),)
    assert past.daemon_times(at(11.3)) == (at(11.3), at(11.3) + HOUR)
    assert past.daemon_times(at(11.5)) == (at(11.5) + HOUR,)
    assert past.real(at(11.6) + HOUR) == at(11.6)
    assert past.real(at(11.1)) == at(11.1)


def test_what_came_in_one_parcel_is_told_apart_again() -> None:
    at = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    first = Parcel(subject="x gestört", text="x nimmt nichts an.\n\nZu tun: nichts.", due_at=at)
    second = Parcel(subject="[Wiederholung] y gestört", text="y auch nicht.", due_at=at)
    late = at + timedelta(hours=1)

    both = folded([first, second], "de", ZoneInfo("Europe/Berlin"), late)
    alone = folded([first], "de", ZoneInfo("Europe/Berlin"), late)

    assert [(head, text.strip()) for head, text in unfolded(both.subject, both.text)] == [
        (first.subject, first.text),
        (second.subject, second.text),
    ]
    assert unfolded(alone.subject, alone.text) == [(first.subject, first.text)]
