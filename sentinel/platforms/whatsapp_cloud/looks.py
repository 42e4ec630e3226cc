"""What can be asked beforehand: token, number, template, limits; and whether receipts come.

The number's node tells most (facts B, 5.2). Of the template only the account
that it belongs to can tell; the node's `health_status` names that account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import regex

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report, Window
from sentinel.domain.receipts import PartState, ids_in, summary
from sentinel.platforms import Account, Published
from sentinel.platforms.whatsapp_cloud import answers, calls
from sentinel.platforms.whatsapp_cloud.answers import GRAPH, line_of
from sentinel.wire import Response, Steps, ask
from sentinel.wire.graph import codes, good, said
from sentinel.wire.recipients import read
from sentinel.wire.times import date_of

SENDING: Final = "whatsapp_business_messaging"
SILENT_AFTER: Final = timedelta(minutes=10)
"""Receipts come within seconds; none at all for so long is what an outage looks like."""

_QUALITY: Final = frozenset({"GREEN", "YELLOW", "RED", "UNKNOWN"})
_FIT: Final = "APPROVED"
_STATUS: Final = frozenset(
    {"PAUSED", "DISABLED", "REJECTED", "PENDING", "IN_APPEAL", "PENDING_DELETION", "DELETED"}
    | {"LIMIT_EXCEEDED"}
)
_TIER = regex.compile(r"(?:TIER_)?(\d{1,9})(K?)")
_LIMIT_FIELD: Final = "whatsapp_business_manager_messaging_limit"
_ID = regex.compile(r"[0-9]{1,32}")
_LATEST: Final = 4_102_444_800  # the year 2100


def credentials(account: Account) -> Steps[Report]:
    """Ask for our number; a refused token is confirmed by having the token itself inspected."""
    node = yield from calls.ask_node(account, "id,quality_rating,status")
    seen = _told(node)
    if seen.cause is not None and seen.cause not in CREDENTIAL:
        return Report(findings=(seen,))
    inspected = yield from _inspected(account)
    data = _data(inspected)
    if seen.cause is not None:
        dead = GRAPH.finding(Ability.PUBLISH, inspected).cause in CREDENTIAL
        sure = dead or data.get("is_valid") is False
        return Report(findings=(replace(seen, confirmed=sure),))
    scopes = data.get("scopes")
    if isinstance(scopes, list) and scopes and SENDING not in scopes:
        why = f"the token lacks {SENDING}"
        seen = replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)
    return Report(findings=(seen,), expires_at=_ends(data))


def quota(account: Account) -> Steps[Report]:
    """Ask how many people a day may be written to, and what Meta thinks of our number."""
    fields = f"id,quality_rating,health_status,{_LIMIT_FIELD}"
    node = yield from calls.ask_node(account, fields)
    if not good(node):
        return Report(findings=(_asked(node),))
    body = node.object()
    limit = _limit(body.get(_LIMIT_FIELD))
    listed = yield from read(account.settings.get("recipients"), column="number", seed="")
    found = list(_ailing(body))
    if limit is not None and len(listed.parts) > limit:
        found.append((Cause.QUOTA_LOW, f"{len(listed.parts)} recipients, {limit} a day allowed"))
    findings = [
        Finding(ability=Ability.PUBLISH, cause=cause, evidence=evidence)
        for cause, evidence in found
    ]
    day = timedelta(hours=24)
    # The limit counts different people: the next message to the same ones takes nothing of it.
    windows = () if limit is None else (Window(name="posts/24h", limit=limit, per=day, cost=0),)
    return Report(findings=tuple(findings), windows=windows)


def rehearse(account: Account) -> Steps[Report]:
    """Send a message to nobody, which is refused, and look whether the template is fit to use."""
    template = {"name": account.setting("template"), "language": {"code": _language(account)}}
    body = {"messaging_product": "whatsapp", "type": "template", "template": template}
    answer = yield from ask(calls.request(account, body, commits=False))
    if codes(answer)[0] not in answers.INCOMPLETE or codes(answer)[1] is not None:
        seen = GRAPH.finding(Ability.PUBLISH, answer)
        odd = seen.cause is None
        return Report(findings=(replace(seen, cause=Cause.PLATFORM_FAULT) if odd else seen,))
    good_so_far = Finding(ability=Ability.PUBLISH, evidence=said(answer))
    node = yield from calls.ask_node(account, "id,health_status")
    owner = next((e["id"] for e in _entities(node.object()) if _is_account(e)), "")
    if not owner:
        return Report(findings=(good_so_far,))
    listed = yield from calls.get(
        account,
        f"{owner}/message_templates",
        name=account.setting("template"),
        fields="name,language,status",
    )
    cause, why = _fitness(listed, account)
    return Report(findings=(replace(good_so_far, cause=cause, evidence=why),))


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Tell whether receipts come: nothing else of a message can be read back."""
    node = yield from calls.ask_node(account, "id")
    seen = replace(_told(node), ability=Ability.READ_BACK, proves=False)
    now = date_of(node)
    if seen.cause is not None or last is None or last.posted_at is None or now is None:
        return Report(findings=(seen,))
    heard = summary(last.memory)
    if heard.get(PartState.DELIVERED, 0) + heard.get(PartState.READ, 0):
        return Report(findings=(replace(seen, proves=True, evidence="receipts came"),))
    waited = now - last.posted_at
    if heard or waited < SILENT_AFTER:
        return Report(findings=(replace(seen, evidence="no receipt of a delivery yet"),))
    minutes = int(waited.total_seconds() // 60)
    why = f"taken {minutes} min ago for {len(ids_in(last.memory))} recipients, and no receipt came"
    return Report(findings=(replace(seen, cause=Cause.PLATFORM_FAULT, evidence=why),))


def _told(node: Response) -> Finding:
    """Return what our number's node says of us."""
    seen = _asked(node)
    if seen.cause is not None:
        return seen
    body = node.object()
    if not isinstance(body.get("id"), str):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence=f"{seen.evidence}, no id")
    quality = body.get("quality_rating")
    known = quality if isinstance(quality, str) and quality in _QUALITY else ""
    return replace(seen, evidence=f"{seen.evidence}, quality {known}" if known else seen.evidence)


