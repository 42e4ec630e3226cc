"""The questions that Threads is asked beside those about its posts."""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.platforms import Account
from sentinel.platforms.threads.answers import GRAPH
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.graph_account import token_of
from sentinel.wire.graph_posts import Posts

_STATES = frozenset({"IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"})


def posts_of(account: Account) -> Posts:
    """Return the account's posts."""
    return Posts(
        graph=GRAPH,
        base=f"{account.base_url}/v1.0",
        token=token_of(account.session, account.credentials),
        listing=f"{user(account)}/threads",
        text="text",
        link="permalink",
        time="timestamp",
    )


def post(
    account: Account, path: str, form: Mapping[str, str], *, commits: bool = False
) -> Steps[Response]:
    """Tell the API to do something."""
    url = f"{account.base_url}/v1.0/{path}"
    bearer = {"Authorization": f"Bearer {token_of(account.session, account.credentials)}"}
    request = Request(method="POST", url=url, headers=bearer, form=form, commits=commits)
    return (yield from ask(request))


def user(account: Account) -> str:
    """Return the path segment of the account: its id, or `me`."""
    return account.setting("user_id", "me")


def new_container(account: Account, text: str) -> Steps[Response]:
    """Make a container: a draft that nobody sees and that dies after 24 hours."""
    form = {"media_type": "TEXT", "text": text}
    return (yield from post(account, f"{user(account)}/threads", form))


def state_of(account: Account, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state (empty if Threads does not say) and the answer."""
    answer = yield from posts_of(account).get(container, fields="id,status,error_message")
    state = answer.object().get("status")
    return (state if isinstance(state, str) and state in _STATES else ""), answer
