"""What `wordpress` promises, on a real WordPress: one post, whatever is lost, and seen by all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Rendered,
    Scope,
    Unclear,
    Withdrawn,
)
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Published
from sentinel.platforms.wordpress import PLATFORM
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Steps, outcome_of_loss
from tests.platforms.faced import losing
from tests.platforms.talk import causes, commits, draft
from tests.support.wordpress import PRETTY, WordPress

pytestmark = pytest.mark.timeout(600)  # the first test makes a site

T = TypeVar("T")
NUMBERS = count(1)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f0005000201a5f645400000000049454e44ae426082"
)


@dataclass(kw_only=True)
class Desk:
    """A user of the site, the way to it, and what a delivery remembers."""

    site: WordPress
    transport: Transport
    account: Account
    memory: dict[str, str] = field(default_factory=dict)

    async def publish(
        self, rendered: Rendered, wrap: Callable[[Steps[Outcome]], Steps[Outcome]] = lambda s: s
    ) -> Outcome:
        steps = wrap(PLATFORM.publish(self.account, rendered, dict(self.memory)))
        try:
            return await self.drive(steps)
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered) -> FindResult:
        began = datetime(2000, 1, 1, tzinfo=UTC)
        return await self.drive(PLATFORM.find(self.account, rendered, dict(self.memory), began))

    async def ask(self, steps: Steps[Report] | None) -> list[tuple[Ability, Cause | None]]:
        assert steps is not None
        return causes(await self.drive(steps))

    async def drive(self, steps: Steps[T]) -> T:
        async def remember(name: str, value: str) -> None:
            self.memory[name] = value

        return await self.transport.drive(
            steps, self.account, timeout_s=60.0, platform=PLATFORM, keep=remember
        )

    def as_user(self, name: str, password: str = "") -> None:
        given = {"user": name, "application_password": password or self.site.passwords[name]}
        self.account = replace(self.account, credentials=given)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    with WordPress(tmp_path_factory.mktemp("wordpress")) as running:
        running.permalinks(PRETTY)
        yield running


@pytest.fixture
async def desk(site: WordPress) -> AsyncIterator[Desk]:
    site.revive()
    site.empty()

    async def renewer(_: Account) -> dict[str, str]:
        raise AssertionError("nothing is renewed here")

    async with Transport(way=Way(), renewer=renewer, ledger=lambda *_: None) as transport:
        bare = Account(channel="kanal", base_url=site.url, public_url=site.url)
        desk = Desk(site=site, transport=transport, account=bare)
        desk.as_user("sentinel")
        yield desk


@pytest.mark.parametrize("structure", [PRETTY, ""], ids=["pretty", "plain"])
async def test_a_warning_is_on_the_site_as_it_was_rendered(desk: Desk, structure: str) -> None:
    desk.site.permalinks(structure)
    rendered = rendering('Deichbruch <Nord> & „Süd" [gallery] C:\\neu ⚠️', 'Er rief: "Raus!" :-) --')
    try:
        outcome = await desk.publish(rendered)
        assert isinstance(outcome, Accepted)
        live = Published(receipt=outcome.receipt, rendered=rendered)
        found = [
            *(await desk.ask(PLATFORM.read_own(desk.account, live))),
            *(await desk.ask(PLATFORM.see_as_citizen(desk.account, live))),
        ]
    finally:
        desk.site.permalinks(PRETTY)

    assert outcome.note is None
    assert found == [(Ability.READ_BACK, None), (Ability.PUBLIC, None)]
    assert [each["post_name"] for each in desk.site.posts()] == [rendered.key]


async def test_after_a_lost_answer_it_is_found_and_stands_there_once(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    outcome = await desk.publish(rendered, answer_lost)

    looked = await desk.find(rendered)
    again = await desk.publish(rendered)

    assert isinstance(outcome, Unclear)
    assert isinstance(looked, Found)
    assert looked.note is None
    assert isinstance(again, Accepted)
    assert again.receipt == looked.receipt
    assert len(desk.site.posts()) == 1
    assert desk.site.posts("draft") == []


async def test_a_draft_whose_number_was_lost_is_found_and_published_and_no_second_is_made(
    desk: Desk,
) -> None:
    rendered = rendering("Deichbruch")
    await desk.publish(rendered, losing)
    desk.memory = {"begun": "1"}  # the power went before the number was on disk

    looked = await desk.find(rendered)
    outcome = await desk.publish(rendered)

    assert looked == NotSeen("status draft", repeatable=True)
    assert isinstance(outcome, Accepted)
    assert len(desk.site.posts()) == 1
    assert desk.site.posts("draft") == []


async def test_what_was_never_written_is_proven_absent(desk: Desk) -> None:
    assert isinstance(await desk.find(rendering("Deichbruch")), ProvenAbsent)


async def test_a_post_at_another_address_is_still_ours(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    outcome = await desk.publish(rendered)
    assert isinstance(outcome, Accepted)
    number = outcome.receipt.post_id
    desk.site.php(f"wp_update_post(['ID' => {number}, 'post_name' => 'deich']);")
    desk.memory = {"begun": "1"}

    looked = await desk.find(rendered)

    assert isinstance(looked, Found)
    assert looked.receipt.post_id == number
    assert str(looked.receipt.permalink).endswith("/deich/")


async def test_a_draft_dated_ahead_of_the_servers_clock_is_noticed_and_published_now(
    desk: Desk,
) -> None:
    rendered = rendering("Deichbruch")
    await desk.publish(rendered, losing)
    number = desk.memory["post"]
    desk.site.php(
        "$when = gmdate('Y-m-d H:i:s', time() + 180);"
        f"wp_update_post(['ID' => {number}, 'post_date' => get_date_from_gmt($when),"
        "'post_date_gmt' => $when, 'edit_date' => true]);"
    )

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert "status publish" in outcome.evidence
    assert len(desk.site.posts()) == 1
    assert desk.site.posts("future") == []


async def test_what_a_plugin_schedules_again_and_again_is_never_called_published(
    desk: Desk,
) -> None:
    rendered = rendering("Deichbruch")
    with desk.site.plugin(
        "add_filter('wp_insert_post_data', function ($post) {"
        " if ($post['post_status'] === 'publish') $post['post_status'] = 'future';"
        " return $post; });"
    ):
        outcome = await desk.publish(rendered)
        looked = await desk.find(rendered)
    healed = await desk.publish(rendered)

    assert isinstance(outcome, Unclear)
    assert outcome.cause is Cause.NOT_VISIBLE
    assert looked == NotSeen("status future", repeatable=True)
    assert isinstance(healed, Accepted)
    assert len(desk.site.posts()) == 1


async def test_it_is_read_back_whole_until_a_person_has_it_taken_down(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    outcome = await desk.publish(rendered)
    assert isinstance(outcome, Accepted)
    live = Published(receipt=outcome.receipt, rendered=rendered)

    removed = await desk.drive(PLATFORM.withdraw(desk.account, live))
    again = await desk.drive(PLATFORM.withdraw(desk.account, live))
    looks = [
        *(await desk.ask(PLATFORM.read_own(desk.account, live))),
        *(await desk.ask(PLATFORM.see_as_citizen(desk.account, live))),
    ]
    known = await desk.find(rendered)
    desk.memory = {"begun": "1"}
    by_address = await desk.find(rendered)
    repeated = await desk.publish(rendered)

    assert isinstance(removed, Withdrawn)
    assert isinstance(again, Withdrawn)
    assert looks == [(Ability.READ_BACK, Cause.NOT_VISIBLE), (Ability.PUBLIC, Cause.NOT_VISIBLE)]
    for looked in (known, by_address):
        assert isinstance(looked, Found)
        assert looked.note is Cause.NOT_VISIBLE
    assert isinstance(repeated, Refused)
    assert repeated.scope is Scope.CONTENT
    assert desk.site.posts() == []


async def test_an_image_goes_with_it_and_says_what_it_shows(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "karte.png").write_bytes(PIXEL)
    picture, alt = str(tmp_path / "karte.png"), "Karte: gesperrt ist alles zwischen Fluss & Bahn"
    rendered = rendering("Deichbruch", image=picture, alt_text=alt)

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    number = outcome.receipt.post_id
    code = (
        f"$image = get_post_thumbnail_id({number});"
        "echo json_encode([get_post_meta($image, '_wp_attachment_image_alt', true),"
        "wp_get_post_parent_id($image)]);"
    )
    assert desk.site.php(code).startswith('["Karte: gesperrt ist alles zwischen Fluss')
    assert desk.site.php(code).endswith(f",{number}]")


async def test_it_stands_in_the_wanted_category_and_a_missing_one_holds_nothing_up(
    desk: Desk,
) -> None:
    desk.account = replace(desk.account, settings={"categories": ("warnungen", "gibt-es-nicht")})

    outcome = await desk.publish(rendering("Deichbruch"))

    assert isinstance(outcome, Accepted)
    code = f"echo json_encode(wp_get_post_categories({outcome.receipt.post_id}, "
    assert desk.site.php(f"{code}['fields' => 'slugs']));") == '["warnungen"]'


async def test_every_check_of_a_sound_account_is_good_and_leaves_nothing(desk: Desk) -> None:
    checks = [
        await desk.ask(PLATFORM.check_credentials(desk.account)),
        await desk.ask(PLATFORM.rehearse(desk.account)),
        await desk.ask(PLATFORM.read_own(desk.account, None)),
        await desk.ask(PLATFORM.see_as_citizen(desk.account, None)),
    ]

    assert [cause for found in checks for _, cause in found] == [None] * 4
    assert [desk.site.posts(status) for status in ("publish", "draft", "trash")] == [[], [], []]


async def test_a_wrong_password_is_rejected_and_confirmed_by_a_second_call(desk: Desk) -> None:
    desk.as_user("sentinel", "abcd efgh ijkl mnop qrst uvwx")

    outcome = await desk.publish(rendering("Deichbruch"))
    report = await desk.drive(PLATFORM.check_credentials(desk.account))
    rehearsed = await desk.ask(PLATFORM.rehearse(desk.account))

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401 rest_cannot_create")
    assert causes(report) == [(Ability.PUBLISH, Cause.CREDENTIAL_REJECTED)]
    assert report.findings[0].confirmed
    assert rehearsed == [(Ability.PUBLISH, Cause.CREDENTIAL_REJECTED)]


@pytest.mark.parametrize("remembered", ["the draft", "only that it was begun"])
async def test_a_password_that_dies_between_two_tries_is_not_laid_on_the_text(
    desk: Desk, remembered: str
) -> None:
    rendered = rendering("Deichbruch")
    await desk.publish(rendered, losing)
    if remembered != "the draft":
        desk.memory = {"begun": "1"}
    desk.as_user("sentinel", "abcd efgh ijkl mnop qrst uvwx")

    outcome = await desk.publish(rendered)
    looked = await desk.find(rendered)

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.scope) == (Cause.CREDENTIAL_REJECTED, Scope.CHANNEL)
    assert isinstance(looked, NotSeen)
    assert not looked.repeatable


async def test_whoever_may_only_write_drafts_is_told_so_beforehand(desk: Desk) -> None:
    desk.as_user("azubi")

    checked = await desk.ask(PLATFORM.check_credentials(desk.account))
    outcome = await desk.publish(rendering("Deichbruch"))

    assert checked == [(Ability.PUBLISH, Cause.PERMISSION_MISSING)]
    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.scope) == (Cause.PERMISSION_MISSING, Scope.CHANNEL)
    assert desk.site.posts() == []


async def test_a_site_in_maintenance_is_a_fault_of_the_site_and_of_nobodys_password(
    desk: Desk,
) -> None:
    rendered = rendering("Deichbruch")
    desk.site.maintain(under_way=True)
    try:
        outcome = await desk.publish(rendered)
        checked = await desk.ask(PLATFORM.check_credentials(desk.account))
        seen = await desk.ask(PLATFORM.see_as_citizen(desk.account, None))
    finally:
        desk.site.maintain(under_way=False)
    again = await desk.publish(rendered)

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.PLATFORM_FAULT
    assert checked == [(Ability.PUBLISH, Cause.PLATFORM_FAULT)]
    assert seen == [(Ability.PUBLIC, Cause.PLATFORM_FAULT)]
    assert isinstance(again, Accepted)
    assert len(desk.site.posts()) == 1


async def test_a_power_cut_at_the_site_costs_nothing_and_doubles_nothing(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    await desk.publish(rendered, losing)
    desk.site.kill()
    while_down = await desk.publish(rendered)
    desk.site.revive()

    outcome = await desk.publish(rendered)

    assert isinstance(while_down, Failed)
    assert isinstance(outcome, Accepted)
    assert len(desk.site.posts()) == 1


async def test_a_text_at_the_limit_stands_there_whole(desk: Desk) -> None:
    rendered = rendering("Deichbruch", "ä" * (20_000 - len("Deichbruch\n\n\n\nNr. 17")))

    outcome = await desk.publish(rendered)

    assert (rendered.length, rendered.cut) == (20_000, ())
    assert isinstance(outcome, Accepted)
    assert outcome.note is None


def answer_lost(steps: Steps[Outcome]) -> Steps[Outcome]:
    """Return the conversation, losing the answer to the step that commits, which arrives."""
    try:
        step = next(steps)
        while True:
            answer = yield step
            if commits(step):
                return Unclear(Cause.UNREACHABLE, "the answer was lost")
            step = steps.send(answer)
    except StopIteration as end:
        value: Outcome = end.value
        return value


def rendering(headline: str, text: str = "Der Deich ist gebrochen.", **more: Any) -> Rendered:
    """Return a warning with a key that no other has."""
    message = replace(draft(headline, text, **more), delivery_id=f"delivery-{next(NUMBERS)}")
    return PLATFORM.render(message, Account(channel="kanal", base_url="", public_url=""))
