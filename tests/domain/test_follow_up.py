"""Follow-ups: what they take from their chain, which routes they go, and whom they may continue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Severity
from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.follow_up import continuing, follow_up_of, gravest, may_follow, routes_on
from sentinel.domain.message import Kind, Variant
from sentinel.domain.rules import Approval, Match, Route
from sentinel.errors import InputError
from tests.domain.course import NOON
from tests.domain.earlier import ALERT, HOUR, link, on

GRAVE = Route(name="katastrophe", match=Match(severity=frozenset({Severity.SEVERE})))
LIGHT = Route(name="alltag", match=Match(severity=frozenset({Severity.MINOR})))
WATER = Route(name="wasser", match=Match(tag=frozenset({"wasser"})), expires_after=HOUR)
ROUTES = (LIGHT, GRAVE, WATER)
STATED = {"headline": "Pegel fällt", "text": "Es wird besser.", "severity": Severity.MINOR}


def test_an_update_takes_from_the_newest_link_what_it_does_not_state() -> None:
    newest = link(18, replace(ALERT, headline="Pegel 9 m", area="Altstadt und Hafen"))

    content = continuing([link(17), newest], Kind.UPDATE, STATED)

    assert (content.headline, content.severity) == ("Pegel fällt", Severity.MINOR)
    assert (content.category, content.language, content.tags) == ("Met", "de", ("wasser",))
    assert (content.area, content.event) == ("Altstadt und Hafen", "Pegel 9 m")
    assert (content.link, content.short_text, content.channels) == (None, None, ())


def test_what_an_update_states_itself_holds() -> None:
    stated = {**STATED, "area": "Hafen", "tags": (), "event": "Flut"}

    content = continuing([link(17)], Kind.UPDATE, stated)

    assert (content.area, content.tags, content.event) == ("Hafen", (), "Flut")


def test_an_all_clear_needs_no_word_of_its_own() -> None:
    variant = Variant(language="en", headline="Flood", text="The river rises.")
    chain = [link(17, replace(ALERT, variants=(variant,))), link(18)]

    content = continuing(chain, Kind.ALL_CLEAR, {})
    never = continuing(chain, Kind.ALL_CLEAR, {}, false_alarm=True)

    assert content.headline == "Entwarnung zu Meldung Nr. 17: Hochwasser an der Saar"
    assert (content.severity, content.urgency) == (Severity.SEVERE, "Past")
    assert content.variants[0].headline == "All-clear for message no. 17: Flood"
    assert never.headline.startswith("Fehlalarm! Meldung Nr. 17 war ein Irrtum")


def test_an_all_clear_may_have_words_of_its_own_and_in_another_language() -> None:
    own = continuing([link(17)], Kind.ALL_CLEAR, {"headline": "Vorbei", "text": "Alles gut."})
    english = continuing([link(17)], Kind.ALL_CLEAR, {"language": "en"})

    assert (own.headline, own.text, own.variants) == ("Vorbei", "Alles gut.", ())
    assert english.headline.startswith("All-clear for message no. 17")


@pytest.mark.parametrize("before", [True, False])
def test_an_exercise_stays_one_and_a_real_message_real(*, before: bool) -> None:
    chain = [link(17, replace(ALERT, exercise=before))]

    inherited = continuing(chain, Kind.ALL_CLEAR, {})
    with pytest.raises(InputError) as caught:
        continuing(chain, Kind.UPDATE, {**STATED, "exercise": not before})

    assert inherited.exercise is before
    assert (caught.value.field, caught.value.status) == ("exercise", 422)


def test_a_follow_up_goes_its_own_routes_and_those_of_the_earlier_links() -> None:
    chain = [link(17, routes=("wasser",))]
    content = continuing(chain, Kind.UPDATE, {**STATED, "tags": ()})

    routes = routes_on(chain, content, ROUTES)
    made = follow_up_of(chain, Kind.UPDATE, content, routes, message_id="m18", number=18, at=NOON)

    assert made.routes == ("katastrophe", "wasser")  # severe, by its chain, whatever it says
    assert (made.chain, made.references, made.kind) == ("m17", ("m17",), Kind.UPDATE)
    assert (made.content.severity, made.effective_severity) == (Severity.MINOR, Severity.SEVERE)
    assert made.expires_at == NOON + HOUR
    assert made.needs_approval is False


def test_without_any_route_left_it_is_refused() -> None:
    chain = [link(17, routes=("früher",))]
    content = continuing(chain, Kind.UPDATE, {**STATED, "tags": ()})

    with pytest.raises(InputError) as caught:
        routes_on(chain, content, (LIGHT,))

    assert (caught.value.field, caught.value.status) == ("severity", 422)


@pytest.mark.parametrize("approval", [Approval.NONE, Approval.FOUR_EYES])
@pytest.mark.parametrize("asked", [True, False])
def test_it_needs_a_second_person_if_one_of_its_routes_or_the_caller_asks(
    approval: Approval, *, asked: bool
) -> None:
    routes = (replace(WATER, approval=approval), GRAVE)

    made = follow_up_of(
        [link(17)],
        Kind.ALL_CLEAR,
        ALERT,
        routes,
        message_id="m18",
        number=18,
        at=NOON,
        approval=asked,
    )

    assert made.needs_approval is (asked or approval is Approval.FOUR_EYES)


def test_a_chain_goes_on_while_one_of_its_links_stands() -> None:
    standing = link(17)
    pending = link(18, withdrawn_at=NOON)  # withdrawn before it took effect

    assert may_follow([standing, pending], Kind.UPDATE, [], NOON) is None


def test_a_withdrawn_chain_cannot_be_updated() -> None:
    gone = [link(17, superseded_at=NOON), link(18, withdrawn_at=NOON)]

    refusal = may_follow(gone, Kind.UPDATE, [on(DeliveryState.PUBLISHED)], NOON)

    assert refusal is not None
    assert refusal.status == 409
    assert "Nr. 18" in refusal.phrase.de


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (DeliveryState.PUBLISHED, True),
        (DeliveryState.UNKNOWN, True),
        (DeliveryState.PUBLISHING, True),
        (DeliveryState.WITHDRAWN, False),
        (DeliveryState.MOVED, False),
    ],
)
def test_what_was_withdrawn_but_may_still_stand_can_be_ended(
    state: DeliveryState, *, possible: bool
) -> None:
    refusal = may_follow([link(17, withdrawn_at=NOON)], Kind.ALL_CLEAR, [on(state)], NOON)

    assert (refusal is None) is possible


def test_a_mailing_that_was_withdrawn_half_sent_can_be_ended() -> None:
    half = replace(on(DeliveryState.WITHDRAWN), memory={f"{OUT_TO}1": "a, b"})

    assert may_follow([link(17, withdrawn_at=NOON)], Kind.ALL_CLEAR, [half], NOON) is None


def test_a_chain_that_is_over_is_not_ended_again_but_may_be_opened_again() -> None:
    over = [link(17, superseded_at=NOON), link(18, kind=Kind.ALL_CLEAR)]

    refusal = may_follow(over, Kind.ALL_CLEAR, [on(DeliveryState.PUBLISHED)], NOON)

    assert refusal is not None
    assert refusal.status == 409
    assert "Nr. 18" in refusal.phrase.de
    assert may_follow(over, Kind.UPDATE, [on(DeliveryState.PUBLISHED)], NOON) is None
    reopened = [over[0], replace(over[1], superseded_at=NOON), link(19, kind=Kind.UPDATE)]
    assert may_follow(reopened, Kind.ALL_CLEAR, [], NOON) is None


@pytest.mark.parametrize(
    "waiting",
    [{"needs_approval": True}, {"content": replace(ALERT, not_before=NOON + HOUR)}],
    ids=["awaits approval", "is scheduled"],
)
def test_an_all_clear_that_still_waits_keeps_nobody_from_giving_one_now(
    waiting: dict[str, Any],
) -> None:
    later = replace(link(18, kind=Kind.ALL_CLEAR), **waiting)

    assert may_follow([link(17), later], Kind.ALL_CLEAR, [], NOON) is None


severities = st.sampled_from(Severity)


@given(st.lists(severities, min_size=1, max_size=5), severities)
def test_a_follow_up_is_as_grave_as_the_gravest_link(before: list[Severity], own: Severity) -> None:
    chain = [link(17 + n, replace(ALERT, severity=severity)) for n, severity in enumerate(before)]

    taken = gravest(chain, replace(ALERT, severity=own)).severity

    assert taken.rank == min(severity.rank for severity in (*before, own))


def test_its_end_counts_from_its_own_start() -> None:
    later = NOON + timedelta(minutes=30)
    content = continuing([link(17)], Kind.UPDATE, {**STATED, "not_before": later})

    made = follow_up_of(
        [link(17)], Kind.UPDATE, content, (WATER,), message_id="m18", number=18, at=NOON
    )

    assert made.expires_at == NOON + timedelta(minutes=90)
