"""The keys of the rules file that are the same for every city: what may stand where.

A key that the file does not state is None here; the domain holds the defaults.
The `default` beside a key is for editors, and a test keeps the two equal.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sentinel.domain.cause import Severity
from sentinel.domain.medium import Medium
from sentinel.domain.output import OutputKind
from sentinel.domain.rules import Approval, FailOverWhen, OnRecovery
from sentinel.rules.addresses import Control, Database, Listen, NetworkRange, WebAddress
from sentinel.rules.clock_values import Moment, TimeOfDay
from sentinel.rules.values import Choice, Delay, Interval, Name, Period, Secret, Text, Zone, stated

_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"


class Section(BaseModel):
    """A part of the rules: unknown keys are errors, and numbers are not texts."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, title=None
    )


class Organisation(Section):
    """Whose rules these are."""

    name: Text = Field(description="Name of the city or office; stands under every notice.")
    language: Text | None = stated("Language of messages.", "de", pattern=_LANGUAGE)
    timezone: Zone | None = stated("IANA name of the time zone.", "Europe/Berlin")


class Storage(Section):
    """Where everything is kept."""

    url: Database | None = stated(
        "sqlite:///FILE or postgresql://user@host1,host2/name.", "sqlite:///data/sentinel.db"
    )
    data: Text | None = stated("Folder of the socket and of storage.key.", "data")


class Tls(Section):
    """Certificate of the daemon's own pages."""

    cert: Text = Field(description="PEM file of the certificate chain.")
    key: Text = Field(description="PEM file of the private key.")


class Server(Section):
    """Where the daemon listens."""

    listen: Listen | None = stated("HOST:PORT of pages, API and health.", "127.0.0.1:8080")
    public_listen: Listen | None = stated("HOST:PORT of notices, links and hooks alone.")
    public_url: WebAddress | None = stated(
        "How citizens and phones reach the public pages.", "http://127.0.0.1:8080"
    )
    tls: Tls | None = stated("Certificate and key; null: no TLS here.")
    trusted_proxies: list[NetworkRange] | None = stated("Reverse proxies that may name callers.")


class Network(Section):
    """The way out."""

    proxy: Secret | None = stated("HTTP proxy for everything that goes out.")
    no_proxy: list[Text] | None = stated("Hosts reached without the proxy.")
    ca_file: Text | None = stated("PEM file of further certificate authorities.")


class Flapping(Section):
    """When a channel that comes and goes needs a longer calm."""

    changes: int | None = stated("Changes that are still no flapping.", 4, ge=1, le=1000)
    within: Interval | None = stated("The window in which they are counted.", "30m")
    calm_for: Interval | None = stated("Time without a failure before it is back.", "10m")


class Probing(Section):
    """How channels are watched."""

    every: Interval | None = stated("Pause between checks.", "30s")
    every_in_crisis: Interval | None = stated("The same, in a crisis.", "10s")
    timeout: Interval | None = stated("Limit of one check.", "8s")
    recheck_after: Delay | None = stated("Pause after the first failure.", "2s")
    fall: int | None = stated("Failures in a row that take it down.", 3, ge=1, le=100)
    rise: int | None = stated("Successes in a row that bring it back.", 2, ge=1, le=100)
    slow_above: Interval | None = stated("An answer later than this is slow.", "4s")
    flapping: Flapping | None = stated("Coming and going.")


class Uplink(Section):
    """A line out."""

    controls: list[Control] = Field(
        description="Addresses that tell whether this line works.", min_length=1
    )
    lost_below: int | None = stated("Fewer answers: our own line is down.", 2, ge=1, le=100)


class Match(Section):
    """Which messages a route is for: keys are ANDed, their lists ORed."""

    severity: list[Choice[Severity]] | None = stated("extreme, severe, moderate, minor.")
    category: list[Text] | None = stated("CAP categories, such as Safety.")
    tag: list[Text] | None = stated("Tags of the message.")
    language: list[Text] | None = stated("Languages of the message.")


class Route(Section):
    """Where messages of one kind go."""

    name: Name = Field(description="Name of the route.")
    match: Match | None = stated("Which messages; empty: all.")
    always: list[Text] | None = stated("Channels of which each must carry the message.")
    priority: list[Text] | None = stated("Channels in order, the first usable one carries it.")
    copies: int | None = stated("How many of the list must carry it.", 1, ge=1, le=100)
    needs: list[Literal["publish", "public", "read_back"]] | None = stated(
        "Abilities that must not be down.", ["publish"]
    )
    fail_over_when: Choice[FailOverWhen] | None = stated(
        "How bad a channel must be before messages leave it.", "degraded"
    )
    reroute_after: Delay | None = stated("How long an unsent post waits.", "20s")
    expires_after: Period | None = stated("Fills expires_at of a message.", "24h")
    on_recovery: Choice[OnRecovery] | None = stated(
        "Whether a better channel gets the message late.", "backfill"
    )
    approval: Choice[Approval] | None = stated("Whether a second person agrees first.", "none")


