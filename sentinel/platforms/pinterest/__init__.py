"""Pinterest: one board, by its API v5. A message goes as a picture of itself, with its text.

Facts: facts/platforms-a.md section 6 (Pinterest's own description of its API, 2026).
What is surprising there and kept here:

- There is no pin without a picture and a board. The picture is uploaded with the
  pin, so that no host of ours has to be reachable.
- Pins of an app with trial access are answered 201 and read back well, and nobody
  but their maker sees them. Newer apps are refused outright (403, code 29).
- 401 can mean a missing scope (code 3); codes mean nothing without their status.
- There is no key. After a lost answer the board's latest pins are looked at, and
  only a person repeats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Refused,
    Rendered,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Report, Window
from sentinel.domain.text import EXERCISE, fit
from sentinel.errors import Phrase
from sentinel.notices.card import Card, jpeg
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    DocumentedQuota,
    Draft,
    Facts,
    Platform,
    Published,
    Session,
    Setting,
)
from sentinel.platforms.pinterest import answers, calls, looks, pins
from sentinel.platforms.pinterest.removal import remove
from sentinel.wire import RenewalFailed, Request, Response, Steps
from sentinel.wire.pictures import frozen

LIMIT, TITLE, ALT_TEXT, LINK = 800, 100, 500, 2048
_QUARTER = timedelta(minutes=15)
_ELLIPSIS = "…"


class Pinterest(Platform):
    """One board of one account."""

    name = "pinterest"
    facts = Facts(
        operator="pinterest",
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"client_id", "client_secret", "refresh_token"}),),
        settings={"board": Setting(required=True)},
        identity=("board",),
        base_url="https://api.pinterest.com",
        public_url="https://www.pinterest.com",
        quotas=(DocumentedQuota(name="posts", limit=100, per=timedelta(seconds=1)),),
        publish_within=timedelta(seconds=60),
        probe_every=dict.fromkeys(
            ("credentials", "write_path", "read_back", "visibility"), _QUARTER
        ),
        price=Phrase(
            de="Mit Trial-Zugang sieht außer dem Konto niemand die Pins; den Standard-Zugang "
            "gewährt Pinterest nach einer Prüfung und kann ihn zurücknehmen",
            en="With trial access nobody but the account itself sees the pins; standard access is "
            "granted by Pinterest after a review, and can be taken back",
        ),
        image_required=True,
        key_drops_copies="no",
        drops_copies_why="no key; after a lost answer the board's latest pins are read",
        refresh_before=timedelta(days=15),
        exempt={"drops_copies": "Pinterest has no key; after a lost answer only a person repeats."},
        to_confirm=(
            "Title, description and alternative text count code points; all fit as UTF-16, too.",
            "Rate limit headers are lists such as `100;w=1`, with the reset in seconds.",
            "An access token lives 30 days, and every renewal brings a new refresh token.",
            "The address of a pin, and that `oembed.json` answers for public pins without login.",
            "Whether a pin can be refused for what its picture shows.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of code points."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return title, description, alternative text, and the picture, frozen."""
        message, link = draft.message, draft.link
        content = message.content
        mark = link if link and draft.link_is_notice else f"Nr. {message.number}"
        text, spoken = (
            fit(
                content,
                channel=account.channel,
                mark=mark,
                link=shown,
                limit=limit,
                length=_units,
            )
            for shown, limit in ((link, LIMIT), (None, ALT_TEXT))
        )
        lead = f"{EXERCISE}: {content.headline}" if content.exercise else content.headline
        card = Card.of(
            message,
            organisation=draft.organisation,
            timezone=draft.timezone,
            at=draft.at,
            link=link,
        )
        sent = _sound(text.text)
        tappable = link and link.startswith(("https://", "http://")) and _units(link) <= LINK
        return Rendered(
            text=sent,
            key=draft.delivery_id,
            length=self.length(sent),
            limit=LIMIT,
            payload={
                "title": _shortened(_sound(lead), TITLE),
                "alt_text": _sound(spoken.text),
                "link": _sound(link) if tappable and link else "",
                "mark": _sound(mark),
                "card": frozen(jpeg(card)),
            },
            cut=text.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Make the pin with its picture in one call."""
        board = calls.board(account)
        if not board:
            return Refused(Cause.BAD_CONFIGURATION, evidence="`board` is no number")
        made = calls.request(account, "POST", "/pins", json=pins.body(rendered, board))
        request = replace(made, commits=True)
        try:
            answer = yield from calls.send(account, request)
        except RenewalFailed as failed:
            sure = failed.cause in CREDENTIAL
            return (Refused if sure else Failed)(failed.cause, evidence=failed.evidence)
        if not answers.good(answer):
            return answers.refusal(request, answer)
        pin = pins.id_in(answer.object().get("id"))
        if not pin:
            return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
        note = pins.note_on(answer.object(), rendered)
        return Accepted(receipt=pins.receipt(pin), note=note, evidence=answers.said(answer))

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look among the board's latest pins. Not seeing it proves nothing: there is no key."""
        if not calls.board(account):
            return NotSeen("`board` is no number")
        try:
            answer = yield from calls.send(account, calls.board_pins(account, 25))
        except RenewalFailed as failed:
            return NotSeen(failed.evidence)
        for shown in pins.pins_of(answer) if answers.good(answer) else ():
            if pins.is_ours(shown, rendered):
                pin = pins.id_in(shown["id"])
                return Found(pins.receipt(pin), pins.note_on(shown, rendered))
        return NotSeen(f"{answers.said(answer)}, not among the board's latest pins")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are."""
        return looks.credentials(account)

    def refresh_credentials(self, account: Account) -> Steps[Session]:
        """Exchange the refresh token for a new pair; it is renewable for ever."""
        return calls.refresh(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Ask for the board and for what the token may do; nothing is written."""
        return looks.rehearsed(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` and compare its text."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Look for `last` without login. None without a pin."""
        return looks.as_citizen(account, last) if last else None

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the pin."""
        return remove(account, published)

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the window that the rate limit headers state."""
        return answers.windows(request, response)


def _units(text: str) -> int:
    """Return the UTF-16 units: never fewer than code points, so what fits them fits both."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # no halves of surrogates


def _shortened(text: str, limit: int) -> str:
    """Return a title; one that is too long ends at a blank, with an ellipsis."""
    if _units(text) <= limit:
        return text
    kept = text
    while _units(kept) >= limit:
        shorter = kept.rpartition(" ")[0].rstrip()
        kept = shorter or kept[:-1]
    return kept + _ELLIPSIS


PLATFORM = Pinterest()
