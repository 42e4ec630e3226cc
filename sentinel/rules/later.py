"""What the rules may already say although nothing follows it yet. Both tables shrink.

A key or a platform in here is read and checked like every other; stating it
yields a warning "not yet in use". When the part that uses it lands, its row goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sentinel.domain.cause import Ability
from sentinel.platforms import Facts, Setting


@dataclass(frozen=True, slots=True)
class NotYet:
    """One key path.

    `[]` is every item of a list, `[0]` its first, `[1:]` every item but the first;
    `*` is every value of a group whose names the city gives.
    """

    path: str
    only: str | bool | None = None  # warn for this value alone
    unless: tuple[str, ...] = ()  # values that change nothing


_AT_ONCE: Final = ("0ms", "0s", "0m", "0h", "0d", "0y")

NOT_YET_IN_USE: Final[tuple[NotYet, ...]] = (
    NotYet("server.public_listen"),
    NotYet("server.trusted_proxies"),
    NotYet("staff.levels.[0].after", unless=_AT_ONCE),
    NotYet("staff.levels.[1:]"),
    NotYet("staff.contacts.*.addresses.[].offline", only=True),
    NotYet("staff.repeat_every"),
    NotYet("staff.group_wait"),
    NotYet("staff.heartbeat"),
    NotYet("probing.every_in_crisis"),
    NotYet("channels.*.quota.reads"),
    NotYet("channels.*.quota.calls"),
    NotYet("channels.*.quota.replies"),
)

_PUBLISH: Final = frozenset({Ability.PUBLISH})
_TEXT: Final = Setting()
_NEEDED: Final = Setting(required=True)
_OAUTH2: Final = frozenset({"client_id", "client_secret", "refresh_token"})


def _facts(
    operator: str,
    *credentials: frozenset[str],
    settings: Mapping[str, Setting],
    identity: tuple[str, ...] = (),
    optional: frozenset[str] = frozenset(),
    own_server: bool = False,
) -> Facts:
    """Return what the rules need of a platform: its keys. Its file will declare the rest."""
    return Facts(
        operator=operator,
        text_limit=1,
        unit="characters",
        abilities=_PUBLISH,
        credential_sets=credentials or (frozenset(),),
        optional_credentials=optional,
        settings=settings,
        identity=identity,
        needs_base_url=own_server,
    )


_BY_HAND: Final[Mapping[str, Setting]] = MappingProxyType(
    {"contacts": Setting(kind="list"), "confirm_within": Setting(kind="duration")}
)

LATER_PLATFORMS: Final[Mapping[str, Facts]] = MappingProxyType(
    {
        "facebook": _facts(
            "meta", frozenset({"page_token"}), settings={"page_id": _NEEDED}, identity=("page_id",)
        ),
        "instagram": _facts(
            "meta",
            frozenset({"access_token"}),
            settings={"user_id": _NEEDED, "image_base_url": Setting(kind="url")},
            identity=("user_id",),
        ),
        "whatsapp_cloud": _facts(
            "meta",
            frozenset({"access_token", "app_secret", "verify_token"}),
            settings={
                "phone_number_id": _NEEDED,
                "template": _NEEDED,
                "template_language": _TEXT,
                "recipients": Setting(kind="path", required=True),
            },
            identity=("phone_number_id",),
        ),
        "whatsapp_channel": _facts("meta", settings=_BY_HAND, identity=("public_url", "contacts")),
        "telegram": _facts(
            "telegram", frozenset({"bot_token"}), settings={"chat": _NEEDED}, identity=("chat",)
        ),
        "linkedin": _facts(
            "microsoft",
            frozenset({"access_token"}),
            settings={"organisation": _NEEDED, "api_version": _TEXT},
            identity=("organisation",),
            optional=_OAUTH2,
        ),
        "pinterest": _facts("pinterest", _OAUTH2, settings={"board": _NEEDED}, identity=("board",)),
        "youtube": _facts("google", _OAUTH2, settings={"channel": _NEEDED}, identity=("channel",)),
        "matrix": _facts(
            "matrix",
            frozenset({"access_token"}),
            settings={"room": _NEEDED},
            identity=("room",),
            own_server=True,
        ),
        "sms": _facts(
            "sms",
            frozenset({"api_key"}),
            frozenset({"account_sid", "auth_token"}),
            frozenset({"headers"}),
            settings={
                "gateway": Setting(kind="choice", choices=("seven", "twilio", "http")),
                "from": _NEEDED,
                "recipients": Setting(kind="path", required=True),
                "request": _TEXT,
                "success": _TEXT,
                "id": _TEXT,
            },
            identity=("recipients",),
        ),
        "wordpress": _facts(
            "own",
            frozenset({"user", "application_password"}),
            settings={"categories": Setting(kind="list")},
            own_server=True,
        ),
        "typo3": _facts(
            "own",
            frozenset({"secret"}),
            settings={"reaction": _NEEDED},
            identity=("reaction",),
            own_server=True,
        ),
        "webhook": _facts("own", settings={}, optional=frozenset({"secret"}), own_server=True),
        "by_hand": _facts("own", settings=_BY_HAND, identity=("public_url", "contacts")),
    }
)
"""The contract's platforms that have no file yet, with their keys from the contract's table.

A channel on one of them is checked, then left out of the rules and of every route.
"""