def _asked(node: Response) -> Finding:
    return GRAPH.finding(Ability.PUBLISH, node)


def _inspected(account: Account) -> Steps[Response]:
    """Have the token inspected. Meta takes it in the query here, and only here."""
    token = account.credentials.get("access_token", "")
    return (yield from calls.get(account, "debug_token", input_token=token))


def _data(answer: Response) -> Mapping[str, Any]:
    data = answer.object().get("data") if good(answer) else None
    return data if isinstance(data, dict) else {}


def _ends(data: Mapping[str, Any]) -> datetime | None:
    """Return the earlier of both ends; 0 is never."""
    stated = (data.get(name) for name in ("expires_at", "data_access_expires_at"))
    ends = [
        int(each)
        for each in stated
        if isinstance(each, int) and not isinstance(each, bool) and 0 < each < _LATEST
    ]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None


def _limit(stated: object) -> int | None:
    """Return how many people a day may be written to; None: no limit, or not stated."""
    found = _TIER.fullmatch(str(stated)) if isinstance(stated, str | int) else None
    return int(found[1]) * (1000 if found[2] else 1) or None if found else None


def _ailing(body: Mapping[str, Any]) -> Iterator[tuple[Cause, str]]:
    """Yield what keeps us from sending, or soon may."""
    health = body.get("health_status")
    can = health.get("can_send_message") if isinstance(health, dict) else None
    named = [line_of(code) for entity in _entities(body) for code in _codes(entity)]
    known = next((line for line in named if line is not None), None)
    if can == "BLOCKED":
        why = f"health BLOCKED, code {known.code}" if known else "health BLOCKED"
        yield known.cause if known else Cause.PERMISSION_MISSING, why
    elif can == "LIMITED":
        yield Cause.QUOTA_LOW, "health LIMITED"
    elif body.get("quality_rating") == "RED":
        yield Cause.QUOTA_LOW, "quality RED"


def _entities(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    health = body.get("health_status")
    entities = health.get("entities") if isinstance(health, dict) else None
    if isinstance(entities, list):
        yield from (each for each in entities if isinstance(each, dict))


def _codes(entity: Mapping[str, Any]) -> Iterator[object]:
    errors = entity.get("errors")
    if isinstance(errors, list):
        yield from (each.get("error_code") for each in errors if isinstance(each, dict))


def _is_account(entity: Mapping[str, Any]) -> bool:
    name = entity.get("id")
    known = isinstance(name, str) and _ID.fullmatch(name) is not None
    return entity.get("entity_type") == "WABA" and known


def _fitness(listed: Response, account: Account) -> tuple[Cause | None, str]:
    """Return what is wrong with the template; what cannot be read is not held against it."""
    data = listed.object().get("data") if good(listed) else None
    if not isinstance(data, list):
        return None, f"{said(listed)} on the template"
    name, language = account.setting("template"), _language(account)
    ours = [
        str(each.get("status"))
        for each in data
        if isinstance(each, dict) and (each.get("name"), each.get("language")) == (name, language)
    ]
    if not ours:
        return Cause.BAD_CONFIGURATION, "no template of this name and language"
    if _FIT in ours:
        return None, f"{said(listed)}, template {_FIT}"
    why = f"template {ours[0]}" if ours[0] in _STATUS else "template not approved"
    return Cause.PERMISSION_MISSING, why


def _language(account: Account) -> str:
    return account.setting("template_language", "de")
