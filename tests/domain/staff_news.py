"""One of each: everything that staff may be told, as it would be told. Read by the golden test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sentinel.domain import leads
from sentinel.domain.asking_words import Task, asking, reminding, stopping
from sentinel.domain.by_hand import Ready, alarm
from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.domain.health import Verdict, explain
from sentinel.domain.leads import Lead
from sentinel.domain.letter import Link
from sentinel.domain.news import STORAGE_BACK, STORAGE_LOST, news_of
from sentinel.domain.news_item import News
from sentinel.domain.parcel import Parcel, folded, marked
from sentinel.domain.plan import Reason
from tests.domain.daily import daily

ZONE = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 3, 5, 2, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1, minutes=28)
TAKE = Link(
    url="https://sentinel.stadt.example/a/S8iblDYo-njhelVJ_eX8xQGh-tUYhnM7gJSDQCxK45EAawILH3ByZX",
    acknowledges=1,
)
PAGE = Link(url="https://sentinel.stadt.example/outages")
HEADLINE = "Hochwasser an der Saar"
OUTAGES = [cause for cause, effect in EFFECTS.items() if effect.outage and effect.state]
"""The causes for which an outage opens."""


@dataclass(frozen=True)
class Sample:
    """What one letter is made of."""

    name: str
    news: list[News]
    link: Link | None = PAGE
    lead: Lead | None = None


def told(kind: str, subject: str = "subject", /, **payload: object) -> News:
    news = news_of(kind, subject, payload, ZONE)
    assert news is not None, kind
    return News(**{name: getattr(news, name) for name in News.__slots__} | {"at": AT})


def dated(news: News, **more: object) -> News:
    return News(**{name: getattr(news, name) for name in News.__slots__} | more)


def outage(
    kind: str,
    channel: str = "x-stadt",
    ability: Ability = Ability.PUBLISH,
    cause: Cause = Cause.UNREACHABLE,
    **more: object,
) -> News:
    verdict = Verdict(
        state=EFFECTS[cause].state or State.DOWN, cause=cause, evidence="", since=AT, until=None
    )
    said = explain(channel, ability, verdict, ZONE)
    payload = {
        "channel": channel,
        "ability": ability,
        "cause": cause,
        "operator": "x",
        "sentence_de": said.de,
        "sentence_en": said.en,
        **more,
    }
    news = told(kind, f"{channel} {ability}", **payload)
    return dated(news, since=AT, at=LATER if kind == "outage.closed" else AT)


def samples() -> Iterator[Sample]:
    """Everything, in the order of how often it wakes somebody."""
    yield from _of_outages()
    yield from _of_escalations()
    yield from _together()
    yield from _of_messages()
    yield from _of_posts()
    yield from _of_the_house()
    yield from _of_exercises()


def _of_outages() -> Iterator[Sample]:
    for cause in OUTAGES:
        yield Sample(f"outage.opened, {cause}", [outage("outage.opened", cause=cause)], TAKE)
    for ability in list(Ability)[1:]:
        yield Sample(f"outage.opened, {ability}", [outage("outage.opened", ability=ability)], TAKE)
    enough = outage("outage.opened", waiting=[], without=[])
    yield Sample("outage.opened, every route has enough", [enough], TAKE)
    hit = outage("outage.opened", waiting=[17, 18], without=["katastrophe"])
    yield Sample("outage.opened, a route is hit", [hit], TAKE)
    ours = outage("outage.opened", "warnseite", cause=Cause.PLATFORM_FAULT, operator="own")
    yield Sample("outage.opened, a server of our own", [ours], TAKE)
    yield Sample("outage.changed", [outage("outage.changed", cause=Cause.ACCOUNT_LOCKED)], TAKE)
    yield Sample("outage.closed", [outage("outage.closed")])
    yield Sample("outage.closed, removed", [told("outage.closed", channel="x-stadt", removed=True)])
    line = {
        "uplink": "default",
        "sentence_de": "Unsere eigene Leitung (default) ist unterbrochen; keiner Plattform wird "
        "das angelastet.",
        "sentence_en": "Our own line (default) is down; no platform is blamed for it.",
    }
    yield Sample("outage.opened, uplink", [dated(told("outage.opened", **line), since=AT)], TAKE)
    over = dated(told("outage.closed", **line), since=AT, at=LATER)
    yield Sample("outage.closed, uplink", [over])
    edge = {
        "edge": "cloudflare",
        "channels": ["x-stadt", "website"],
        "sentence_de": "Cloudflare ist gestört, ein Dienst, der vor mehreren Kanälen steht; "
        "betroffen: x-stadt und website (auch unsere eigene Seite: website).",
        "sentence_en": "Cloudflare is failing, a service that stands in front of several "
        "channels: x-stadt and website (our own page too: website).",
    }
    yield Sample("outage.opened, edge", [dated(told("outage.opened", **edge), since=AT)], TAKE)
    node = {
        "node": "rathaus-2",
        "sentence_de": "Sentinel auf rathaus-2 meldet sich nicht mehr.",
        "sentence_en": "Sentinel on rathaus-2 is not heard of any more.",
    }
    yield Sample("outage.opened, node", [dated(told("outage.opened", **node), since=AT)], TAKE)
    yield Sample(
        "outage.acknowledged",
        [
            told(
                "outage.acknowledged",
                by="presse",
                outages=["o1", "o2"],
                channels=["x-stadt"],
                comment="Ich rufe dort an.",
            )
        ],
    )


def _of_escalations() -> Iterator[Sample]:
    news = [outage("outage.opened")]
    first = leads.called(1, AT, ["presse"], ZONE)
    yield Sample("escalation, level 2", news, TAKE, first)
    yield Sample("escalation, reminder", news, TAKE, leads.repeated(2, AT, ["presse", "amt"], ZONE))
    yield Sample("escalation, more", [outage("outage.opened", "x-presse")], TAKE, leads.added())
    yield Sample("escalation, worse", news, TAKE, leads.anew("presse"))


def _together() -> Iterator[Sample]:
    each = [outage("outage.opened", ability=ability) for ability in Ability]
    yield Sample("one channel, all abilities", each, TAKE)
    meta = [
        outage("outage.opened", name, ability, Cause.PLATFORM_FAULT, operator="meta", without=[])
        for name in (f"meta-{number:02}" for number in range(1, 15))
        for ability in (Ability.PUBLISH, Ability.LISTEN)
    ]
    yield Sample("14 channels of one operator", meta, TAKE)
    ends = [
        outage("outage.closed", f"meta-{number:02}", operator="meta") for number in range(1, 15)
    ]
    yield Sample("14 channels of one operator, over", ends)
    many = [
        outage(
            "outage.opened",
            f"kanal-{number:03}",
            cause=OUTAGES[number % 7],
            operator=f"betreiber-{number % 20:02}",
        )
        for number in range(500)
    ]
    yield Sample("500 channels", many, Link(url=TAKE.url, acknowledges=20))


def _of_messages() -> Iterator[Sample]:
    ready = [
        Ready(
            channel="x-stadt",
            text=f"{HEADLINE}\n\nDer Pegel steigt. Bitte meiden Sie die Ufer.\n\nNr. 17",
            link="https://x.com/intent/tweet?text=Hochwasser",
            delivery="01a1fad5-1847-743c-b6b8-53f8bc8d7402",
            tries=True,
        ),
        Ready(channel="warnseite", text=HEADLINE, perhaps_there=True, owed=True),
    ]
    stuck = dated(alarm(17, HEADLINE, ["katastrophe"], ready), at=AT, since=AT)
    yield Sample("message.stranded, with its texts", [stuck], TAKE)
    bare = told("message.stranded", number=17, stranded=["katastrophe"])
    yield Sample("message.stranded, bare", [dated(bare, about=HEADLINE, since=AT)], TAKE)
    each: dict[str, dict[str, object]] = {
        "message.carried_again": {"number": 17, "channels": ["mastodon-stadt", "sms"]},
        "message.expired": {"number": 17},
        "message.awaiting_approval": {"number": 17},
        "message.approval_overridden": {"number": 17, "comment": "Gefahr im Verzug"},
        "message.held_in_crisis": {
            "number": 17,
            "author": "Anna Berg",
            "severity": "moderate",
            "not_before": AT.isoformat(),
        },
    }
    for kind, payload in each.items():
        yield Sample(kind, [dated(told(kind, **payload), about=HEADLINE)])
    for why in (*Cause, *Reason):
        moved = told(
            "message.rerouted", number=17, channel="x-stadt", why=why, onto=["threads", "sms"]
        )
        yield Sample(f"message.rerouted, {why}", [dated(moved, about=HEADLINE)])


def _of_posts() -> Iterator[Sample]:
    post = {
        "message": "01a1fad5-1847-743c-b6b8-53f8bc8d7402",
        "number": 17,
        "channel": "x-stadt",
        "permalink": "https://x.com/stadt/status/190",
    }
    dead = {
        "number": 17,
        "host": "stadt.example",
        "what_de": "führt ins Leere (404)",
        "what_en": "leads nowhere (404)",
    }
    for name, kind, more in (
        ("delivery.refused", "delivery.refused", post | {"state": "refused"}),
        *(
            (f"delivery.doubted, {note}", "delivery.doubted", post | {"note": note})
            for note in ("truncated", "not_visible", "reader_restricted")
        ),
        ("delivery.still_there", "delivery.still_there", post | {"cause": "account_locked"}),
        *(
            (f"delivery.left_standing, {why}", "delivery.left_standing", post | {"obstacle": why})
            for why in ("platform", "by_person", "rules", "gave_up")
        ),
        ("delivery.withdrawn", "delivery.withdrawn", post | {"told": True}),
        ("link.dead", "link.dead", dead),
        ("link.works", "link.works", dead),
    ):
        yield Sample(name, [dated(told(kind, **more), about=HEADLINE)])


def _of_the_house() -> Iterator[Sample]:
    yield Sample("storage lost", [STORAGE_LOST], None)
    yield Sample("storage back", [STORAGE_BACK], None)
    period = {"starts_at": AT.isoformat(), "ends_at": LATER.isoformat(), "reason": "Umbau bei X"}
    works = {"kind": "maintenance", "operator": "x", **period}
    for name, kind, subject, payload in (
        ("silence.planned", "silence.planned", "s1", works),
        ("silence.planned, channels", "silence.planned", "s1", works | {"channels": ["website"]}),
        ("silence.begun", "silence.begun", "s1", works),
        ("silence.ended", "silence.ended", "s1", works),
        ("silence.ended, early", "silence.ended", "s1", works | {"early": True, "begun": True}),
        ("silence.ended, off", "silence.ended", "s1", works | {"early": True, "begun": False}),
        ("rota.gap", "rota.gap", "bereitschaft", {"rota": "bereitschaft", "from": AT.isoformat()}),
        ("posture.opened", "posture.opened", "p", {"why": "message", "message": 17}),
        ("posture.closed", "posture.closed", "p", {"why": "all_clear", "message": 18}),
        ("publishing.held", "publishing.held", "p", {"reason": "Konto gekapert"}),
        ("publishing.resumed", "publishing.resumed", "p", {"by": "Anna Berg"}),
        ("quota.endangered", "quota.endangered", "x-stadt", _QUOTA),
        (
            "credential.unrenewed",
            "credential.unrenewed",
            "threads",
            {"channel": "threads", "cause": "permission_missing", "expires_at": LATER.isoformat()},
        ),
        ("certificate.ending", "certificate.ending", "website", {"ends_on": "2026-03-12"}),
        ("clock.wrong", "clock.wrong", "clock", {"ahead_s": 3600.0}),
        ("rules.refused", "rules.refused", "r", _PROBLEMS),
        (
            "intake.refused",
            "intake.refused",
            "warnung.json",
            {"reason_de": "severity fehlt", "reason_en": "severity is missing"},
        ),
        ("intake.blocked", "intake.blocked", "warnung.json", {"error": "Permission denied"}),
    ):
        yield Sample(name, [told(kind, subject, **payload)])
    yield from (Sample(name, [news]) for name, news in daily(ZONE).items())


_QUOTA = {
    "channels": ["x-stadt"],
    "reserve": 10,
    "sentence_de": "Das Kontingent von x-stadt ist gegen 05:00 aufgebraucht.",
    "sentence_en": "The quota of x-stadt is used up at about 05:00.",
}
_PROBLEMS = {
    "problems_de": "\n".join(f"rules.yaml:{number}:1: unbekannt" for number in range(1, 9)),
    "problems_en": "\n".join(f"rules.yaml:{number}:1: unknown" for number in range(1, 9)),
}


def by_hand(language: str) -> dict[str, Parcel]:
    """What those are told who are asked to post by hand."""
    task = Task(
        number=17,
        channel="whatsapp-kanal",
        text=f"{HEADLINE}\n\nDer Pegel steigt. Bitte meiden Sie die Ufer.\n\nNr. 17",
        until="03:27",
        link="https://sentinel.stadt.example/c/S8iblDYo-njhelVJ_eX8xQGh-tUYhnM7gJSDQCxK45EAawI",
        open_at="https://wa.me/channel/stadt",
    )
    rehearsed = replace(task, exercise=True)
    said = {
        "by hand": asking(task),
        "by hand, reminder": reminding(task),
        "by hand, stop": stopping(17, "whatsapp-kanal"),
        "by hand, exercise": asking(rehearsed),
        "by hand, exercise, reminder": reminding(rehearsed),
        "by hand, exercise, stop": stopping(17, "whatsapp-kanal", exercise=True),
    }
    return {
        name: Parcel(
            subject=words.subject.in_(language),
            text=words.text.in_(language),
            short=words.short.in_(language),
            grave=True,
            due_at=AT,
        )
        for name, words in said.items()
    }


def late(language: str, parcels: Sequence[Parcel]) -> dict[str, Parcel]:
    """What comes again, or only now."""
    one, *_ = parcels
    waited = [replace(parcel, cut_off=True) for parcel in parcels]
    return {
        "again": marked(one, language),
        "our line is back": folded(waited, language, ZONE, LATER),
        "an address took it at last": folded(parcels, language, ZONE, LATER),
        "an address took one at last": folded([one], language, ZONE, LATER),
    }


def _of_exercises() -> Iterator[Sample]:
    stuck = told("message.stranded", number=18, stranded=["uebung"])
    rehearsed = dated(stuck, about="Probealarm", exercise=True, since=AT)
    yield Sample("an exercise alone", [rehearsed], TAKE, leads.repeated(1, AT, ["presse"], ZONE))
    yield Sample("an exercise, and something real", [rehearsed, outage("outage.opened")], TAKE)
