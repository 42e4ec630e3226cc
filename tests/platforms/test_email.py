"""E-mail: the same bytes always, every recipient accounted for, nothing guessed."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.chain import OUT_TO, out_to_some
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.message import Content, Message, Variant
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Draft, platforms
from sentinel.wire import (
    FileAnswer,
    Lost,
    ReadFile,
    Remember,
    SmtpData,
    SmtpMail,
    SmtpOpen,
    SmtpRcpt,
    SmtpReply,
    SmtpReset,
    Step,
    Steps,
    TlsMode,
    Withheld,
)

T = TypeVar("T")

EMAIL = platforms()["email"]
NOON = datetime(2026, 7, 5, 10, 0, tzinfo=UTC)
ACCOUNT = Account(
    channel="presse-mail",
    base_url="smtp://mail.example:2525",
    public_url="",
    settings={
        "from": "Stadt Köln <warnung@stadt.example>",
        "to": ("a@one.example", "b@two.example", "c@three.example"),
        "tls": "starttls",
    },
    credentials={"user": "warnung", "password": "password-1"},
)
CONTENT = Content(
    headline="Bombe wird entschärft",
    text="Bitte verlassen Sie das Gebiet.\n.Punkt am Anfang einer Zeile",
    instruction="Gehen Sie zur Sammelstelle.",
    severity=Severity.SEVERE,
)
OK = SmtpReply(code=250, enhanced="2.0.0")
TAKEN = SmtpReply(code=250, enhanced="2.0.0", text="2.0.0 Ok: queued as 4F2A91C0D3")
LATER = SmtpReply(code=450, enhanced="4.7.1")
LOST = Lost(Cause.UNREACHABLE, "connection closed", sent=True)
KEY = "<0190a1b2-0000-7000-8000-0000000000d1@stadt.example>"
PAIR = replace(ACCOUNT, settings={**ACCOUNT.settings, "to": ("a@one.example", "b@two.example")})
CROWD = replace(
    ACCOUNT,
    settings={**ACCOUNT.settings, "to": tuple(f"p{number}@one.example" for number in range(102))},
)
CRASH = object()
FIRST, SECOND, THIRD = (f"{OUT_TO}batch:{number}" for number in (1, 2, 3))
SAYINGS = (
    *(TAKEN, TAKEN, TAKEN, LATER, LOST, CRASH),
    *(SmtpReply(code=code) for code in (0, 354, 421, 452, 550)),
)
SCRIPTS = st.builds(
    lambda fine, then: [*[TAKEN] * fine, *then],
    st.integers(0, 6),  # five good answers come before that to the mail
    st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=4),
)
HUNDRED_TAKEN = (OK, *[OK] * 100, None, TAKEN, None)
"""The answers to a first batch: sender, recipients, begun on disk, mail, done on disk."""


def test_a_draft_renders_to_the_same_bytes_every_time() -> None:
    assert EMAIL.render(draft(), ACCOUNT) == EMAIL.render(draft(), ACCOUNT)


def test_the_mail_says_who_when_and_which() -> None:
    mail = read(EMAIL.render(draft(), ACCOUNT).payload["mail"])

    assert mail["Subject"] == "Bombe wird entschärft"
    assert mail["From"] == "Stadt Köln <warnung@stadt.example>"
    assert mail["To"] == "undisclosed-recipients:;"
    assert mail["Date"] == "Sun, 05 Jul 2026 12:00:00 +0200"
    assert mail["Message-ID"] == "<0190a1b2-0000-7000-8000-0000000000d1@stadt.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "Stadt Musterstadt <sentinel.stadt.example>"
    assert mail["X-Sentinel-Message"] == "17 0190a1b2-0000-7000-8000-000000000017"


def test_the_mail_is_plain_text_in_lines_that_every_server_takes() -> None:
    raw = EMAIL.render(draft(), ACCOUNT).payload["mail"]

    assert raw.isascii()
    assert max(len(line) for line in raw.split("\r\n")) <= 78
    assert read(raw).get_content_type() == "text/plain"
    assert "Gehen Sie zur Sammelstelle." in read(raw).get_content()


def test_a_headline_cannot_add_a_header() -> None:
    headline = "Achtung\r\nBcc: all@list.example"

    mail = read(EMAIL.render(draft(replace(CONTENT, headline=headline)), ACCOUNT).payload["mail"])

    assert mail["Bcc"] is None


def test_an_exercise_says_so_in_the_subject_and_first_in_the_text() -> None:
    rendered = EMAIL.render(draft(replace(CONTENT, exercise=True)), ACCOUNT)

    assert rendered.text.startswith("ÜBUNG: ")
    assert read(rendered.payload["mail"])["Subject"] == "ÜBUNG: Bombe wird entschärft"


def test_every_language_is_in_the_one_mail() -> None:
    variant = Variant(language="en", headline="Bomb disposal", text="Please leave the area.")

    rendered = EMAIL.render(draft(replace(CONTENT, variants=(variant,))), ACCOUNT)

    assert "* English *\n\nBomb disposal\n\nPlease leave the area." in rendered.text


@settings(max_examples=25)
@given(st.text(max_size=200), st.text(max_size=300), st.integers(0, 200))
def test_nothing_is_ever_too_long(headline: str, text: str, times: int) -> None:
    content = replace(CONTENT, headline=headline, text=text * times)

    rendered = EMAIL.render(draft(content), ACCOUNT)

    assert rendered.length <= rendered.limit
    assert rendered.payload["mail"].isascii()


def test_everybody_gets_one_mail_and_only_the_data_commits() -> None:
    steps, outcome = publish([OK, OK, OK, OK, OK, None, TAKEN, None])

    assert outcome == Accepted(
        receipt=Receipt(post_id="<0190a1b2-0000-7000-8000-0000000000d1@stadt.example>"),
        evidence="3 of 3 recipients accepted, queued as 4F2A91C0D3",
    )
    assert [type(step) for step in steps] == [
        SmtpOpen, SmtpMail, SmtpRcpt, SmtpRcpt, SmtpRcpt, Remember, SmtpData, Remember,
    ]  # fmt: skip
    assert steps[0] == SmtpOpen(
        host="mail.example",
        port=2525,
        tls=TlsMode.STARTTLS,
        user="warnung",
        password="password-1",
    )
    assert steps[1] == SmtpMail("warnung@stadt.example")


def test_each_batch_is_on_disk_before_and_after_without_an_address() -> None:
    unknown = SmtpReply(code=550, enhanced="5.1.1", text="b@two.example unknown")

    steps, outcome = publish([OK, OK, OK, unknown, OK, None, TAKEN, None])

    begun, done = [step for step in steps if isinstance(step, Remember)]
    assert re.fullmatch(r"begun 250:[0-9a-f]{12},[0-9a-f]{12} 550:[0-9a-f]{12}", begun.value)
    assert done == Remember(name=FIRST, value=begun.value.replace("begun", "done"))
    assert begun.name == FIRST
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 3 recipients accepted, 1 refused")


def test_a_list_of_250_costs_two_writes_for_each_hundred() -> None:
    account = with_settings(to=tuple(f"p{number}@one.example" for number in range(250)))
    batch = [OK, *[OK] * 100, None, TAKEN, None]

    steps, outcome = publish([OK, *batch, *batch, OK, *[OK] * 50, None, TAKEN, None], account)

    assert [step.name for step in steps if isinstance(step, Remember)] == [
        *(FIRST, FIRST, SECOND, SECOND, THIRD, THIRD),
    ]
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("250 of 250 recipients accepted")


def test_one_who_is_put_off_keeps_the_mail_from_counting_as_out() -> None:
    _, outcome = publish([OK, OK, OK, LATER, None, TAKEN, None], PAIR)

    assert outcome == Failed(
        Cause.SLOW, "1 of 2 recipients accepted, 1 deferred, queued as 4F2A91C0D3"
    )


def test_the_next_attempt_mails_only_the_one_who_was_put_off() -> None:
    memory = after([OK, OK, OK, LATER, None, TAKEN, None], PAIR)

    steps, outcome = publish([OK, OK, OK, None, TAKEN, None], PAIR, memory)

    assert mailed(steps) == ["b@two.example"]
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 2 recipients accepted")


def test_who_was_refused_beside_an_acceptance_is_not_asked_again() -> None:
    unknown = SmtpReply(code=550, enhanced="5.1.1")
    memory = after([OK, OK, OK, unknown, LATER, None, TAKEN, None])

    steps, outcome = publish([OK, OK, OK, None, TAKEN, None], memory=memory)

    assert mailed(steps) == ["c@three.example"]
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 3 recipients accepted, 1 refused")


def test_a_batch_of_refused_ones_is_on_disk_with_the_next_acceptance() -> None:
    account = with_settings(to=tuple(f"p{number}@one.example" for number in range(101)))
    unknown = SmtpReply(code=550, enhanced="5.1.1")

    memory = after([OK, OK, *[unknown] * 100, OK, OK, OK, None, TAKEN, None], account)

    assert list(memory) == [FIRST]
    assert len(memory[FIRST]) == len("done 250: 550:") + 13 * 101 - 2
    assert look_up(memory, account) == Found(Receipt(post_id=KEY))


def test_a_retry_after_an_edit_of_the_file_mails_who_is_new_and_nobody_twice() -> None:
    account = with_settings(to=("/srv/list.csv",))
    before = FileAnswer(content=b"address\na@one.example\nb@two.example\n")
    edited = FileAnswer(content=b"address\nA@one.example\nc@three.example\n")
    memory = after([before, OK, OK, OK, LATER, None, TAKEN, None], account)

    steps, outcome = publish([edited, OK, OK, OK, None, TAKEN, None], account, memory)

    assert mailed(steps) == ["c@three.example"]
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 2 recipients accepted")


def test_when_all_are_refused_the_channel_is() -> None:
    unknown = SmtpReply(code=550, enhanced="5.1.1")

    steps, outcome = publish([OK, OK, unknown, unknown, unknown, OK])

    assert outcome == Refused(Cause.BAD_CONFIGURATION, evidence="SMTP 550 5.1.1 at rcpt")
    # Nothing is on disk: once the relay is put right, everybody is asked again.
    assert not any(isinstance(step, Remember) for step in steps)


def test_when_all_are_put_off_it_is_tried_again() -> None:
    later = SmtpReply(code=450, enhanced="4.7.1")

    _, outcome = publish([OK, OK, later, later, later, OK])

    assert outcome == Throttled(until=None, evidence="SMTP 450 4.7.1 at rcpt")


def test_those_who_were_too_many_go_with_the_next_batch() -> None:
    full = SmtpReply(code=452, enhanced="4.5.3")

    steps, outcome = publish(
        [OK, OK, OK, full, full, None, TAKEN, None, OK, OK, OK, None, TAKEN, None]
    )

    assert sum(isinstance(step, SmtpData) for step in steps) == 2
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("3 of 3 recipients accepted")


@pytest.mark.parametrize("ending", [SmtpReply(code=421, enhanced="4.3.2"), LOST])
def test_a_loss_between_batches_leaves_the_rest_to_the_next_attempt(ending: object) -> None:
    answers = [OK, *HUNDRED_TAKEN, ending]

    _, outcome = publish(answers, CROWD)
    memory = after(answers, CROWD)
    steps, second = publish([OK, OK, OK, OK, None, TAKEN, None], CROWD, memory)

    assert isinstance(outcome, Failed)
    assert outcome.evidence.startswith("100 of 102 recipients accepted, 2 not reached, queued")
    assert mailed(steps) == ["p100@one.example", "p101@one.example"]
    assert isinstance(second, Accepted)
    assert second.evidence.startswith("102 of 102 recipients accepted")


def test_a_lost_answer_to_the_only_mail_is_a_doubt_that_stays() -> None:
    answers = [OK, OK, OK, OK, OK, None, LOST]

    _, outcome = publish(answers)

    said = "0 of 3 recipients accepted, 3 in doubt; connection closed"
    assert outcome == Unclear(Cause.UNREACHABLE, said)
    assert look_up(after(answers)) == NotSeen(
        "mail cannot be read back; 3 recipients in doubt", repeatable=False
    )


def test_a_mail_that_never_left_us_is_no_doubt() -> None:
    unsent = Lost(Cause.UNREACHABLE, "connection closed", sent=False)
    answers = [OK, OK, OK, OK, OK, None, unsent, None]

    _, outcome = publish(answers)

    assert outcome == Failed(Cause.UNREACHABLE, "connection closed")
    assert after(answers) == {FIRST: ""}


def test_a_hold_before_the_text_leaves_no_doubt_and_everybody_is_mailed_afterwards() -> None:
    memory = withheld([OK, OK, OK, OK, OK, None])

    steps, outcome = publish([OK, OK, OK, OK, OK, None, TAKEN, None], memory=memory)

    assert memory == {FIRST: ""}
    assert look_up(memory) == ProvenAbsent("no mail was begun")
    assert mailed(steps) == ["a@one.example", "b@two.example", "c@three.example"]
    assert isinstance(outcome, Accepted)


def test_a_hold_between_two_batches_leaves_the_second_to_the_next_attempt() -> None:
    memory = withheld([OK, *HUNDRED_TAKEN, OK, OK, OK, None], CROWD)

    steps, outcome = publish([OK, OK, OK, OK, None, TAKEN, None], CROWD, memory)

    assert mailed(steps) == ["p100@one.example", "p101@one.example"]
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("102 of 102 recipients accepted")


@pytest.mark.parametrize(
    ("answers", "somebody"),
    [
        ([OK, OK, OK, LATER, None, TAKEN, None], True),
        ([OK, OK, OK, LATER, None, LOST], True),
        ([OK, OK, LATER, LATER, OK], False),
        ([OK, OK, OK, OK, None, SmtpReply(code=554, enhanced="5.6.0"), None], False),
    ],
)
def test_a_mail_that_reached_some_or_may_have_is_told_from_one_that_reached_nobody(
    answers: list[Any], *, somebody: bool
) -> None:
    assert out_to_some(after(answers, PAIR)) is somebody


def test_a_doubt_about_one_batch_holds_nobody_else_up_and_is_a_persons_in_the_end() -> None:
    memory = after([OK, OK, *[OK] * 100, None, LOST], CROWD)
    assert look_up(memory, CROWD) == ProvenAbsent(
        "the mail was certainly not begun for 2 recipients"
    )

    answers = [OK, OK, OK, OK, None, TAKEN, None]
    steps, outcome = publish(answers, CROWD, memory)

    assert mailed(steps) == ["p100@one.example", "p101@one.example"]
    assert isinstance(outcome, Unclear)
    assert outcome.evidence.startswith("2 of 102 recipients accepted, 100 in doubt")
    assert look_up(memory | after(answers, CROWD, memory), CROWD) == NotSeen(
        "mail cannot be read back; 100 recipients in doubt", repeatable=False
    )


def test_a_crash_between_batches_goes_on_with_the_rest() -> None:
    memory = after([OK, *HUNDRED_TAKEN, SmtpReply(code=421)], CROWD)

    found = look_up(memory, CROWD)

    assert found == ProvenAbsent("the mail was certainly not begun for 2 recipients")


def test_after_a_crash_before_the_first_mail_it_is_certain_that_there_is_none() -> None:
    assert look_up({}) == ProvenAbsent("no mail was begun")


def test_when_all_are_settled_on_disk_that_is_the_receipt() -> None:
    memory = after([OK, OK, OK, OK, OK, None, TAKEN, None])

    assert look_up(memory) == Found(Receipt(post_id=KEY))


def test_a_list_that_cannot_be_read_after_a_first_mail_proves_nothing() -> None:
    account = with_settings(to=("/srv/list.csv",))
    listed = FileAnswer(content=b"address\na@one.example\n")
    memory = after([listed, OK, OK, OK, None, TAKEN, None], account)

    found = look_up(memory, account, [FileAnswer(content=None)])

    assert isinstance(found, NotSeen)


def test_a_batch_that_is_declined_leaves_what_was_taken_before_standing() -> None:
    declined = SmtpReply(code=554, enhanced="5.6.0")
    answers = [OK, *HUNDRED_TAKEN, OK, OK, OK, None, declined, None]

    _, outcome = publish(answers, CROWD)

    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.CHANNEL
    assert outcome.evidence.startswith("100 of 102 recipients accepted, 2 not reached, queued")
    assert after(answers, CROWD)[SECOND] == ""


@settings(max_examples=60)
@given(st.lists(SCRIPTS, max_size=4))
def test_whatever_servers_say_and_wherever_we_crash_nobody_is_mailed_twice_or_forgotten(
    attempts: list[list[Any]],
) -> None:
    memory: dict[str, str] = {}
    handed_over: list[str] = []

    for script in attempts:
        attempt(script, memory, handed_over)
    outcome = attempt([TAKEN], memory, handed_over)

    assert len(handed_over) == len(set(handed_over))
    groups = [group for value in memory.values() for group in value.split(" ")]
    refused = [group.count(",") + 1 for group in groups if group.startswith("550:")]
    begun = [group.count(",") + 1 for group in groups if group.startswith("250:")]
    assert sum(refused) + sum(begun) == 3
    assert len(handed_over) <= sum(begun)  # fewer when we crashed just before
    assert isinstance(outcome, Accepted | Unclear)
    assert isinstance(look_up(memory), Found if isinstance(outcome, Accepted) else NotSeen)


def test_addresses_in_the_rules_are_counted_as_parts_without_being_named() -> None:
    account = with_settings(to=("a@one.example", "A@one.example", "no address@", "b@two.example"))

    assert EMAIL.render(draft(), account).parts == ("recipient 1", "recipient 2")
    assert EMAIL.render(draft(), with_settings(to=("/srv/list.csv",))).parts == ()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((421, "4.3.2", "connect"), Failed(Cause.PLATFORM_FAULT)),
        ((554, "", "connect"), Refused(Cause.PERMISSION_MISSING)),
        ((502, "5.5.1", "starttls"), Failed(Cause.TLS)),
        ((454, "4.7.0", "auth"), Failed(Cause.PLATFORM_FAULT)),
        ((535, "5.7.8", "auth"), Refused(Cause.CREDENTIAL_REJECTED)),
        ((538, "5.7.11", "auth"), Refused(Cause.BAD_CONFIGURATION)),
        ((999, "", ""), Failed(Cause.PLATFORM_FAULT)),
    ],
)
def test_a_refused_opening_means_what_the_fact_sheet_says(
    reply: tuple[int, str, str], expected: Outcome
) -> None:
    code, enhanced, phase = reply

    _, outcome = publish([SmtpReply(code=code, enhanced=enhanced, phase=phase)])

    assert replace(outcome, evidence="") == expected


@pytest.mark.parametrize(
    ("code", "enhanced", "expected"),
    [
        (530, "5.7.0", Refused(Cause.CREDENTIAL_REJECTED)),
        (550, "5.7.1", Refused(Cause.PERMISSION_MISSING)),
        (553, "", Refused(Cause.PERMISSION_MISSING)),
        (552, "5.3.4", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)),
        (452, "4.3.1", Failed(Cause.PLATFORM_FAULT)),
    ],
)
def test_a_refused_sender_means_what_the_fact_sheet_says(
    code: int, enhanced: str, expected: Outcome
) -> None:
    _, outcome = publish([OK, SmtpReply(code=code, enhanced=enhanced)])

    assert replace(outcome, evidence="") == expected


@pytest.mark.parametrize(
    ("code", "enhanced", "expected"),
    [
        (451, "4.7.1", Throttled(until=None)),
        (452, "4.3.1", Failed(Cause.PLATFORM_FAULT)),
        (452, "", Failed(Cause.PLATFORM_FAULT)),
        (450, "", Failed(Cause.PLATFORM_FAULT)),
        (451, "4.3.0", Unclear(Cause.PLATFORM_FAULT)),
        (451, "", Unclear(Cause.PLATFORM_FAULT)),
        (421, "4.3.2", Unclear(Cause.PLATFORM_FAULT)),
        (552, "5.2.3", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)),
        (554, "5.6.0", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)),
        (554, "5.7.1", Refused(Cause.PERMISSION_MISSING)),
        (354, "", Unclear(Cause.PLATFORM_FAULT)),
        (0, "", Unclear(Cause.PLATFORM_FAULT)),
    ],
)
def test_a_refused_mail_means_what_the_fact_sheet_says(
    code: int, enhanced: str, expected: Outcome
) -> None:
    reply = SmtpReply(code=code, enhanced=enhanced)
    certain = [] if isinstance(expected, Unclear) else [None]

    steps, outcome = publish([OK, OK, OK, OK, OK, None, reply, *certain])

    assert replace(outcome, evidence="") == expected
    kept = [step.value.partition(" ")[0] for step in steps if isinstance(step, Remember)]
    assert kept == ["begun", *("" for _ in certain)]


@pytest.mark.parametrize("code", [421, 451, 503])
def test_a_server_that_stumbles_before_it_was_given_the_mail_has_none(code: int) -> None:
    stumbled = SmtpReply(code=code, enhanced=f"{code // 100}.3.0", phase="go-ahead")

    _, outcome = publish([OK, OK, OK, OK, OK, None, stumbled, None])

    assert not isinstance(outcome, Unclear)


def test_a_mail_that_a_server_stumbled_over_is_never_sent_to_anybody_again() -> None:
    stumbled = SmtpReply(code=451, enhanced="4.3.0")
    begun = after([OK, OK, OK, OK, OK, None, stumbled])

    steps, outcome = publish([], memory=begun)
    found = play(EMAIL.find(ACCOUNT, EMAIL.render(draft(), ACCOUNT), begun, NOON), [])[1]

    assert steps == []
    assert isinstance(outcome, Unclear)
    assert isinstance(found, NotSeen)


def test_what_a_server_writes_behind_its_code_is_not_repeated() -> None:
    chatty = SmtpReply(
        code=550, enhanced="a@one.example", text="password-1 a@one.example", phase="b@two.example"
    )

    _, outcome = publish([chatty])

    assert "@" not in repr(outcome)
    assert "password" not in repr(outcome)


def test_recipients_may_stand_in_a_file() -> None:
    account = with_settings(to=("/srv/list.csv",))
    listed = "\ufeffName;Address;language\nA;a@one.example;de\nB;not an address;\n;;\n"

    steps, outcome = publish(
        [FileAnswer(content=listed.encode()), OK, OK, OK, None, TAKEN, None], account
    )

    assert steps[0] == ReadFile(path="/srv/list.csv")
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("1 of 1 recipients accepted, 1 malformed")


@pytest.mark.parametrize("content", [None, b"", b"name,phone\nA,1\n", b"address\n"])
def test_a_list_that_names_nobody_is_a_mistake_in_the_rules(content: bytes | None) -> None:
    account = with_settings(to=("/srv/list.csv",))

    _, outcome = publish([FileAnswer(content=content)], account)

    assert isinstance(outcome, Refused)
    assert outcome.cause is Cause.BAD_CONFIGURATION


@pytest.mark.parametrize("base_url", ["https://mail.example", "smtp://h:many", ""])
def test_an_address_that_is_no_mail_server_is_a_mistake_in_the_rules(base_url: str) -> None:
    _, outcome = publish([], replace(ACCOUNT, base_url=base_url))

    assert isinstance(outcome, Refused)
    assert outcome.cause is Cause.BAD_CONFIGURATION


def test_smtps_means_tls_from_the_first_byte_on_its_own_port() -> None:
    steps, _ = publish(
        [SmtpReply(code=421)], replace(ACCOUNT, base_url="smtps://mail.example", credentials={})
    )

    assert steps[0] == SmtpOpen(host="mail.example", port=465, tls=TlsMode.IMPLICIT)


def test_a_login_is_called_bad_only_when_a_second_connection_says_so_too() -> None:
    refused = SmtpReply(code=535, enhanced="5.7.8", phase="auth")

    steps, report = play(required(EMAIL.check_credentials(ACCOUNT)), [refused, refused])

    assert [type(step) for step in steps] == [SmtpOpen, SmtpOpen]
    assert report.findings[0].cause is Cause.CREDENTIAL_REJECTED
    assert report.findings[0].confirmed


def test_a_login_that_works_the_second_time_is_good() -> None:
    refused = SmtpReply(code=535, enhanced="5.7.8", phase="auth")

    finding = look(EMAIL.check_credentials(ACCOUNT), [refused, OK, OK])

    assert finding.cause is None


def test_the_rehearsal_takes_back_what_it_began() -> None:
    steps, report = play(required(EMAIL.rehearse(ACCOUNT)), [OK, OK, OK, OK])

    assert [type(step) for step in steps] == [SmtpOpen, SmtpMail, SmtpRcpt, SmtpReset]
    assert report.findings[0].cause is None


def test_greylisting_in_a_rehearsal_is_no_rate_limit() -> None:
    later = SmtpReply(code=450, enhanced="4.7.1")

    finding = look(EMAIL.rehearse(ACCOUNT), [OK, OK, later, OK])

    assert finding.cause is Cause.PLATFORM_FAULT


def draft(content: Content = CONTENT) -> Draft:
    message = Message(
        id="0190a1b2-0000-7000-8000-000000000017",
        number=17,
        chain="0190a1b2-0000-7000-8000-000000000017",
        content=content,
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=datetime(2026, 7, 6, 12, 0, tzinfo=UTC),
        effective_severity=content.severity,
    )
    return Draft(
        message=message,
        delivery_id="0190a1b2-0000-7000-8000-0000000000d1",
        at=NOON,
        organisation="Stadt Musterstadt",
        timezone="Europe/Berlin",
        link=None,
    )


def play(steps: Steps[T], answers: list[Any]) -> tuple[list[Step], T]:
    """Answer each step in turn; an exception among the answers is raised there."""
    taken: list[Step] = []
    try:
        step = next(steps)
        for answer in answers:
            taken.append(step)
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
    except StopIteration as end:
        return taken, end.value
    raise AssertionError(f"one step too many: {step}")


def publish(
    answers: list[Any], account: Account = ACCOUNT, memory: dict[str, str] | None = None
) -> tuple[list[Step], Outcome]:
    rendered = EMAIL.render(draft(), account)
    return play(EMAIL.publish(account, rendered, memory or {}), answers)


def after(
    answers: list[Any], account: Account = ACCOUNT, memory: dict[str, str] | None = None
) -> dict[str, str]:
    """Return what an attempt puts on disk."""
    steps, _ = publish(answers, account, memory)
    return {step.name: step.value for step in steps if isinstance(step, Remember)}


def withheld(answers: list[Any], account: Account = ACCOUNT) -> dict[str, str]:
    """Return what is on disk after an attempt that was stopped at its next step."""
    memory: dict[str, str] = {}
    steps = EMAIL.publish(account, EMAIL.render(draft(), account), {})
    step = next(steps)
    for answer in answers:
        memory |= {step.name: step.value} if isinstance(step, Remember) else {}
        step = steps.send(answer)
    assert isinstance(step, SmtpData)
    step = steps.throw(Withheld())
    assert isinstance(step, Remember)
    memory[step.name] = step.value
    with pytest.raises(Withheld):
        steps.send(None)
    return memory


def attempt(script: list[Any], memory: dict[str, str], handed_over: list[str]) -> Outcome | None:
    """Make an attempt with the script's answers over and over; note who may have the mail."""
    steps = EMAIL.publish(ACCOUNT, EMAIL.render(draft(), ACCOUNT), memory.copy())
    named: list[str] = []
    answers: Iterator[Any] = itertools.cycle(script)
    try:
        step = next(steps)
        while True:
            answer: Any = None if isinstance(step, Remember) else next(answers)
            if answer is CRASH:
                return None
            match step:
                case Remember():
                    memory[step.name] = step.value
                case SmtpMail():
                    named = []
                case SmtpRcpt() if answer is TAKEN:
                    named.append(step.recipient)
                case SmtpData() if answer is LOST or answer.code in {0, 250, 354}:
                    handed_over += named
            step = steps.throw(answer) if answer is LOST else steps.send(answer)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def look_up(
    memory: dict[str, str], account: Account = ACCOUNT, answers: list[Any] | None = None
) -> FindResult:
    rendered = EMAIL.render(draft(), account)
    return play(EMAIL.find(account, rendered, memory, NOON), answers or [])[1]


def mailed(steps: list[Step]) -> list[str]:
    return [step.recipient for step in steps if isinstance(step, SmtpRcpt)]


def look(steps: Steps[Report] | None, answers: list[Any]) -> Finding:
    return play(required(steps), answers)[1].findings[0]


def required(steps: Steps[T] | None) -> Steps[T]:
    assert steps is not None
    return steps


def with_settings(**changed: object) -> Account:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, **changed})


def read(raw: str) -> Any:
    return message_from_bytes(raw.encode(), policy=policy.default)
