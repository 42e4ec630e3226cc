"""A made-up gateway to telephones that calls back: for the tests of call backs alone."""

# ruff: noqa: ARG002 - every platform keeps one signature, needed or not
from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import FindResult, Outcome, Rendered
from sentinel.domain.observation import Finding
from sentinel.domain.receipts import PartState
from sentinel.platforms import Account, Draft, Facts, Platform, Setting
from sentinel.wire import Lost, Request, Steps, ask
from sentinel.wire.hooks import Hook, PartHeard, Received, same, signed
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Listed, read


class Gateway(Platform):
    """One request a number; the id of each is `id-` and the number."""

    name = "gateway"
    facts = Facts(
        operator="own",
        text_limit=1000,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH}),
        credential_sets=(frozenset({"secret"}),),
        settings={"recipients": Setting(kind="list", required=True)},
        identity=("recipients",),
        drops_copies_why="no",
    )

    def length(self, text: str) -> int:
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        text = draft.message.content.headline
        return Rendered(text=text, key=draft.delivery_id, length=len(text), limit=1000)

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        listed = yield from self._listed(account, rendered)
        mailing = Mailing.recall(memory, listed)
        try:
            for part in mailing.left():
                yield from mailing.begin([part])
                yield from ask(Request(method="GET", url=account.base_url, commits=True))
                yield from mailing.took([part], ids={part.fingerprint: f"id-{part.address}"})
        except Lost as lost:
            mailing.lose(lost)
        return mailing.outcome(rendered.key)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        listed = yield from self._listed(account, rendered)
        return Mailing.recall(memory, listed).find(rendered.key, "SMS")

    def receive(self, account: Account, call: Hook, at: datetime) -> Received | None:
        if call.method == "GET":
            return Received(body=call.query.get("challenge", "").encode())
        right = signed(account.credentials["secret"], call.body)
        if not same(call.headers.get("x-signature", ""), right):
            return Received.refused("signature")
        said = json.loads(call.body)
        if said.get("locked"):
            locked = Finding(ability=Ability.PUBLISH, cause=Cause.ACCOUNT_LOCKED, evidence="told")
            return Received(findings=(locked,))
        word = PartHeard(
            id=said["id"], state=PartState(said["state"]), evidence=said.get("code", "")
        )
        return Received(heard=(word,))

    def _listed(self, account: Account, rendered: Rendered) -> Steps[Listed]:
        return (yield from read(account.settings["recipients"], column="number", seed=rendered.key))


PLATFORM = Gateway()
