"""YouTube: one channel, whose community posts a person makes; the rest is watched.

Facts: facts/platforms-a.md section 7 (Google's own pages; much from memory). What
is surprising there and kept here:

- No public interface makes a community post; only videos can be uploaded. So the
  channel's contacts get the ready text, and a link to confirm (`Facts.by_hand`).
- Channel, token, quota and what citizens see are probed: 1 of 10,000 units a
  question, full again at midnight Pacific time. Nothing tells how much is left.
- A refresh token ends after 7 days while the consent screen is "in testing".
- A description takes 5,000 bytes, and neither `<` nor `>`: so does what a person
  is handed, wherever on YouTube they put it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, NotSeen, Outcome, Refused, Rendered
from sentinel.domain.observation import Owner, Report, Window
from sentinel.domain.text import fit
from sentinel.errors import Phrase
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
from sentinel.platforms.youtube import answers, calls, looks
from sentinel.wire import Request, Response, Steps

LIMIT = 5000
_UNITS = 10_000
_DAY = timedelta(days=1)
_HALF_AN_HOUR = timedelta(minutes=30)
_BY_HAND = "a person posts here"
_LOOKS_LIKE = str.maketrans({"<": "‹", ">": "›"})


class YouTube(Platform):
    """One channel."""

    name = "youtube"
    facts = Facts(
        operator="google",
        text_limit=LIMIT,
        unit="bytes",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"client_id", "client_secret", "refresh_token"}),),
        settings={
            "channel": Setting(required=True),
            "contacts": Setting(kind="list"),
            "confirm_within": Setting(kind="duration", default=timedelta(minutes=15)),
        },
        identity=("channel",),
        base_url=calls.API,
        public_url="https://www.youtube.com",
        quotas=(
            DocumentedQuota(
                name="calls", limit=_UNITS, per=_DAY, scope=Owner.APP, midnight=answers.PACIFIC
            ),
        ),
        probe_every={
            "credentials": _HALF_AN_HOUR,
            "read_back": timedelta(hours=1),
            "visibility": timedelta(minutes=15),
        },
        price=Phrase(
            de="Google prüft, wer die Schnittstelle nutzt, und kann Kontingente senken; solange "
            "die App im Testmodus ist, endet die Anmeldung nach 7 Tagen",
            en="Google reviews who uses the interface, and can lower quotas; as long as the app "
            "is in testing, the consent ends after 7 days",
        ),
        by_hand=True,
        key_drops_copies="no",
        drops_copies_why="a person posts, and is asked once",
        exempt={
            "posts": "Community posts have no interface; a person makes them.",
            "drops_copies": "Nobody is asked twice; what they do with it, they know.",
            "rate_limit_read": "YouTube tells nothing before all of a day's units are used.",
            "rehearses": "There is nothing to rehearse but asking people.",
        },
        to_confirm=(
            "No public interface makes a community post.",
            "A community post takes as much as a description: 5,000 bytes.",
            "`oembed` answers 200 for public videos, 401 for private ones, 404 where none is.",
            "The feed of a channel is there without login, and gone with the channel.",
            "The playlist of a channel's uploads has its id, with `UU` for `UC`.",
            "`refresh_token_expires_in` is told while the consent screen is in testing.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of UTF-8 bytes."""
        return len(text.encode("utf-8", "replace"))

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text that a person is handed."""
        content = draft.message.content
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=lambda text: self.length(_postable(text)),
        )
        text = _postable(fitted.text)
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=self.length(text),
            limit=LIMIT,
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Refuse: the service asks the channel's contacts instead (`Facts.by_hand`)."""
        yield from ()
        return Refused(Cause.BAD_CONFIGURATION, evidence=_BY_HAND)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Say that no machine can look: community posts are in no interface."""
        yield from ()
        return NotSeen(_BY_HAND)

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask for our channel: is it there, ours, and open?"""
        return looks.credentials(account)

    def refresh_credentials(self, account: Account) -> Steps[Session]:
        """Obtain a token for an hour."""
        return calls.refresh(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read what we uploaded last."""
        return looks.read_own(account)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Look for the channel without login, and for a video whose address a person gave."""
        return looks.as_citizen(account, last)

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the day's units once they are used up: before, YouTube tells nothing."""
        if answers.good(response) or not request.headers.get("Authorization"):
            return ()
        seen = answers.finding(Ability.READ_BACK, response)
        if seen.cause is not Cause.QUOTA_EXHAUSTED or seen.ability is not Ability.READ_BACK:
            return ()
        window = Window(
            name="calls",
            limit=_UNITS,
            remaining=0,
            resets_at=seen.until,
            per=_DAY,
            scope=Owner.APP,
        )
        return (window,)


def _postable(text: str) -> str:
    """Return the text without halves of surrogates, and without what YouTube refuses."""
    return text.translate(_LOOKS_LIKE).encode("utf-8", "replace").decode()


PLATFORM = YouTube()
