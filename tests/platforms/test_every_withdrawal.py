"""What every platform promises of taking a post down, and of posting it by hand."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, StillThere, Withdrawn
from sentinel.platforms import Draft, Platform, Published, platforms
from sentinel.wire import FileAnswer, Response
from tests.platforms.meeting import WARNING, accounts, hold
from tests.platforms.member import BIRD
from tests.platforms.members import members
from tests.platforms.nonsense import GENEROUS, Bundle, drafts, scripts
from tests.platforms.talk import NOON_DATE

every_platform = pytest.mark.parametrize("platform", platforms().values(), ids=platforms().keys())
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RECEIPTS = ("170", "at://did:plc:a/app.bsky.feed.post/3l", "../../users/me", "")
PAGE = b"<html>Sorry</html>"


def live(platform: Platform, post_id: str) -> Published:
    """The warning, live under this id."""
    rendered = platform.render(WARNING, next(accounts(platform)))
    return Published(receipt=Receipt(post_id=post_id), rendered=rendered)


@every_platform
@given(script=scripts)
@modest
def test_whatever_the_server_says_a_withdrawal_ends_in_words_of_ours(
    platform: Platform, script: list[Bundle]
) -> None:
    for account in accounts(platform):
        for post_id in RECEIPTS:
            steps = platform.withdraw(account, live(platform, post_id))
            if steps is None:
                continue

            ended = hold(platform, steps, script)

            assert isinstance(ended.value, Withdrawn | StillThere) or ended.lost
            assert BIRD not in repr(ended.value)


@every_platform
@pytest.mark.parametrize("status", [302, 400, 401, 403, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [b"{}", PAGE], ids=["json", "page"])
def test_an_answer_that_does_not_say_gone_leaves_the_post_standing(
    platform: Platform, status: int, body: bytes
) -> None:
    refusal = Response(status=status, headers={"date": NOON_DATE}, body=body)
    script = [replace(GENEROUS, http=refusal, meant=None, file=FileAnswer(error="EROFS"))]

    for account in accounts(platform):
        steps = platform.withdraw(account, live(platform, "170"))
        value = hold(platform, steps, script).value if steps else StillThere(Cause.PLATFORM_FAULT)

        assert isinstance(value, StillThere)


@every_platform
def test_a_page_that_says_not_found_is_something_before_the_platform(platform: Platform) -> None:
    before = Response(status=404, headers={"date": NOON_DATE}, body=PAGE)
    script = [replace(GENEROUS, http=before, meant=None, file=FileAnswer(error="EROFS"))]

    for account in accounts(platform):
        steps = platform.withdraw(account, live(platform, "170"))

        assert steps is None or isinstance(hold(platform, steps, script).value, StillThere)


@every_platform
@given(message=drafts)
@modest
def test_whoever_posts_by_hand_finds_the_text_whole(platform: Platform, message: Draft) -> None:
    for account in accounts(platform):
        rendered = platform.render(message, account)
        link = platform.compose_link(account, rendered)
        if link is None:
            continue

        parts = urlsplit(link)
        fields = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
        text = fields["body" if parts.scheme in {"mailto", "sms"} else "text"][0]

        assert link.isascii()
        assert parts.fragment == ""
        assert "s3cret" not in link
        assert text.replace("\r\n", "\n") == rendered.text.replace("\r\n", "\n")
        assert "+" not in link  # some read it as a blank, some as itself


@every_platform
def test_it_can_take_a_post_down_or_its_member_says_that_it_cannot(platform: Platform) -> None:
    able = platform.withdraw(next(accounts(platform)), live(platform, "170")) is not None

    assert able == members()[platform.name].takes_down
