"""What can be seen of us on Mastodon, and what our token may do."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.mastodon import answers, statuses
from sentinel.wire import Request, Response, Steps, ask

_MAY_POST = frozenset({"write", "write:statuses"})
_MAY_ASK = frozenset({"profile", "read", "read:accounts"})
_WALLS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def request(account: Account, path: str, **params: str) -> Request:
    """Return a question for the API, asked as ourselves."""
    return Request(
        method="GET",
        url=f"{account.base_url}{path}",
        headers={"Authorization": f"Bearer {account.credentials.get('access_token', '')}"},
        params=params,
    )


def get(account: Account, path: str, **params: str) -> Steps[Response]:
    """Ask the API as ourselves."""
    return (yield from ask(request(account, path, **params)))


def scopes_of(answer: Response) -> frozenset[str] | None:
    """Return the scopes of the token; None: the server (before 4.3) does not list them."""
    scopes = answer.object().get("scopes")
    if not isinstance(scopes, list):
        return None
    return frozenset(scope for scope in scopes if isinstance(scope, str))


def app(account: Account) -> Steps[Response]:
    """Ask what our token may do: the one question that any living token may ask."""
    return (yield from get(account, "/api/v1/apps/verify_credentials"))


def why_forbidden(answer: Response) -> Cause:
    """Return what a 403 is about, by the answer to `app`: the token, its scopes, or the account."""
    if not answers.good(answer):
        cause = answers.judge(answer).cause
        return cause if cause in CREDENTIAL else Cause.PERMISSION_MISSING
    scopes = scopes_of(answer)
    if scopes is not None and not scopes & _MAY_POST:
        return Cause.PERMISSION_MISSING
    return Cause.ACCOUNT_LOCKED


def credentials(account: Account) -> Steps[Report]:
    """Ask who we are and what the token may do; each is the other's second call."""
    path = "/api/v1/accounts/verify_credentials"
    answer = yield from get(account, path)
    told = yield from app(account)
    seen = answers.finding(Ability.PUBLISH, request(account, path), answer)
    if seen.cause in CREDENTIAL:
        agreed = not answers.good(told) and answers.judge(told).cause in CREDENTIAL
        return _told(replace(seen, confirmed=agreed))
    scopes = scopes_of(told) if answers.good(told) else None
    if scopes is not None and not scopes & _MAY_POST:
        why = "the token lacks write:statuses"
        return _told(replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why, until=None))
    if answers.spoken(answer) and not answers.succeeded(answer):
        return _told(_not_known(seen, answer, told, scopes))
    if seen.cause is None and not statuses.id_of(answer.json()):
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT, evidence="no id in the answer"))
    return _told(seen)


def _not_known(
    seen: Finding, answer: Response, told: Response, scopes: frozenset[str] | None
) -> Finding:
    """Return what it means that the server would not say who we are."""
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:  # a token that belongs to no user
        return replace(seen, cause=Cause.PERMISSION_MISSING)
    if answer.status != HTTPStatus.FORBIDDEN:
        return seen
    if scopes is not None and not scopes & _MAY_ASK:
        return replace(seen, cause=None, evidence="may post, may not ask who it is")
    return replace(seen, cause=why_forbidden(told))


def may_post(account: Account) -> Steps[Report]:
    """Ask whether the token may post. Nothing is posted, not even something invalid.

    A server before 4.3 does not list scopes: then the answer proves nothing.
    """
    answer = yield from app(account)
    asked = request(account, "/api/v1/apps/verify_credentials")
    seen = answers.finding(Ability.PUBLISH, asked, answer)
    scopes = scopes_of(answer)
    if seen.cause is None and scopes is None:
        seen = replace(seen, proves=False, evidence="scopes not listed")
    elif seen.cause is None and not (scopes or frozenset()) & _MAY_POST:
        why = "the token lacks write:statuses"
        seen = replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)
    return _told(seen)


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` with our token, or without one our timeline's start."""
    if last is None:
        asked = request(account, "/api/v1/accounts/verify_credentials")
        answer = yield from ask(asked)
        who = statuses.id_of(answer.json()) if answers.good(answer) else ""
        if who:
            asked = request(account, f"/api/v1/accounts/{who}/statuses", limit="1")
            answer = yield from ask(asked)
        seen = answers.finding(Ability.READ_BACK, asked, answer)
        return _told(seen if who or seen.cause else replace(seen, cause=Cause.PLATFORM_FAULT))
    asked = request(account, f"/api/v1/statuses/{last.receipt.post_id}")
    answer = yield from ask(asked)
    seen = answers.finding(Ability.READ_BACK, asked, answer)
    if answers.spoken(answer) and answer.status == HTTPStatus.NOT_FOUND:
        return _told(replace(seen, cause=Cause.NOT_VISIBLE))
    if seen.cause is not None:
        return _told(seen)
    shown, also = answer.object(), []
    if statuses.hidden(shown, last.rendered):
        fewer = replace(seen, ability=Ability.PUBLIC, evidence="less visible than asked for")
        also.append(replace(fewer, cause=Cause.READER_RESTRICTED))
    if statuses.cut(shown, last.rendered):
        why = "live text differs from sent"
        also.append(replace(seen, cause=Cause.TRUNCATED, evidence=why))
    return _told(seen, *also)


def as_citizen(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` without login. Without a post the instance is asked, which proves little."""
    where = account.public_url or account.base_url
    path = f"/api/v1/statuses/{last.receipt.post_id}" if last else "/api/v2/instance"
    asked = Request(method="GET", url=f"{where}{path}", anonymous=True)
    answer = yield from ask(asked)
    seen = replace(
        answers.finding(Ability.PUBLIC, asked, answer), proves=last is not None, confirmed=True
    )
    json = answers.spoken(answer)
    if answers.good(answer):
        if last and statuses.hidden(answer.object(), last.rendered):
            seen = replace(
                seen, cause=Cause.READER_RESTRICTED, evidence="less visible than asked for"
            )
    elif answers.succeeded(answer) or (json and answer.status in _WALLS):
        seen = replace(seen, cause=Cause.READER_RESTRICTED)
    elif last and json and answer.status == HTTPStatus.NOT_FOUND:
        seen = replace(seen, cause=Cause.NOT_VISIBLE)
    return _told(seen)


def listen(account: Account) -> Steps[Report]:
    """Read the latest notification."""
    asked = request(account, "/api/v1/notifications", limit="1")
    answer = yield from ask(asked)
    return _told(answers.finding(Ability.LISTEN, asked, answer))


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)


def status_page(account: Account) -> Steps[str | None]:
    """Return where the server says that its status page is (`configuration.urls.status`)."""
    answer = yield from ask(
        Request(method="GET", url=f"{account.base_url}/api/v2/instance", anonymous=True)
    )
    configuration = answer.object().get("configuration")
    urls = configuration.get("urls") if isinstance(configuration, dict) else None
    page = urls.get("status") if isinstance(urls, dict) else None
    return page if isinstance(page, str) and page else None
