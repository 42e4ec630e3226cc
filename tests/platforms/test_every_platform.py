"""What every file in sentinel/platforms/ promises; a new one is tested here unasked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    ProvenAbsent,
    Receipt,
    Refused,
    Throttled,
    Unclear,
)
from sentinel.domain.observation import Report
from sentinel.platforms import MATURITY, Draft, Platform, Published, Session, platforms
from sentinel.wire import (
    Request,
    Response,
)
from tests.platforms.meeting import (
    WARNING,
    accounts,
    bare,
    checks,
    hold,
    outcome,
    publishing,
    usable,
)
from tests.platforms.member import BIRD
from tests.platforms.members import members
from tests.platforms.nonsense import (
    GENEROUS,
    Bundle,
    drafts,
    memories,
    responses,
    scripts,
)
from tests.platforms.talk import NOON, commits

DOCS = Path(__file__).parents[2] / "docs" / "platforms.md"
OUTCOMES = (Accepted, Throttled, Failed, Refused, Unclear)
PROBES = {
    *("reachability", "credentials", "quota", "write_path", "read_back"),
    *("visibility", "listening", "status_page"),
}

every_platform = pytest.mark.parametrize("platform", platforms().values(), ids=platforms().keys())
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@every_platform
def test_it_has_a_row_in_the_docs_that_tells_its_limit(platform: Platform) -> None:
    row = re.search(rf"^\| `{platform.name}` \|.*$", DOCS.read_text(), re.MULTILINE)

    assert row is not None
    assert f"| {platform.facts.text_limit} {platform.facts.unit} |" in row[0]
    assert f"| {platform.facts.operator} |" in row[0]


def test_the_table_in_the_docs_is_what_the_files_declare() -> None:
    told = subprocess.run(
        [sys.executable, "scripts/platforms.py"],
        cwd=DOCS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (told.returncode, told.stderr) == (0, "")


@every_platform
def test_it_has_a_page_that_says_how_to_get_its_credentials(platform: Platform) -> None:
    page = (DOCS.parent / "platforms" / f"{platform.name}.md").read_text()

    for heading in ("Getting the credentials", "Keys", "How a text is counted"):
        assert f"## {heading}\n" in page
    for name in platform.facts.settings:
        assert f"`{name}`" in page


@every_platform
def test_what_a_finished_platform_does_is_done_or_it_says_why_not(platform: Platform) -> None:
    facts = platform.facts
    done = {
        "posts": not facts.by_hand,
        "reads_back": Ability.READ_BACK in facts.abilities,
        "drops_copies": facts.key_drops_copies != "no",
        "rate_limit_read": has(platform, "windows") or has(platform, "read_quota"),
        "rehearses": has(platform, "rehearse"),
    }

    assert set(done) == set(MATURITY)
    assert {name for name, reached in done.items() if not reached} <= set(facts.exempt)
    assert set(facts.exempt) <= set(MATURITY)
    assert all(facts.exempt.values())
    assert all(facts.to_confirm)


def has(platform: Platform, conversation: str) -> bool:
    return getattr(type(platform), conversation) is not getattr(Platform, conversation)


@every_platform
def test_it_has_a_test_of_its_own(platform: Platform) -> None:
    assert Path(__file__).with_name(f"test_{platform.name}.py").exists()


def test_every_platform_is_a_member_of_the_suites_and_no_other() -> None:
    assert set(members()) == set(platforms())


@every_platform
def test_its_facts_are_complete(platform: Platform) -> None:
    facts = platform.facts
    credentials = frozenset[str]().union(*facts.credential_sets, facts.optional_credentials)

    assert facts.operator
    assert facts.text_limit > 0
    assert facts.unit
    assert Ability.PUBLISH in facts.abilities
    assert facts.credential_sets
    assert facts.identity
    assert set(facts.identity) <= set(facts.settings) | credentials
    assert facts.publish_within.total_seconds() > 0
    assert facts.refresh_before is None or has(platform, "refresh_credentials")
    assert set(facts.probe_every) <= PROBES
    assert set(facts.probe_urls) <= {"base", "public"}
    assert facts.key_drops_copies in {"yes", "shown", "no"}
    assert facts.drops_copies_why
    assert all(page.startswith("https://") for page in facts.status_pages)
    assert all(url is None or url[-1] != "/" for url in (facts.base_url, facts.public_url))
    for setting in facts.settings.values():
        assert setting.kind in {"text", "url", "path", "list", "choice", "duration"}
        assert (setting.kind == "choice") == bool(setting.choices)
        assert setting.default in {None, *setting.choices} or setting.kind != "choice"
    for quota in facts.quotas:
        assert quota.name in {"posts", "replies", "reads", "calls"}
        assert quota.limit > 0


@every_platform
@given(message=drafts)
@modest
def test_what_it_renders_is_never_too_long_and_always_the_same(
    platform: Platform, message: Draft
) -> None:
    for account in accounts(platform):
        rendered = platform.render(message, account)

        assert rendered.length == platform.length(rendered.text)
        assert rendered.length <= rendered.limit <= platform.facts.text_limit
        assert rendered.key
        assert rendered.text.encode()
        assert json.loads(json.dumps(rendered.payload)) == rendered.payload
        assert rendered == platform.render(message, account)
        assert rendered == platform.render(message, replace(account, credentials={}))


@every_platform
def test_a_second_attempt_sends_the_same_bytes(platform: Platform) -> None:
    for account in accounts(platform):
        rendered = platform.render(WARNING, account)

        first = hold(platform, platform.publish(account, rendered, {}), [GENEROUS])
        second = hold(platform, platform.publish(account, rendered, {}), [GENEROUS])

        assert [bare(step) for step in first.steps] == [bare(step) for step in second.steps]


@every_platform
def test_the_step_that_commits_is_marked(platform: Platform) -> None:
    for account in usable(platform):
        ended = hold(platform, publishing(platform, account), [GENEROUS])

        assert any(commits(step) for step in ended.steps)


@every_platform
def test_a_loss_where_it_commits_leaves_it_open(platform: Platform) -> None:
    for account in usable(platform):
        steps = hold(platform, publishing(platform, account), [GENEROUS]).steps
        moments = [number for number, step in enumerate(steps) if commits(step)]

        for moment in moments:
            ended = hold(platform, publishing(platform, account), [GENEROUS], lose=moment)

            assert isinstance(outcome(ended), Unclear | Accepted)


@every_platform
@given(script=scripts, memory=memories)
@modest
def test_whatever_the_server_says_a_post_and_a_look_up_end_in_words_of_ours(
    platform: Platform, script: list[Bundle], memory: Mapping[str, str]
) -> None:
    for account in accounts(platform):
        rendered = platform.render(WARNING, account)

        posted = hold(platform, platform.publish(account, rendered, memory), script)
        looked = hold(platform, platform.find(account, rendered, memory, NOON), script)

        what = outcome(posted)
        assert isinstance(what, OUTCOMES)
        assert BIRD not in repr(what)
        if isinstance(what, Accepted):
            assert what.receipt.post_id
            assert re.match(r"https?://", what.receipt.permalink or "https://")
            assert memory or any(commits(step) for step in posted.steps)
        if any(commits(step) for step in posted.steps) and posted.lost:
            assert isinstance(what, Unclear)
        assert looked.lost or isinstance(looked.value, Found | ProvenAbsent | NotSeen)
        assert BIRD not in repr(looked.value)
        assert not any(commits(step) for step in looked.steps)


@every_platform
@given(script=scripts, posted=st.booleans(), receipt=st.sampled_from(["170", "at://did:a/b/c"]))
@modest
def test_whatever_the_server_says_a_check_ends_in_a_report_and_posts_nothing(
    platform: Platform, script: list[Bundle], *, posted: bool, receipt: str
) -> None:
    for account in accounts(platform):
        rendered = platform.render(WARNING, account)
        link = "https://www.example.org/post/1"
        live = Published(receipt=Receipt(post_id=receipt, permalink=link), rendered=rendered)

        for name, steps in checks(platform, account, live if posted else None):
            ended = hold(platform, steps, script)

            assert isinstance(ended.value, Report) or ended.lost or ended.unrenewed, name
            assert BIRD not in repr(ended.value), name
            assert not any(commits(step) for step in ended.steps), name


@every_platform
@given(script=scripts)
@modest
def test_whatever_the_server_says_of_its_status_page_it_is_an_address_or_none(
    platform: Platform, script: list[Bundle]
) -> None:
    for account in accounts(platform):
        steps = platform.ask_status_page(account)
        if steps is None:
            continue

        ended = hold(platform, steps, script)

        assert isinstance(ended.value, str | None) or ended.lost
        assert BIRD not in repr(ended.steps)


@every_platform
@given(script=scripts)
@modest
def test_whatever_the_server_says_a_renewal_ends_in_a_session_or_a_refusal(
    platform: Platform, script: list[Bundle]
) -> None:
    for account in accounts(platform):
        steps = platform.refresh_credentials(account)
        if steps is None:
            continue

        ended = hold(platform, steps, script)

        if ended.value is not None:
            assert isinstance(ended.value, Session)
            assert ended.value.keep
            assert ended.value.expires_at is None or ended.value.expires_at.tzinfo is not None
        else:
            assert ended.lost or ended.unrenewed
        if ended.unrenewed:
            assert BIRD not in f"{ended.unrenewed}{ended.unrenewed.evidence}"
        assert not any(commits(step) for step in ended.steps)


@every_platform
@given(answer=responses)
@modest
def test_whatever_the_headers_say_the_windows_are_sound(
    platform: Platform, answer: Response
) -> None:
    for method in ("GET", "POST"):
        for window in platform.windows(Request(method=method, url="https://a.example/b"), answer):
            assert window.name.partition("/")[0] in {"posts", "replies", "reads", "calls"}
            assert window.limit >= 0
            assert window.remaining is None or window.remaining >= 0
            assert window.resets_at is None or window.resets_at.tzinfo is not None


@every_platform
def test_a_citizen_shows_no_credential(platform: Platform) -> None:
    for account in accounts(platform):
        rendered = platform.render(WARNING, account)
        receipt = Receipt(post_id="170", permalink="https://www.example.org/post/1")
        steps = platform.see_as_citizen(account, Published(receipt=receipt, rendered=rendered))
        if steps is None:
            continue

        requests = [
            step for step in hold(platform, steps, [GENEROUS]).steps if isinstance(step, Request)
        ]

        assert any(request.anonymous for request in requests)
        for request in requests:
            shown = f"{request.url}{request.headers}{request.params}{request.form}{request.json}"
            assert not request.anonymous or "s3cret" not in shown
