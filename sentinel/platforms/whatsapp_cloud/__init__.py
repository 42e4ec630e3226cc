"""WhatsApp, one to one: a template message to everybody who asked for warnings.

Facts: facts/platforms-b.md sections 1 and 5.2. What is surprising there and
kept here:

- This is no broadcast: each recipient is a request, a receipt and a price.
- Nobody may be written to but with a template that Meta approved beforehand,
  into whose one placeholder the whole message goes, on one line.
- 200 means accepted, not delivered. What became of it is told minutes later by
  a call back; when all calls stay away, that is what an outage looks like.
- There is no key and no list of what was sent: who got no answer is never
  written to again, unless a receipt settles it.
- Nothing can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import quote

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, Outcome, Refused, Rendered
from sentinel.domain.observation import Report, Window
from sentinel.errors import Phrase
from sentinel.platforms import Account, Draft, Facts, Platform, Published, Setting
from sentinel.platforms.whatsapp_cloud import looks, receipts, templates
from sentinel.platforms.whatsapp_cloud.answers import GRAPH
from sentinel.platforms.whatsapp_cloud.calls import VERSION, number_of
from sentinel.platforms.whatsapp_cloud.sending import Run
from sentinel.wire import Lost, Request, Response, Steps
from sentinel.wire.hooks import Hook, Received
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import labels, read


class WhatsAppCloud(Platform):
    """One number and its list of recipients."""

    name = "whatsapp_cloud"
    facts = Facts(
        operator="meta",
        text_limit=templates.LIMIT,
        unit="UTF-16 units",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK}),
        credential_sets=(frozenset({"access_token", "app_secret", "verify_token"}),),
        settings={
            "phone_number_id": Setting(required=True),
            "template": Setting(required=True),
            "template_language": Setting(default="de"),
            "recipients": Setting(kind="list", required=True),
        },
        identity=("phone_number_id",),
        base_url="https://graph.facebook.com",
        # Its end is not announced; a version has never lived shorter than two years.
        api_versions={VERSION: date(2028, 7, 29)},
        publish_within=timedelta(minutes=10),  # a request for each recipient
        probe_every={"write_path": timedelta(minutes=10), "quota": timedelta(minutes=5)},
        status_pages=("https://metastatus.com/data/orgs.json#whatsapp-business-api",),
        price=Phrase(
            de="Meta berechnet jede zugestellte Vorlage, je Empfänger und Land",
            en="Meta charges for each template delivered, by recipient and country",
        ),
        key_drops_copies="no",
        drops_copies_why="no key; a receipt names ours, and settles who is in doubt",
        exempt={
            "drops_copies": "WhatsApp has no key; who is in doubt is never written to again.",
        },
        to_confirm=(
            "A template's body takes 1,024 UTF-16 units, its placeholder filled in.",
            "A placeholder takes no line breaks, tabs or rows of blanks.",
            "Our key of at most 512 characters comes back with every receipt.",
            "The HTTP statuses of the codes: only the codes are read.",
            "A message without a recipient is refused with 100, 131008 or 131009.",
            "The codes 131008, 131009, 131021 and 131030.",
            "The values of `health_status`, `quality_rating` and of a template's `status`.",
            "The messaging limit is told as `TIER_2K` or as a number.",
            "A token may inspect itself with `debug_token`; `expires_at` 0 is never.",
            "Nothing that was sent can be taken back.",
            "The service counts as broken if no receipt comes for ten minutes.",
            "v26.0 is served until July 2028 at least.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of UTF-16 units."""
        return templates.units(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text on one line, and beside it those in the message's other languages."""
        rendered = templates.render(draft, account)
        parts = labels(account.settings.get("recipients"), column="number")
        return replace(rendered, parts=parts)

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it to everybody on the list who never had it."""
        if not number_of(account):
            return Refused(Cause.BAD_CONFIGURATION, evidence="phone_number_id is no number")
        ledger = yield from _ledger(account, rendered, memory)
        if ledger.trouble:
            return Refused(Cause.BAD_CONFIGURATION, evidence=ledger.trouble)
        try:
            if ledger.left():
                yield from Run(account=account, rendered=rendered, ledger=ledger).send()
        except Lost as lost:
            ledger.lose(lost)
        return ledger.outcome(rendered.key)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look into our own memory, and at the receipts in it: WhatsApp lists nothing."""
        ledger = yield from _ledger(account, rendered, memory)
        return ledger.find(rendered.key, "message")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask for our number, and have the token inspected."""
        return looks.credentials(account)

    def read_quota(self, account: Account) -> Steps[Report]:
        """Ask for the messaging limit, the number's quality and its health."""
        return looks.quota(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Send a message to nobody, and look whether the template is approved."""
        return looks.rehearse(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Tell whether receipts of `last` came."""
        return looks.read_own(account, last)

    def receive(self, account: Account, call: Hook, at: datetime) -> Received:
        """Prove our address, or take receipts."""
        return receipts.receive(account, call)

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return a link that opens WhatsApp with the text typed in, to whomever one chooses."""
        return f"https://wa.me/?text={quote(rendered.text)}"

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the hour's budgets of calls."""
        return GRAPH.windows(response)


def _ledger(account: Account, rendered: Rendered, memory: Mapping[str, str]) -> Steps[Mailing]:
    recipients = account.settings.get("recipients")
    listed = yield from read(recipients, column="number", seed=rendered.key)
    return Mailing.recall(memory, listed)


PLATFORM = WhatsAppCloud()
