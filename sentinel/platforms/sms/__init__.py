"""SMS to a list of people: seven.io, Twilio, or any gateway over HTTP (facts/platforms-b.md, 9).

The channel for when all else fails: it needs no app and little net. It cannot
be taken back, and a second copy of a warning wakes people twice, so each
recipient has it at most once: see `sending` for the middle of a long list, and
`wire.mailing` for what is on disk. A gateway that took a message has not yet
delivered it; what became of it comes back by `receive`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, Outcome, Refused, Rendered
from sentinel.domain.message import Content
from sentinel.domain.observation import Report
from sentinel.domain.packing import SEPTETS_A_PART, packed, sms_safe
from sentinel.domain.text import Fitted, fit
from sentinel.errors import Phrase
from sentinel.notices.notice import clean
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Setting
from sentinel.platforms.sms.credit import PRICE
from sentinel.platforms.sms.gateway import Gateway
from sentinel.platforms.sms.http import HTTP
from sentinel.platforms.sms.sending import Sending, looked_for
from sentinel.platforms.sms.seven import SEVEN
from sentinel.platforms.sms.twilio import TWILIO
from sentinel.wire import Lost, Steps
from sentinel.wire.hooks import Hook, Received
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Listed, read

GATEWAYS: Mapping[str, Gateway] = {each.name: each for each in (SEVEN, TWILIO, HTTP)}
MOST_PARTS, PARTS = 9, 4
"""At most so many SMS a message (seven takes 1,520 letters, Twilio 1,600); and by default."""

_LONGEST_LINK = 2000
_DOUBLED = "a letter outside the SMS alphabet: an SMS holds 70 letters instead of 160"


class Sms(Platform):
    """One list of numbers behind one gateway."""

    name = "sms"
    facts = Facts(
        operator="sms",
        operator_is_host=True,
        text_limit=MOST_PARTS * SEPTETS_A_PART,
        unit="septets or UTF-16 units",
        abilities=frozenset({Ability.PUBLISH}),
        credential_sets=(
            frozenset({"api_key"}),
            frozenset({"account_sid", "auth_token"}),
            frozenset({"headers"}),
            frozenset({"user", "password"}),
        ),
        optional_credentials=frozenset({"signing_secret"}),
        settings={
            "gateway": Setting(kind="choice", choices=tuple(GATEWAYS)),
            "from": Setting(required=True),
            "recipients": Setting(kind="list", required=True),
            "request": Setting(),
            "success": Setting(),
            "id": Setting(),
            "refusals": Setting(kind="list"),
            "callback_url": Setting(kind="url"),
            "max_parts": Setting(
                kind="choice",
                default=str(PARTS),
                choices=tuple(str(number) for number in range(1, MOST_PARTS + 1)),
            ),
            "transliterate": Setting(kind="choice", default="safe", choices=("safe", "off")),
            "price": Setting(default=PRICE),
        },
        identity=("recipients",),
        needs_base_url=False,
        publish_within=timedelta(seconds=120),  # an attempt; a longer list takes several
        price=Phrase(
            de="Jede SMS kostet, je Empfänger und je Teil; ohne Guthaben geht nichts mehr hinaus.",
            en="Each SMS costs, per recipient and per part; with no credit left nothing goes out.",
        ),
        key_drops_copies="no",
        drops_copies_why="no gateway promises it; seven refuses the same SMS for 180 seconds only",
        exempt={
            "reads_back": "an SMS is on the phones; only the gateway's own list can be looked at",
            "drops_copies": "no gateway promises it; who is in doubt is never sent to again",
        },
        to_confirm=(
            "seven.io's codes other than 100 and 900, as the table in sms/seven.py lists them.",
            "seven.io refuses a request without recipients with 301 or 202, and sends nothing.",
            "seven.io's journal finds a message by `to` and repeats its `foreign_id`.",
            "seven.io's /api/balance answers `amount`, and a wrong key there is 900, too.",
            "seven.io signs its calls over the address as it was entered in its dashboard.",
            "Twilio's codes, as the tables in sms/twilio.py list them.",
            "Twilio refuses a message without `To` with 21604, and creates nothing.",
            "Twilio lists a message that still waits when asked by `To` alone.",
        ),
    )

    def length(self, text: str) -> int:
        """Return septets, or UTF-16 units where a letter is outside the GSM alphabet."""
        return packed(text).units

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text, in the SMS alphabet where typography alone stood in the way."""
        content = draft.message.content
        fitted = _fitted(draft, account, content)
        pack, most = packed(fitted.text), _most_parts(account)
        texts = {
            variant.language: _fitted(
                draft,
                account,
                replace(
                    content,
                    headline=variant.headline,
                    text=variant.text,
                    short_text=variant.short_text,
                    instruction=None,
                    texts={},
                ),
            ).text
            for variant in content.variants
        }
        warnings = ((NO_IMAGE,) if content.image else ()) + (() if pack.gsm else (_DOUBLED,))
        if pack.parts > 1:
            warnings += (f"each recipient costs {pack.parts} SMS",)
        return Rendered(
            text=fitted.text,
            key=draft.delivery_id,
            length=pack.units,
            limit=pack.capacity(most),
            payload={"texts": texts} if texts else {},
            parts=tuple(f"part {number}" for number in range(1, pack.parts + 1)),
            cut=fitted.cut,
            warnings=warnings,
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it to those who never had it."""
        gateway = gateway_of(account)
        if why := gateway.lacks(account):
            return Refused(Cause.BAD_CONFIGURATION, evidence=why)
        listed = yield from _recipients(account, rendered.key)
        if listed.trouble:
            return Refused(Cause.BAD_CONFIGURATION, evidence=listed.trouble)
        mailing = yield from looked_for(gateway, account, rendered, memory, listed)
        sending = Sending(gateway=gateway, account=account, rendered=rendered, mailing=mailing)
        try:
            yield from sending.run()
        except Lost as lost:
            mailing.lose(lost)
        return mailing.outcome(rendered.key)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look for those in doubt in the gateway's own list; the rest is known from memory."""
        gateway, listed = gateway_of(account), (yield from _recipients(account, rendered.key))
        mailing = Mailing.recall(memory, listed)
        if not gateway.lacks(account):
            mailing = yield from looked_for(gateway, account, rendered, memory, listed)
        return mailing.find(rendered.key, "SMS")

    def check_credentials(self, account: Account) -> Steps[Report] | None:
        """Ask the gateway for the account. A gateway by the city's own request has no such call."""
        gateway = gateway_of(account)
        return None if gateway.lacks(account) else gateway.check(account)

    def read_quota(self, account: Account) -> Steps[Report] | None:
        """Ask for the credit, as so many SMS to everybody on the list."""
        gateway = gateway_of(account)
        if gateway.lacks(account) or gateway.quota(account, 1) is None:
            return None
        return _credit(gateway, account)

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Send to nobody."""
        gateway = gateway_of(account)
        return None if gateway.lacks(account) else gateway.rehearse(account)

    def receive(self, account: Account, call: Hook, at: datetime) -> Received | None:
        """Take a delivery receipt, signed as the gateway signs."""
        return gateway_of(account).receive(account, call, at)

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return a link that opens the text in a phone's own program, to nobody (RFC 5724)."""
        link = f"sms:?body={quote(rendered.text, safe='')}"
        return link if len(link) <= _LONGEST_LINK else None


def gateway_of(account: Account) -> Gateway:
    """Return the gateway that the rules name, or else the one that the credentials fit."""
    if stated := GATEWAYS.get(account.setting("gateway")):
        return stated
    if "api_key" in account.credentials:
        return SEVEN
    return TWILIO if "account_sid" in account.credentials else HTTP


def _credit(gateway: Gateway, account: Account) -> Steps[Report]:
    listed = yield from _recipients(account, "quota")
    steps = gateway.quota(account, max(len(listed.parts), 1))
    return Report() if steps is None else (yield from steps)


def _recipients(account: Account, seed: str) -> Steps[Listed]:
    return (yield from read(account.settings.get("recipients"), column="number", seed=seed))


def _fitted(draft: Draft, account: Account, content: Content) -> Fitted:
    """Return what of `content` fits, as it will be sent."""
    by_link = draft.link if draft.link_is_notice else None
    fitted = fit(
        content,
        channel=account.channel,
        mark=by_link or draft.message.label,
        link=draft.link,
        limit=_most_parts(account),
        length=lambda text: packed(_as_sent(text, account)).parts,
    )
    return replace(fitted, text=_as_sent(fitted.text, account))


def _as_sent(text: str, account: Account) -> str:
    plain = clean(text).encode("utf-8", "replace").decode()
    return plain if account.setting("transliterate") == "off" else sms_safe(plain)


def _most_parts(account: Account) -> int:
    stated = account.setting("max_parts", str(PARTS))
    known = stated.isascii() and stated.isdecimal() and 1 <= int(stated) <= MOST_PARTS
    return int(stated) if known else PARTS


PLATFORM = Sms()
