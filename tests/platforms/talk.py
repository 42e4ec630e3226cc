"""Holding a conversation with scripted answers, the way the transport would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sentinel.domain.cause import Ability, Cause, Severity
from sentinel.domain.message import Content, Message
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Draft
from sentinel.wire import (
    FileAnswer,
    Lost,
    PutFile,
    Remember,
    RenewalFailed,
    Request,
    Response,
    SmtpData,
    SmtpReply,
    Step,
    Steps,
    Wait,
)

T = TypeVar("T")
Answer = Response | SmtpReply | FileAnswer | Mapping[str, str] | Lost | RenewalFailed

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON_DATE = "Fri, 20 Nov 2026 12:00:00 GMT"
DELIVERY = "0192f3a0-0000-7000-8000-000000000017"


@dataclass(slots=True)
class Talk(Generic[T]):
    """What was asked and what came of it."""

    value: T
    steps: list[Step] = field(default_factory=list)

    @property
    def requests(self) -> list[Request]:
        """The HTTP requests, in order."""
        return [step for step in self.steps if isinstance(step, Request)]

    @property
    def remembered(self) -> dict[str, str]:
        """What is on disk in the end."""
        return {step.name: step.value for step in self.steps if isinstance(step, Remember)}

    @property
    def waited_s(self) -> float:
        """How long the conversation waited."""
        return sum(step.seconds for step in self.steps if isinstance(step, Wait))

    @property
    def asked(self) -> list[str]:
        """Method and path of each HTTP request."""
        return [f"{each.method} /{each.url.split('/', 3)[-1]}" for each in self.requests]


def commits(step: Step) -> bool:
    """Return whether something may be public once `step` was handed over."""
    return isinstance(step, SmtpData) or (isinstance(step, Request | PutFile) and step.commits)


def talk(steps: Steps[T] | None, *answers: Answer) -> Talk[T]:
    """Hold the conversation; `Remember` and `Wait` need no answer of the script.

    Raises:
        Lost: One of the answers was a loss, and the conversation let it pass.
    """
    assert steps is not None, "the platform has no such conversation"
    script, taken = list(answers), list[Step]()
    reply: Any = None
    try:
        step = next(steps)
        while True:
            taken.append(step)
            if isinstance(step, Remember | Wait):
                step = steps.send(None)
                continue
            assert script, f"asked for more than was scripted: {step}"
            reply = script.pop(0)
            if isinstance(reply, Lost):
                reply.committed = any(commits(each) for each in taken)
            step = steps.throw(reply) if isinstance(reply, Exception) else steps.send(reply)
    except StopIteration as end:
        assert not script, f"was not asked for: {script}"
        return Talk(end.value, taken)


def said(status: int, body: Any = None, **headers: str) -> Response:
    """Return a JSON answer at noon; header names with `_` for `-`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"content-type": "application/json", "date": NOON_DATE} | names,
        body=json.dumps(body).encode(),
    )


def page(status: int) -> Response:
    """Return an HTML page, as an edge or a proxy sends it."""
    return Response(status=status, headers={"date": NOON_DATE}, body=b"<html>Sorry</html>")


def lost(cause: Cause = Cause.UNREACHABLE) -> Lost:
    """Return the loss of an answer after the request had gone out."""
    return Lost(cause, "timeout", sent=True)


def causes(report: Report) -> list[tuple[Ability, Cause | None]]:
    """Return what a report says, in short."""
    return [(each.ability, each.cause) for each in report.findings]


def draft(
    headline: str = "Bombe in der Neustadt",
    text: str = "Bitte verlassen Sie das Gebiet.",
    *,
    link: str | None = None,
    link_is_notice: bool = False,
    **content: Any,
) -> Draft:
    """Return a severe message, number 17, planned at noon."""
    message = Message(
        id="0192f3a0-0000-7000-8000-000000000001",
        number=17,
        chain="0192f3a0-0000-7000-8000-000000000001",
        content=Content(headline=headline, text=text, severity=Severity.SEVERE, **content),
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        effective_severity=Severity.SEVERE,
    )
    return Draft(
        message=message,
        delivery_id=DELIVERY,
        at=NOON,
        organisation="Stadt Musterstadt",
        timezone="Europe/Berlin",
        link=link,
        link_is_notice=link_is_notice,
    )


def account(base_url: str, public_url: str, credentials: Mapping[str, str], **more: Any) -> Account:
    """Return a channel's account; `session` apart, `more` are its settings."""
    session = more.pop("session", {})
    return Account(
        channel="kanal",
        base_url=base_url,
        public_url=public_url,
        settings=more,
        credentials=credentials,
        session=session,
    )
