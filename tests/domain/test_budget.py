"""Whose budget a limit is: the account's own, or an app's that several accounts share."""

from sentinel.domain.budget import app_of, budget_key, sharers
from sentinel.domain.observation import Owner
from sentinel.domain.rules import Channel
from sentinel.domain.secret import SecretKind, SecretRef


def channel(name: str, app: str | None = None, kind: SecretKind = SecretKind.ENV) -> Channel:
    credentials = {"access_token": SecretRef(SecretKind.ENV, f"{name}_TOKEN")}
    if app is not None:
        credentials["api_key"] = SecretRef(kind, app)
    return Channel(
        name=name, platform="x", operator="x", account=f"x/{name}", credentials=credentials
    )


CHANNELS = {
    "stadt": channel("stadt", "X_APP"),
    "feuerwehr": channel("feuerwehr", "X_APP"),
    "museum": channel("museum", "X_MUSEUM_APP"),
    "zoo": channel("zoo"),
}


def test_accounts_that_post_through_one_app_share_its_limits() -> None:
    assert sharers("stadt", CHANNELS, Owner.APP) == ("stadt", "feuerwehr")
    assert sharers("museum", CHANNELS, Owner.APP) == ("museum",)


def test_an_accounts_own_limit_is_shared_with_nobody() -> None:
    assert sharers("stadt", CHANNELS, Owner.ACCOUNT) == ("stadt",)
    assert budget_key(CHANNELS["stadt"], Owner.ACCOUNT) == "x/stadt"


def test_where_the_rules_name_no_app_the_account_stands_for_it() -> None:
    assert app_of(CHANNELS["zoo"]) is None
    assert budget_key(CHANNELS["zoo"], Owner.APP) == "x/zoo"


def test_the_name_of_an_app_gives_no_secret_away() -> None:
    literal = channel("stadt", "0123456789", SecretKind.LITERAL)

    assert "0123456789" not in budget_key(literal, Owner.APP)
    assert app_of(literal) != app_of(CHANNELS["stadt"])


def test_accounts_with_one_name_at_two_operators_share_nothing() -> None:
    other = channel("stadt", "X_APP")
    elsewhere = Channel(
        name="b", platform="x", operator="y", account="b", credentials=other.credentials
    )

    assert app_of(other) != app_of(elsewhere)
