"""A register of our own for the tests of the rules: six platforms; all others are not ready."""

from __future__ import annotations

from datetime import timedelta

from sentinel.domain.cause import Ability
from sentinel.platforms import Facts, Setting, platforms
from sentinel.rules.families import Families
from sentinel.rules.later import LATER_PLATFORMS

ALL = frozenset(Ability)

MASTODON = Facts(
    operator="mastodon",
    text_limit=500,
    unit="characters",
    abilities=ALL,
    credential_sets=(frozenset({"access_token"}),),
    settings={
        "account": Setting(),
        "visibility": Setting(kind="choice", default="public", choices=("public", "unlisted")),
    },
    identity=("account",),
)
X = Facts(
    operator="x",
    text_limit=280,
    unit="weighted characters",
    abilities=ALL,
    credential_sets=(
        frozenset({"api_key", "api_secret", "access_token", "access_secret"}),
        frozenset({"client_id", "client_secret", "refresh_token"}),
    ),
    settings={"account": Setting()},
    identity=("account",),
    base_url="https://api.x.example",
    public_url="https://publish.x.example",
)
THREADS = Facts(
    operator="meta",
    text_limit=500,
    unit="characters",
    abilities=ALL,
    credential_sets=(frozenset({"access_token"}),),
    settings={"user_id": Setting(default="me")},
    identity=("user_id",),
    base_url="https://graph.threads.example",
    publish_within=timedelta(seconds=90),
)
BLUESKY = Facts(
    operator="bluesky",
    text_limit=300,
    unit="graphemes",
    abilities=ALL,
    credential_sets=(frozenset({"identifier", "app_password"}),),
    identity=("identifier",),
    base_url="https://bsky.example",
)
EMAIL = Facts(
    operator="own",
    text_limit=100_000,
    unit="characters",
    abilities=frozenset({Ability.PUBLISH}),
    optional_credentials=frozenset({"user", "password"}),
    settings={
        "from": Setting(required=True),
        "to": Setting(kind="list", required=True),
        "tls": Setting(kind="choice", default="starttls", choices=("starttls", "implicit", "none")),
    },
    identity=("to",),
)
NOTICE_BOARD = Facts(
    operator="own",
    text_limit=100_000,
    unit="characters",
    abilities=frozenset({Ability.PUBLISH, Ability.PUBLIC}),
    settings={"directory": Setting(kind="path", required=True)},
    identity=("directory",),
    needs_base_url=False,
)

FAMILIES = Families(
    platforms={
        "mastodon": MASTODON,
        "x": X,
        "threads": THREADS,
        "bluesky": BLUESKY,
        "email": EMAIL,
        "notice_board": NOTICE_BOARD,
    },
    later={
        name: facts
        for name, facts in {
            **{name: platform.facts for name, platform in platforms().items()},
            **LATER_PLATFORMS,
        }.items()
        if name not in {"mastodon", "x", "threads", "bluesky", "email", "notice_board"}
    },
)
