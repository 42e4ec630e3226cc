"""What may stand in a drill file: its keys, step by step and expectation by expectation."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sentinel.drills.claims import (
    Claim,
    Delivered,
    Judged,
    Notified,
    Outages,
    Posts,
    Rerouted,
    Tries,
    Where,
    Wording,
)
from sentinel.errors import Phrase
from sentinel.rules.schema import Section
from sentinel.rules.values import Delay, Name, Text, refuse, stated
from sentinel.service.bodies import MessageIn

ACTIONS = ("send", "fault", "clear", "kill", "clock", "acknowledge", "confirm")
CLAIMS = (
    *("rerouted", "on", "not_on", "posts", "tries", "verdict", "delivery", "text"),
    *("notified", "not_notified", "outages"),
)


def _told(value: str) -> str:
    if not value.strip():
        raise refuse("der Text ist leer", "the text is empty")
    return " ".join(value.split())


Prose = Annotated[str, AfterValidator(_told)]
"""Sentences; line breaks in the file are only for its reader."""


class Both(Section):
    """A text in both languages of the house."""

    de: Prose = Field(description="In German.")
    en: Prose = Field(description="In English.")

    @property
    def phrase(self) -> Phrase:
        """The text as the rest of the house has it."""
        return Phrase(de=self.de, en=self.en)


class Incident(Both):
    """What really happened."""

    dates: list[Text] = Field(description="When, such as 2023-07-05.", min_length=1)
    sources: list[Text] = Field(description="Where that is known from.", min_length=1)


class Fault(Section):
    """A fault of a simulated platform, as `PUT /_faults` takes it."""

    platform: Text = Field(description="A platform, or an operator: all its platforms.")
    account: Text | None = stated("One account; else all.")
    kind: Text = Field(description="What goes wrong, such as rate_limited.")
    lasts: Text | None = Field(
        default=None, alias="for", description="How long; else until it is cleared."
    )
    share: float | None = stated("Share of the requests that it hits.", 1, ge=0, le=1)
    options: dict[str, Any] | None = stated("Such as {seconds: 900}; each kind has its own.")

    def body(self) -> dict[str, Any]:
        """Return it as the simulator reads it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Clear(Section):
    """Faults that are taken down: those that fit all that is stated; nothing stated: all."""

    platform: Text | None = stated("Only this platform's.")
    account: Text | None = stated("Only this account's.")
    kind: Text | None = stated("Only of this kind.")


class Kill(Section):
    """The daemon is killed (SIGKILL) and started again."""

    restart_after: Delay | None = stated("How long it stays dead.", "0s")


class Clock(Section):
    """The daemon's clock is wrong from here on: the world's clock is set so far back."""

    ahead: Delay = Field(description="By how much the daemon's clock is fast; 0s: right again.")


class Confirmed(Section):
    """A person says that a message is out on a channel."""

    message: Name = Field(description="Name of the step that sent it.")
    channel: Name = Field(description="Name of the channel.")
    permalink: Text | None = stated("Where it stands.")


class Acknowledged(Section):
    """Somebody of the staff takes on what is open: by the link that was sent, or at the console."""

    contact: Name | None = stated("Who presses the button behind the link that came last.")
    channel: Name | None = stated("All that is open on this channel is acknowledged.")
    message: Name | None = stated("What is open because of this message, such as that it strands.")
    comment: Text | None = stated("What is said with it; not with a link.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("contact", "channel", "message")
        _exactly_one(self, ways, "quittiert wird eines", "one thing is acknowledged")
        return self


class Step(Section):
    """Something that is done at a moment; exactly one thing."""

    at: Delay = Field(description="When, counted from the start.")
    name: Name | None = stated("What expectations call this step; for `send` the message too.")
    say: Both | None = stated("What the spectator is told.")
    send: MessageIn | None = stated("A message, with the fields of POST /api/v1/messages.")
    fault: Fault | None = stated("A simulated platform begins to misbehave.")
    clear: Clear | None = stated("Faults end.")
    kill: Kill | None = stated("The daemon dies and is started again.")
    clock: Clock | None = stated("The daemon's clock and the world's go apart.")
    acknowledge: Acknowledged | None = stated("Somebody takes on what is open.")
    confirm: Confirmed | None = stated("A person confirms a delivery.")

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        _exactly_one(self, ACTIONS, "ein Schritt tut genau eines", "a step does exactly one thing")
        return self

    @property
    def action(self) -> str:
        """Which of `ACTIONS` it is."""
        return _the_one(self, ACTIONS)


class Expectation(Section):
    """What must have come of it when its time is over; exactly one thing."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    within: Delay | None = stated("How long it may take; else until the drill ends.")
    since: Name | None = Field(
        default=None,
        alias="from",
        description="The step from which the time is counted; else the start.",
    )
    rerouted: Rerouted | None = stated("A message moved on.")
    on: Where | None = stated("A message is on a channel.")
    not_on: Where | None = stated("A message is not on a channel.")
    posts: Posts | None = stated("So many posts are there.")
    tries: Tries | None = stated("So often it was tried to post.")
    verdict: Judged | None = stated("An ability is judged so.")
    delivery: Delivered | None = stated("The daemon says so of a message on a channel.")
    text: Wording | None = stated("So it stands in the post.")
    notified: Notified | None = stated("Staff were told.")
    not_notified: Notified | None = stated("Staff were not told.")
    outages: Outages | None = stated("So many outages there were.")

    @model_validator(mode="after")
    def _one_claim(self) -> Self:
        _exactly_one(
            self, CLAIMS, "eine Erwartung sagt genau eines", "an expectation says exactly one thing"
        )
        return self

    @property
    def claim(self) -> Claim:
        """What it says."""
        claim: Claim = getattr(self, self.kind)
        return claim

    @property
    def kind(self) -> str:
        """Which of `CLAIMS` it is."""
        return _the_one(self, CLAIMS)


class DrillFile(Section):
    """A rehearsal against the simulator, scripted after a real incident."""

    title: Both = Field(description="What is rehearsed, in a few words.")
    after: Incident = Field(description="The incident that it follows, with dates and sources.")
    rules: dict[str, Any] = Field(
        description="Complete rules (see `sentinel schema`); ${simulator:PLATFORM/ACCOUNT} stands "
        "for an account's address, /public after it for where citizens look, "
        "${simulator:_inbox/NAME} for staff's inbox, ${simulator:_control/N} for a control, "
        "${daemon} for the HOST:PORT on which the daemon listens.",
    )
    steps: list[Step] = Field(description="What happens, in order.", min_length=1)
    expect: list[Expectation] = Field(description="What must come of it.", min_length=1)
    lasts: Delay | None = stated("How long it goes on; else until the last expectation's time.")


def _stated(section: Section, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(section, name) is not None]


def _exactly_one(section: Section, names: tuple[str, ...], de: str, en: str) -> None:
    found = _stated(section, names)
    if len(found) == 1:
        return
    known = ", ".join(names)
    has = ", ".join(found)
    raise refuse(
        f"{de}, hier steht {has}" if found else f"{de}, hier steht keines",
        f"{en}, here are {has}" if found else f"{en}, here is none",
        f"möglich: {known}",
        f"known: {known}",
    )


def _the_one(section: Section, names: tuple[str, ...]) -> str:
    return _stated(section, names)[0]
