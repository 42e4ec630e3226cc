"""What the bot may do, and what can be seen of its channel."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.telegram import answers, pages
from sentinel.wire import Request, Response, Steps, ask

_MAY_POST = frozenset({"creator", "administrator", "member"})


def chat_of(account: Account) -> str:
    """Return the chat as the Bot API wants it: a number, or a name after `@`."""
    chat = account.setting("chat")
    return f"@{chat}" if pages.name_of(chat) and not chat.startswith("@") else chat


def request(account: Account, method: str, **fields: object) -> Request:
    """Return a call of the Bot API. Its address holds the token: it is never written down."""
    token = quote(account.credentials.get("bot_token", ""), safe=":")
    return Request(method="POST", url=f"{account.base_url}/bot{token}/{method}", json=fields)


def call(account: Account, method: str, **fields: object) -> Steps[Response]:
    """Call the Bot API."""
    return (yield from ask(request(account, method, **fields)))


def public_name(account: Account) -> Steps[str]:
    """Return the channel's public name; empty if it is private, or cannot be asked for."""
    if name := pages.name_of(account.setting("chat")):
        return name
    answer = yield from call(account, "getChat", chat_id=chat_of(account))
    return pages.name_of(answers.result(answer).get("username", ""))


def credentials(account: Account) -> Steps[Report]:
    """Ask who the bot is, and whether it finds its chat; each is the other's second call."""
    me = yield from call(account, "getMe")
    seen = answers.finding(Ability.PUBLISH, me)
    chat = yield from call(account, "getChat", chat_id=chat_of(account))
    if seen.cause in CREDENTIAL:
        agreed = not answers.good(chat) and answers.judge(chat).cause in CREDENTIAL
        return _told(replace(seen, confirmed=agreed))
    if seen.cause is None and _number(me) is None:
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT, evidence="no id in the answer"))
    if seen.cause is None and not answers.good(chat):
        return _told(answers.finding(Ability.PUBLISH, chat))
    return _told(seen)


def may_post(account: Account) -> Steps[Report]:
    """Send a message without text, which can become no post, and ask for the bot's rights."""
    answer = yield from call(account, "sendMessage", chat_id=chat_of(account), text="")
    seen = answers.finding(Ability.PUBLISH, answer)
    if not answers.describes(answer, answers.EMPTY):
        odd = seen.cause is None
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT) if odd else seen)
    me = yield from call(account, "getMe")
    who = _number(me)
    if who is None:
        seen = answers.finding(Ability.PUBLISH, me)
        return _told(seen if seen.cause else replace(seen, cause=Cause.PLATFORM_FAULT))
    rights = yield from call(account, "getChatMember", chat_id=chat_of(account), user_id=who)
    return _told(_rights(rights))


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` where it can be read at all: on its public page."""
    name, number = (yield from public_name(account)), pages.number_of(last)
    if not name:
        why = "a private chat: a bot cannot read it back"
        return _told(Finding(ability=Ability.READ_BACK, evidence=why, proves=False))
    if last is None or number is None:
        page = yield from pages.listing(account, name)
        seen = _of(Ability.READ_BACK, page)
        return _told(replace(seen, proves=bool(pages.shown(page, name))))
    page = yield from pages.post(account, name, number)
    seen, text = _of(Ability.READ_BACK, page), pages.shown(page, name).get(number)
    if text is not None:
        if pages.same(text, last.rendered):
            return _told(seen)
        why = "live text differs from sent"
        return _told(seen, replace(seen, cause=Cause.TRUNCATED, evidence=why))
    if seen.cause is None:
        cause = Cause.NOT_VISIBLE if pages.missing(page) else Cause.PLATFORM_FAULT
        seen = replace(seen, cause=cause)
    return _told(seen)


def as_citizen(account: Account, last: Published | None) -> Steps[Report]:
    """Look at the channel's preview, and for `last` in it."""
    name = yield from public_name(account)
    if not name:
        why = "the chat is private"
        restricted = Cause.READER_RESTRICTED
        return _told(Finding(ability=Ability.PUBLIC, cause=restricted, evidence=why))
    page = yield from pages.listing(account, name)
    seen = replace(_of(Ability.PUBLIC, page), proves=last is not None)
    if seen.cause is not None:
        return _told(seen)
    if not pages.previews(page, name):
        why = "no preview without Telegram"
        return _told(replace(seen, cause=Cause.READER_RESTRICTED, evidence=why))
    number, posts = pages.number_of(last), pages.shown(page, name)
    if number is None or number in posts:
        return _told(seen)
    if posts and number < min(posts):  # further back than the list goes
        page = yield from pages.post(account, name, number)
        seen = _of(Ability.PUBLIC, page)
        if seen.cause is not None or number in pages.shown(page, name):
            return _told(seen)
    return _told(replace(seen, cause=Cause.NOT_VISIBLE))


def _rights(answer: Response) -> Finding:
    """Return what the bot's membership says of posting. Only channels know `can_post_messages`."""
    seen = answers.finding(Ability.PUBLISH, answer)
    if seen.cause is not None:
        return seen
    rights = answers.result(answer)
    status = rights.get("status")
    if not isinstance(status, str):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence="no status in the answer")
    may = status in _MAY_POST or (
        status == "restricted" and rights.get("can_send_messages") is True
    )
    if may and rights.get("can_post_messages") is not False:
        return seen
    why = "the bot may not post in the chat"
    return replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)


def _number(answer: Response) -> int | None:
    value = answers.result(answer).get("id")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _of(ability: Ability, page: Response) -> Finding:
    good = page.status == pages.OK and not answers.spoken(page)
    cause = None if good else Cause.PLATFORM_FAULT
    return Finding(ability=ability, cause=cause, evidence=pages.said(page))


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
