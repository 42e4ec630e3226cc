"""How a notification is read: as mail, in a chat, on a lock screen, as a text message.

Which services are what is Apprise's list (https://github.com/caronc/apprise/wiki);
one that stands nowhere here counts as a chat, which takes plain text of any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sentinel.domain.packing import packed, sms_safe
from sentinel.domain.parcel import SMS_PARTS, Parcel


class Medium(StrEnum):
    """How a notification is read."""

    MAIL = "mail"
    CHAT = "chat"
    PUSH = "push"  # on a lock screen: one part, for nobody puts two together there
    SMS = "sms"  # two parts at most


PARTS: Final = 3
"""How many messages one notification may become in a chat: services take their time for each."""
TIGHT: Final = 400
"""A service with less room for one message gets the short text, whatever it is."""
_MARGIN: Final = 40  # for "… (1/3)", which is put to the parts of a text

_SMS_NAMES: Final = (
    "46elks atalk bulksms bulkvs burstsms clickatell clicksend cm d7sms eight00com elks exotel "
    "freemobile httpsms infobip kaleyra kavenegar klr kudosity mobilemessage mobilemsg msg91 "
    "msgbird nexmo notifyre octopush plivo ringc serwersms seven sfr sinch smpp smpps smsc "
    "smseagle smseagles smsmanager smsmgr smstunnel sns telesign telnyx twilio voipms vonage"
)
_MAIL_NAMES: Final = (
    "azure brevo groundmail mailersend mailgun mailto mailtos o365 postmark resend sendgrid "
    "sendpulse ses smtp2go sparkpost"
)
_PUSH_NAMES: Final = (
    "bark barks chanify fcm gorush gorushs gotify gotifys join notica noticas ntfy ntfys onesignal "
    "pbul pinglet pinglets pjet pjets pover prowl psafer push pushdeer pushdeers pushed pushme "
    "pushward pushy schan simplepush spugpush spush trigv trigvs vapid wxpusher youlmk"
)
_LOUD: Final = frozenset({"gotify", "gotifys", "join", "ntfy", "ntfys", "pover", "prowl"})
_MEDIA: Final = {
    name: medium
    for medium, names in (
        (Medium.SMS, _SMS_NAMES),
        (Medium.MAIL, _MAIL_NAMES),
        (Medium.PUSH, _PUSH_NAMES),
    )
    for name in names.split()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """What is handed to one service. `whole`: it must not be cut into parts on its way."""

    title: str
    body: str
    html: bool = False
    whole: bool = False


def medium_of(address: str) -> Medium:
    """Return how a notification to an Apprise address is read, by its scheme."""
    return _MEDIA.get(address.partition("://")[0].strip().lower(), Medium.CHAT)


def loud(address: str) -> str:
    """Return an address that asks its push service for a high priority: it is heard at night.

    What the address itself says of priority stays; so does one of a service
    that knows none.
    """
    if address.partition("://")[0].strip().lower() not in _LOUD or "priority=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}priority=high"


def shaped(parcel: Parcel, medium: Medium, *, room: int) -> Shaped:
    """Return what a service gets that takes `room` characters in one message."""
    if medium is Medium.SMS:
        return Shaped(title="", body=_short(parcel), whole=True)
    if room < TIGHT:
        return Shaped(title="", body=cut(_short(parcel), room * PARTS))
    if medium is Medium.MAIL and parcel.html is not None and len(parcel.html) < room:
        return Shaped(title=parcel.subject, body=parcel.html, html=True)
    many = 1 if medium is Medium.PUSH else PARTS
    space = many * (room - _MARGIN) - len(parcel.subject)
    if len(parcel.text) <= space:
        return Shaped(title=parcel.subject, body=parcel.text)
    if medium is Medium.PUSH:
        return Shaped(title=parcel.subject, body=cut(parcel.short or parcel.text, space))
    return Shaped(title=parcel.subject, body=cut(parcel.text, space))


def _short(parcel: Parcel) -> str:
    """Return what fits into two text messages, whoever made it longer."""
    text = sms_safe(parcel.short if parcel.short is not None else _first_words(parcel))
    if packed(text).parts <= SMS_PARTS:
        return text
    words, _, last = text.rpartition(" ")
    link = f" {last}" if last.startswith("http") and packed(last).parts < SMS_PARTS else ""
    words = words if link else text
    low, high = 0, len(words)
    while low < high:  # the longest beginning that fits; the link at the end stays whole
        middle = (low + high + 1) // 2
        fits = packed(cut(words, middle) + link).parts <= SMS_PARTS
        low, high = (middle, high) if fits else (low, middle - 1)
    return cut(words, low) + link


def _first_words(parcel: Parcel) -> str:
    return f"{parcel.subject}: {' '.join(parcel.text.split())}"


def cut(text: str, space: int) -> str:
    """Return at most `space` characters of a text, cut between words, and seen to be cut."""
    if len(text) <= space:
        return text
    kept = text[: max(space - 4, 0)]
    whole, gap, _ = kept.rpartition(" ")
    return f"{whole if gap and len(whole) > len(kept) // 2 else kept} ..."[: max(space, 0)]
