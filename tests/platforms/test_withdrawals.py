"""Taking a live post down, platform by platform: what counts as gone, and what does not."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published, platforms
from sentinel.wire import Lost, RenewalFailed, Request
from tests.platforms.talk import Answer, account, draft, lost, page, said, talk

X = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"api_key": "k", "api_secret": "ks", "access_token": "t", "access_secret": "ts"},
)
BEARER = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"client_id": "c", "client_secret": "cs", "refresh_token": "r"},
    session={"access_token": "old", "refresh_token": "r1"},
)
THREADS = account("https://graph.threads.net", "https://x.example", {"access_token": "t"})
MASTODON = account("https://social.example", "https://social.example", {"access_token": "t"})
BLUESKY = account(
    "https://pds.example",
    "https://public.api.bsky.app",
    {"identifier": "stadt.example", "app_password": "p"},
    session={"accessJwt": "a", "refreshJwt": "r", "did": "did:plc:abc"},
)
CITY = {"x": X, "threads": THREADS, "mastodon": MASTODON, "bluesky": BLUESKY}
POST = {"id": "190", "text": "Bombe"}
MISSING = {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}]}
NO_SUCH = {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported request"}}


def withdraw(platform: str, *answers: Answer, who: Account | None = None) -> WithdrawResult:
    return withdrawing(platform, *answers, who=who)[0]


def withdrawing(
    platform: str, *answers: Answer, who: Account | None = None
) -> tuple[WithdrawResult, list[Request]]:
    owner = who or CITY[platform]
    rendered = platforms()[platform].render(draft(), owner)
    published = Published(receipt=Receipt(post_id="190"), rendered=rendered)
    held = talk(platforms()[platform].withdraw(owner, published), *answers)
    return held.value, held.requests


@pytest.mark.parametrize(
    ("platform", "address", "answer"),
    [
        ("x", "https://api.x.com/2/tweets/190", said(200, {"data": {"deleted": True}})),
        ("threads", "https://graph.threads.net/v1.0/190", said(200, {"success": True})),
        ("mastodon", "https://social.example/api/v1/statuses/190", said(200, {"id": "190"})),
    ],
)
def test_a_post_is_deleted_by_its_id(platform: str, address: str, answer: Answer) -> None:
    result, requests = withdrawing(platform, answer)

    assert result == Withdrawn("HTTP 200")
    assert [(each.method, each.url) for each in requests] == [("DELETE", address)]
    assert not any(each.commits for each in requests)


def test_a_record_is_deleted_by_its_key() -> None:
    result, requests = withdrawing("bluesky", said(200, {"commit": {"cid": "b", "rev": "3l"}}))

    rendered = platforms()["bluesky"].render(draft(), BLUESKY)
    assert result == Withdrawn("HTTP 200")
    assert requests[0].url == "https://pds.example/xrpc/com.atproto.repo.deleteRecord"
    assert requests[0].json == {
        "repo": "did:plc:abc",
        "collection": "app.bsky.feed.post",
        "rkey": rendered.key,
    }


@pytest.mark.parametrize(
    ("platform", "answers"),
    [
        ("x", [said(404, {"status": 404}), said(200, MISSING)]),
        ("x", [said(200, {"data": {"deleted": False}}), said(404, {"status": 404})]),
        ("x", [said(200, MISSING), said(200, MISSING)]),
        ("threads", [said(400, NO_SUCH), said(400, NO_SUCH)]),
        ("threads", [said(200, {"success": False}), said(400, NO_SUCH)]),
        ("mastodon", [said(404, {"error": "Record not found"})] * 2),
        ("mastodon", [said(410, {"error": "Gone"})] * 2),
        ("bluesky", [said(200, {})]),
        ("bluesky", [said(400, {"error": "RecordNotFound"})]),
    ],
)
def test_what_is_gone_already_counts_as_withdrawn(platform: str, answers: list[Answer]) -> None:
    assert isinstance(withdraw(platform, *answers), Withdrawn)


@pytest.mark.parametrize(
    ("platform", "answers", "cause"),
    [
        ("x", [said(404, {}), said(200, {"data": POST})], Cause.PLATFORM_FAULT),
        ("x", [said(404, {}), page(502)], Cause.PLATFORM_FAULT),
        ("threads", [said(400, NO_SUCH), said(200, POST)], Cause.PERMISSION_MISSING),
        ("mastodon", [said(404, {}), said(200, {"id": "190"})], Cause.PERMISSION_MISSING),
        ("mastodon", [said(404, {}), page(503)], Cause.PLATFORM_FAULT),
    ],
)
def test_one_not_found_is_not_believed_while_reading_says_otherwise(
    platform: str, answers: list[Answer], cause: Cause
) -> None:
    result = withdraw(platform, *answers)

    assert isinstance(result, StillThere)
    assert result.cause is cause


@pytest.mark.parametrize(
    ("platform", "answer", "cause"),
    [
        ("x", said(401, {"status": 401}), Cause.CREDENTIAL_REJECTED),
        ("x", said(403, {"errors": [{"code": 326}]}), Cause.ACCOUNT_LOCKED),
        ("x", said(429, {}, x_rate_limit_limit="50"), Cause.RATE_LIMITED),
        ("x", said(402, {"type": "a/credits-depleted"}), Cause.PAYMENT_REQUIRED),
        ("x", page(403), Cause.PLATFORM_FAULT),
        ("threads", said(400, {"error": {"code": 10}}), Cause.PERMISSION_MISSING),
        ("threads", said(400, {"error": {"code": 190}}), Cause.CREDENTIAL_REJECTED),
        ("threads", said(500, {"error": {"code": 2}}), Cause.PLATFORM_FAULT),
        ("mastodon", said(401, {"error": "x"}), Cause.CREDENTIAL_REJECTED),
        ("mastodon", said(429, {"error": "x"}), Cause.RATE_LIMITED),
        ("mastodon", page(404), Cause.PLATFORM_FAULT),
        ("bluesky", said(401, {"error": "AccountTakedown"}), Cause.ACCOUNT_LOCKED),
        ("bluesky", said(400, {"error": "InvalidRequest"}), Cause.PLATFORM_FAULT),
        ("bluesky", page(404), Cause.PLATFORM_FAULT),
    ],
)
def test_a_refusal_leaves_it_standing_and_says_why(
    platform: str, answer: Answer, cause: Cause
) -> None:
    result = withdraw(platform, answer)

    assert isinstance(result, StillThere)
    assert result.cause is cause


def test_a_bearer_is_renewed_once_and_a_refused_renewal_leaves_it_standing() -> None:
    stale = said(401, {"status": 401})
    renewed = withdraw(
        "x", stale, {"access_token": "new"}, said(200, {"data": {"deleted": True}}), who=BEARER
    )
    refused = withdraw("x", stale, RenewalFailed(Cause.CREDENTIAL_REJECTED, "HTTP 400"), who=BEARER)

    assert isinstance(renewed, Withdrawn)
    assert refused == StillThere(Cause.CREDENTIAL_REJECTED, "HTTP 400")


@pytest.mark.parametrize("platform", CITY)
def test_a_lost_answer_is_not_taken_for_one(platform: str) -> None:
    with pytest.raises(Lost):
        withdraw(platform, lost())


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_the_bucket_of_deletions_says_nothing_about_posts(platform: str) -> None:
    headers = {"x-rate-limit-limit": "50", "x-ratelimit-limit": "30", "x-rate-limit-remaining": "0"}
    answer = said(200, {}, **headers)

    deletion = Request(method="DELETE", url="https://a.example/2/tweets/190")

    assert platforms()[platform].windows(deletion, answer) == ()


def test_a_mail_is_opened_with_subject_and_text_and_names_no_recipient() -> None:
    email = platforms()["email"]
    owner = account(
        "smtp://mail.example:587",
        "",
        {},
        **{"from": "a@stadt.example", "to": ("presse@stadt.example",)},
    )
    rendered = email.render(draft(headline="Straße & Brücke gesperrt"), owner)

    link = email.compose_link(owner, rendered)

    assert link is not None
    fields = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == ""
    assert fields["subject"] == ["Straße & Brücke gesperrt"]
    assert "Bitte verlassen Sie das Gebiet.\r\n" in fields["body"][0]
    assert "presse@" not in link


def test_these_are_the_pages_on_which_a_person_finds_the_text() -> None:
    links = {
        name: platforms()[name].compose_link(owner, platforms()[name].render(draft(), owner))
        for name, owner in CITY.items()
    }

    assert {name: str(link).partition("?")[0] for name, link in links.items()} == {
        "x": "https://x.com/intent/tweet",
        "threads": "https://www.threads.net/intent/post",
        "mastodon": "https://social.example/share",
        "bluesky": "https://bsky.app/intent/compose",
    }