class Address(Section):
    """One way to reach somebody."""

    url: Secret = Field(description="Apprise address.")
    offline: bool | None = stated("Works without the uplink.", default=False)
    medium: Choice[Medium] | None = stated("How it is read, where the address does not say.")


class QuietHours(Section):
    """Times of the day in which only grave news is told."""

    from_: TimeOfDay = Field(alias="from", description="Their begin, by the city's clock.")
    to: TimeOfDay = Field(description="Their end; over midnight if it is the earlier.")


class Maintenance(Section):
    """Planned work: announced, and what fails meanwhile alarms nobody."""

    channels: list[Text] | None = stated("Names of channels; without: all.", min_length=1)
    from_: Moment = Field(alias="from", description="Its begin, by the city's clock.")
    to: Moment = Field(description="Its end.")
    reason: Text = Field(description="What is done, for those who are told.")


class Contact(Section):
    """Somebody on the staff."""

    language: Text | None = stated("Language of the notices.", pattern=_LANGUAGE)
    addresses: list[Address] = Field(description="Tried in order.", min_length=1)
    names: list[Text] | None = stated("What calendars call them: names, mail addresses.")
    quiet_hours: QuietHours | None = stated("Only grave news is told in them.")


class Level(Section):
    """Whom to tell, and when."""

    after: Delay = Field(description="Time without an acknowledgement.")
    notify: list[Text] = Field(description="Names of contacts or rotas.", min_length=1)


class Override(Section):
    """Who is on call for a time, whatever the calendar says."""

    from_: Moment = Field(alias="from", description="Its beginning, by the city's clock.")
    to: Moment = Field(description="Its end.")
    contact: Text = Field(description="Name of a contact.")


class Rota(Section):
    """Who is on call, by a calendar."""

    calendar: Secret | None = stated("An iCalendar file or its address; both may be secret.")
    overrides: list[Override] | None = stated("What holds instead of the calendar.")


class Digest(Section):
    """How things stand, once a day."""

    at: TimeOfDay = Field(description="Hour of the day, by the city's clock.")
    notify: list[Text] = Field(description="Names of contacts or rotas.", min_length=1)


class Heartbeat(Section):
    """The dead man's switch."""

    url: Secret = Field(description="Address that is called as long as all is well.")
    every: Interval | None = stated("Pause between calls, at least 1s.", "60s")
    method: Literal["GET", "POST"] | None = stated("How it is called.", "GET")


class Output(Section):
    """A receiver that is no person."""

    kind: Choice[OutputKind] = Field(description="What stands at the other end.")
    name: Name | None = stated("Under which its place is remembered; else the kind.")
    url: Secret = Field(description="Alertmanager's address, or the webhook's.")
    secret: Secret | None = stated("Signs what a webhook is sent.")
    authorization: Secret | None = stated("The whole value of the header Authorization.")


class Staff(Section):
    """Who hears of trouble."""

    contacts: dict[Name, Contact] | None = stated("People and offices by name.")
    levels: list[Level] | None = stated("Whom to tell, step by step.")
    repeat_every: Interval | None = stated("Until somebody acknowledges.", "15m")
    group_wait: Delay | None = stated("Collects news; none for hit routes.", "5s")
    heartbeat: Heartbeat | None = stated("The dead man's switch.")
    quiet_hours: QuietHours | None = stated("Only grave news is told in them.")
    maintenance: list[Maintenance] | None = stated("Planned work, announced.")
    rotas: dict[Name, Rota] | None = stated("Who is on call, by a calendar, by name.")
    digest: Digest | None = stated("How things stand, once a day.")
    outputs: list[Output] | None = stated("Alerting chains that are there already.")


class Intake(Section):
    """Messages from files in a folder."""

    directory: Text | None = stated("The folder; null: off.")
    approval: Choice[Approval] | None = stated("Whether a second person agrees.", "four_eyes")


class Posture(Section):
    """Calm or crisis."""

    calm_after: Period | None = stated("A crisis without news of it ends by itself.", "24h")


class Retention(Section):
    """How long things are kept."""

    checks: Period | None = stated("Single checks.", "30d")
    rollups: Period | None = stated("Their summaries.", "800d")
    messages: Period | None = stated("Messages and what became of them.", "10y")


class Top(Section):
    """The rules of a city; channels and routes are judged one by one."""

    version: Literal[1] = Field(description="Version of this format: 1.")
    organisation: Organisation = Field(description="Whose rules these are.")
    node: Name | None = stated("Name of this node; else the host's name.")
    storage: Storage | None = stated("Where everything is kept.")
    server: Server | None = stated("Where the daemon listens.")
    network: Network | None = stated("The way out.")
    probing: Probing | None = stated("How channels are watched.")
    uplinks: dict[Name, Uplink] | None = stated("Lines out by name.")
    channels: dict[str, Any] = Field(description="Accounts by name.", min_length=1)
    notice_link: Text | None = stated("Channel whose page the posts link to.")
    routes: list[Any] = Field(description="Where messages go.", min_length=1)
    staff: Staff | None = stated("Who hears of trouble.")
    intake: Intake | None = stated("Messages from files in a folder.")
    posture: Posture | None = stated("Calm or crisis.")
    retention: Retention | None = stated("How long things are kept.")
