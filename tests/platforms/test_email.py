"""E-mail: the same bytes always, every recipient accounted for, nothing guessed."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
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
LOST = Lost(Cause.UNREACHABLE, "connection closed", sent=True)


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
    steps, outcome = publish([OK, OK, OK, OK, OK, TAKEN, None, None, None])

    assert outcome == Accepted(
        receipt=Receipt(post_id="<0190a1b2-0000-7000-8000-0000000000d1@stadt.example>"),
        evidence="3 of 3 recipients accepted, queued as 4F2A91C0D3",
    )
    assert [type(step) for step in steps[:6]] == [
        SmtpOpen, SmtpMail, SmtpRcpt, SmtpRcpt, SmtpRcpt, SmtpData,
    ]  # fmt: skip
    assert steps[0] == SmtpOpen(
        host="mail.example",
        port=2525,
        tls=TlsMode.STARTTLS,
        user="warnung",
        password="password-1",
    )
    assert steps[1] == SmtpMail("warnung@stadt.example")


def test_what_became_of_each_is_remembered_without_the_address() -> None:
    unknown = SmtpReply(code=550, enhanced="5.1.1", text="b@two.example unknown")

    steps, outcome = publish([OK, OK, OK, unknown, OK, TAKEN, None, None, None])

    kept = {step.name: step.value for step in steps if isinstance(step, Remember)}
    assert list(kept) == ["part:1", "part:2", "part:3"]
    assert [value.split()[:2] for value in kept.values()] == [
        ["accepted", "250"], ["refused", "550"], ["accepted", "250"],
    ]  # fmt: skip
    assert "@" not in "".join(kept.values())
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 3 recipients accepted")


def test_who_was_accepted_in_an_earlier_run_is_left_out_even_if_the_list_has_changed() -> None:
    steps, _ = publish([OK, OK, OK, OK, OK, TAKEN, None, None, None])
    memory = {step.name: step.value for step in steps if isinstance(step, Remember)}
    changed = with_settings(to=("new@four.example", "c@three.example"))

    steps, outcome = publish([OK, OK, OK, TAKEN, None], changed, memory)

    assert [step for step in steps if isinstance(step, SmtpRcpt)] == [SmtpRcpt("new@four.example")]
    assert isinstance(outcome, Accepted)


def test_when_all_are_refused_the_channel_is() -> None:
    unknown = SmtpReply(code=550, enhanced="5.1.1")

    _, outcome = publish([OK, OK, unknown, unknown, unknown, OK, None, None, None])

    assert outcome == Refused(Cause.BAD_CONFIGURATION, evidence="SMTP 550 5.1.1 at rcpt")


def test_when_all_are_put_off_it_is_tried_again() -> None:
    later = SmtpReply(code=450, enhanced="4.7.1")

    _, outcome = publish([OK, OK, later, later, later, OK, None, None, None])

    assert outcome == Throttled(until=None, evidence="SMTP 450 4.7.1 at rcpt")


def test_those_who_were_too_many_go_with_the_next_batch() -> None:
    full = SmtpReply(code=452, enhanced="4.5.3")

    steps, outcome = publish([OK, OK, OK, full, full, TAKEN, None, OK, OK, OK, TAKEN, None, None])

    assert sum(isinstance(step, SmtpData) for step in steps) == 2
    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("3 of 3 recipients accepted")


def test_a_lost_answer_after_the_first_mail_is_no_doubt_about_the_first() -> None:
    full = SmtpReply(code=452, enhanced="4.5.3")

    _, outcome = publish([OK, OK, OK, full, full, TAKEN, None, OK, OK, OK, LOST])

    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("1 of 3 recipients accepted")


def test_a_lost_answer_to_the_only_mail_is_left_to_the_driver() -> None:
    with pytest.raises(Lost):
        publish([OK, OK, OK, OK, OK, LOST])


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
        (451, "4.3.0", Failed(Cause.PLATFORM_FAULT)),
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
    _, outcome = publish([OK, OK, OK, OK, OK, SmtpReply(code=code, enhanced=enhanced)])

    assert replace(outcome, evidence="") == expected


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
        [FileAnswer(content=listed.encode()), OK, OK, OK, TAKEN, None], account
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


def test_a_mail_cannot_be_read_back() -> None:
    rendered = EMAIL.render(draft(), ACCOUNT)

    _, found = play(EMAIL.find(ACCOUNT, rendered, {}, NOON), [])

    assert found == NotSeen("mail cannot be read back", repeatable=False)


def test_a_servers_acceptance_that_is_on_disk_is_a_receipt() -> None:
    rendered = EMAIL.render(draft(), ACCOUNT)
    memory = {"part:1": "accepted 250 0123456789ab", "part:2": "refused 550 ba9876543210"}

    _, found = play(EMAIL.find(ACCOUNT, rendered, memory, NOON), [])

    assert found == Found(Receipt(post_id=rendered.key))


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


def look(steps: Steps[Report] | None, answers: list[Any]) -> Finding:
    return play(required(steps), answers)[1].findings[0]


def required(steps: Steps[T] | None) -> Steps[T]:
    assert steps is not None
    return steps


def with_settings(**changed: object) -> Account:
    return replace(ACCOUNT, settings={**ACCOUNT.settings, **changed})


def read(raw: str) -> Any:
    return message_from_bytes(raw.encode(), policy=policy.default)
