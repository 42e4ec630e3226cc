"""What alerting chains are told: alerts that begin and end, events whose bytes stay the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.alerts import Alert, Trouble, alert_of, alert_shape, body_of, to_push
from sentinel.domain.cause import Ability, Cause

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
X = Trouble(
    id="018f-1",
    kind="channel",
    channel="x-stadt",
    ability=Ability.PUBLISH,
    operator="x",
    cause=Cause.UNREACHABLE,
    opened_at=NOON,
)


def alert(trouble: Trouble) -> Alert:
    return alert_of(trouble, "Stadt Musterstadt", "de")


def test_an_outage_is_an_alert_named_after_what_stays_the_same() -> None:
    assert alert(X).labels == {
        "alertname": "SentinelOutage",
        "organisation": "Stadt Musterstadt",
        "kind": "channel",
        "severity": "warning",
        "channel": "x-stadt",
        "ability": "publish",
        "operator": "x",
    }


def test_another_cause_or_an_owner_is_the_same_alert_with_other_words() -> None:
    before, after = alert(X), alert(replace(X, cause=Cause.PLATFORM_FAULT, owned=True, waves=2))

    assert before.key == after.key
    assert after.annotations["cause"] == "platform_fault"
    assert after.annotations["acknowledged"] == "true"
    assert before != after


def test_what_hits_a_route_is_critical_and_so_is_a_stranded_message_always() -> None:
    stranded = Trouble(id="2", kind="stranded", messages=("018f-7",), opened_at=NOON)

    assert alert(replace(X, grave=True)).labels["severity"] == "critical"
    assert alert(stranded).labels["severity"] == "critical"
    assert alert(stranded).labels["message"] == "018f-7"


def test_what_grows_graver_ends_under_its_old_label_in_the_same_call() -> None:
    before, after = alert(X), alert(replace(X, grave=True))

    first, second = to_push([after], [before], NOON + MINUTE)

    assert (first, first.ends_at) == (after, None)
    assert (second.key, second.ends_at) == (before.key, NOON + MINUTE)


def test_what_broke_again_hides_its_older_end() -> None:
    over = alert(replace(X, closed_at=NOON + MINUTE))
    again = alert(replace(X, id="018f-2", opened_at=NOON + 2 * MINUTE))

    assert to_push([again, over], [], NOON + 3 * MINUTE) == (again,)
    assert to_push([over, again], [], NOON + 3 * MINUTE) == (again,)


def test_what_stands_holds_five_minutes_and_what_is_over_has_ended() -> None:
    standing = alert_shape(alert(X), NOON + MINUTE, "https://sentinel.example/outages")
    over = alert_shape(alert(replace(X, closed_at=NOON + MINUTE)), NOON + 3 * MINUTE, "")

    assert standing["startsAt"] == "2026-11-20T12:00:00.000Z"
    assert standing["endsAt"] == "2026-11-20T12:06:00.000Z"
    assert over["endsAt"] == "2026-11-20T12:01:00.000Z"


def test_an_end_before_its_begin_is_never_sent() -> None:
    set_back = alert(replace(X, closed_at=NOON - MINUTE))

    shape = alert_shape(set_back, NOON, "")

    assert shape["startsAt"] <= shape["endsAt"]


def test_the_same_event_is_the_same_bytes_however_its_keys_are_ordered() -> None:
    one = body_of({"number": 7, "kind": "outage.opened"})
    other = body_of({"kind": "outage.opened", "number": 7})

    assert one == other == b'{"kind":"outage.opened","number":7}'


TROUBLES = st.builds(
    Trouble,
    id=st.uuids().map(str),
    kind=st.just("channel"),
    channel=st.sampled_from(["a", "b", "c"]),
    ability=st.sampled_from([Ability.PUBLISH, Ability.PUBLIC]),
    grave=st.booleans(),
    opened_at=st.integers(0, 60).map(lambda minutes: NOON + minutes * MINUTE),
    closed_at=st.none() | st.integers(60, 90).map(lambda minutes: NOON + minutes * MINUTE),
)


@given(now=st.lists(TROUBLES, max_size=6), before=st.lists(TROUBLES, max_size=6))
def test_a_call_says_each_thing_once_and_ends_all_that_stood_and_does_not(
    now: list[Trouble], before: list[Trouble]
) -> None:
    alerts, stood = [alert(one) for one in now], [alert(one) for one in before]
    at = NOON + 100 * MINUTE

    sent = to_push(alerts, stood, at)

    keys = [one.key for one in sent]
    standing = {one.key for one in alerts if one.ends_at is None}
    assert len(keys) == len(set(keys))
    assert set(keys) == {one.key for one in (*alerts, *stood)}
    assert {one.key for one in sent if one.ends_at is None} == standing
