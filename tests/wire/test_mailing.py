"""Each recipient at most once, whatever happens between the lines on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Unclear,
)
from sentinel.domain.receipts import HEARD
from sentinel.wire import Lost, Remember, Request, Step, Steps, ask
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Listed, Recipient
from tests.platforms.talk import said, talk

PEOPLE = tuple(Recipient(address=f"+49{n}", fingerprint=f"f{n}") for n in range(4))
LISTED = Listed(parts=PEOPLE)
NO = Refused(Cause.CONTENT_REJECTED, evidence="HTTP 400")


def sending(memory: Mapping[str, str], listed: Listed = LISTED) -> Steps[Outcome]:
    """A gateway with one request a recipient: 200 taken, 400 refused, 429 later, else open."""
    mailing = Mailing.recall(memory, listed)
    try:
        for part in mailing.left():
            yield from mailing.begin([part])
            answer = yield from ask(Request(method="POST", url=part.address, commits=True))
            if answer.status == 200:
                yield from mailing.took([part], ids={part.fingerprint: f"id-{part.address}"})
            elif answer.status == 400:
                mailing.refuse(part, NO)
                yield from mailing.took([])
            elif answer.status == 429:
                yield from mailing.undo([part])
                mailing.defer(part, Failed(Cause.RATE_LIMITED))
            else:
                yield from mailing.pass_over()
    except Lost as lost:
        mailing.lose(lost)
    return mailing.outcome("key")


def test_one_refusal_is_that_recipients_and_the_rest_have_the_message() -> None:
    ended = talk(sending({}), said(200), said(400), said(200), said(200))

    assert ended.value == Accepted(
        receipt=ended.value.receipt,  # type: ignore[union-attr]
        evidence="3 of 4 recipients accepted, 1 refused",
    )


def test_when_all_are_refused_the_first_refusal_is_the_outcome_and_nothing_is_on_disk() -> None:
    ended = talk(sending({}), said(400), said(400), said(400), said(400))

    assert ended.value == NO
    assert not Mailing.recall(ended.remembered, LISTED).accepted


def test_an_answer_that_says_nothing_leaves_that_one_in_doubt_for_ever_and_holds_nobody_up() -> (
    None
):
    first = talk(sending({}), said(200), said(503), said(200), said(200))
    memory = first.remembered

    again = talk(sending(memory))

    assert isinstance(first.value, Unclear)
    assert again.requests == []
    assert isinstance(Mailing.recall(memory, LISTED).find("key", "SMS"), NotSeen)


def test_a_receipt_settles_the_doubt() -> None:
    memory = talk(sending({}), said(200), said(503), said(200), said(200)).remembered

    settled = Mailing.recall({**memory, f"{HEARD}f1": "delivered"}, LISTED)

    assert isinstance(settled.find("key", "SMS"), Found)


def test_as_long_as_anybody_was_not_begun_the_rest_is_certainly_not_sent() -> None:
    memory = talk(sending({}), said(200), Lost(Cause.UNREACHABLE, "cut", sent=True)).remembered

    looked = Mailing.recall(memory, LISTED).find("key", "SMS")
    rest = talk(sending(memory), said(200), said(200))

    assert looked == ProvenAbsent("the SMS was certainly not begun for 2 recipients")
    assert [each.url for each in rest.requests] == ["+492", "+493"]
    assert isinstance(rest.value, Unclear)


def test_one_who_is_put_off_calls_nobody_down_who_took_it_for_the_others() -> None:
    some = talk(sending({}), said(200), said(429), said(200), said(200))
    none = talk(sending({}), said(429), said(429), said(429), said(429))

    assert some.value == Failed(Cause.SLOW, evidence="3 of 4 recipients accepted, 1 deferred")
    assert none.value == Failed(Cause.RATE_LIMITED)


def test_nothing_begun_is_nothing_sent() -> None:
    looked = Mailing.recall({}, LISTED).find("key", "SMS")

    assert looked == ProvenAbsent("no SMS was begun")


answers = st.sampled_from([200, 200, 400, 429, 503, 0, -1])


@given(st.lists(st.lists(answers, min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_whatever_is_answered_and_wherever_it_dies_nobody_who_may_have_it_is_sent_to_again(
    attempts: list[list[int]],
) -> None:
    memory: dict[str, str] = {}
    perhaps: set[str] = set()

    for script in attempts:
        for step, reply in held(sending(memory), list(script)):
            if isinstance(step, Remember):
                memory[step.name] = step.value
            elif isinstance(step, Request):
                assert step.url not in perhaps
                perhaps |= {step.url} if reply not in {400, 429} else set()

    assert {part.address for part in Mailing.recall(memory, LISTED).left()}.isdisjoint(perhaps)


def held(steps: Steps[Outcome], script: list[int]) -> Iterator[tuple[Step, int]]:
    """Yield each step with its answer, before that is given: 0 is a loss, -1 a death."""
    reply: object = None
    while True:
        try:
            step = steps.throw(reply) if isinstance(reply, Lost) else steps.send(reply)
        except StopIteration:
            return
        status = script.pop(0) if isinstance(step, Request) else 200
        yield step, status
        if status == -1:
            return
        gone = Lost(Cause.UNREACHABLE, "cut", sent=True)
        reply = (said(status) if status else gone) if isinstance(step, Request) else None


def test_who_is_missing_in_the_answer_to_a_batch_stays_in_doubt() -> None:
    def batch() -> Steps[Outcome]:
        mailing = Mailing.recall({}, LISTED)
        yield from mailing.begin(PEOPLE)
        yield from mailing.took(PEOPLE[:2])
        return mailing.outcome("key")

    ended = talk(batch())

    recalled = Mailing.recall(ended.remembered, LISTED)
    assert (recalled.accepted, recalled.doubtful) == ({"f0", "f1"}, {"f2", "f3"})
    assert isinstance(ended.value, Unclear)


def test_who_is_in_doubt_stays_so_on_disk_when_nobody_of_the_batch_was_taken() -> None:
    def batches() -> Steps[Outcome]:
        mailing = Mailing.recall({}, LISTED)
        yield from mailing.begin(PEOPLE[:2])
        mailing.defer(PEOPLE[0], Failed(Cause.RATE_LIMITED))  # a limit of theirs; f1 is not named
        yield from mailing.took([])
        yield from mailing.begin(PEOPLE[2:])
        yield from mailing.took(PEOPLE[2:])
        return mailing.outcome("key")

    ended = talk(batches())

    recalled = Mailing.recall(ended.remembered, LISTED)
    assert (recalled.accepted, recalled.doubtful) == ({"f2", "f3"}, {"f1"})
    assert [part.fingerprint for part in recalled.left()] == ["f0"]
