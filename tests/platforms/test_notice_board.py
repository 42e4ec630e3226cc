"""The notice board: real files, written in an order in which a crash does no harm."""

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from sentinel.domain.cause import Ability, Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Rendered,
    StillThere,
    Unclear,
    Withdrawn,
    WithdrawResult,
)
from sentinel.domain.message import Content, Kind, Message, Variant
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Draft, Published, platforms
from sentinel.wire import (
    FileAnswer,
    ListFiles,
    PutFile,
    ReadFile,
    RemoveFile,
    Request,
    Response,
    Step,
    Steps,
    Wait,
)

T = TypeVar("T")

BOARD = platforms()["notice_board"]
NOON = datetime(2026, 7, 5, 10, 0, tzinfo=UTC)
FIRST = "0190a1b2-0000-7000-8000-000000000017"
SECOND = "0190a1b2-0000-7000-8000-000000000018"
CONTENT = Content(
    headline="Bombe wird entschärft",
    text="Bitte verlassen Sie das Gebiet.",
    instruction="Gehen Sie zur Sammelstelle.",
    severity=Severity.SEVERE,
    variants=(Variant(language="en", headline="Bomb disposal", text="Please leave."),),
)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(
        channel="warnseite",
        base_url="",
        public_url="https://warnung.example/notices",
        settings={"directory": str(tmp_path / "public")},
    )


def test_a_draft_renders_to_the_same_notice_every_time(account: Account) -> None:
    rendered = BOARD.render(draft(), account)

    assert BOARD.render(draft(), account) == rendered
    assert json.loads(json.dumps(rendered.payload)) == rendered.payload
    assert rendered.text.endswith("Nr. 17")


def test_a_notice_is_written_whole_and_leads_from_index_and_feeds(account: Account) -> None:
    outcome = publish(account, draft())

    assert outcome == Accepted(
        receipt=Receipt(post_id=f"{FIRST}/1", permalink=f"https://warnung.example/notices/{FIRST}/")
    )
    assert files(account) == [
        f"{FIRST}.cap.xml", f"{FIRST}.json", f"{FIRST}/index.html",
        "feed.atom", "feed.json", "index.html",
    ]  # fmt: skip
    assert f"/notices/{FIRST}/" in read(account, "index.html")
    assert "Please leave." in read(account, f"{FIRST}/index.html")


def test_the_page_is_written_first_and_the_index_last_and_every_write_commits(
    account: Account,
) -> None:
    steps: list[Step] = []

    publish(account, draft(), watch=steps.append)

    puts = [step for step in steps if isinstance(step, PutFile)]
    assert Path(puts[0].path).relative_to(root(account)) == Path(FIRST) / "index.html"
    assert Path(puts[-1].path).relative_to(root(account)) == Path("index.html")
    assert all(put.commits for put in puts)


def test_writing_a_notice_again_changes_no_byte(account: Account) -> None:
    publish(account, draft())
    before = contents(account)

    publish(account, draft())

    assert contents(account) == before


def test_an_all_clear_marks_the_page_that_it_ends(account: Account) -> None:
    publish(account, draft())

    publish(account, all_clear())

    assert "Diese Meldung ist aufgehoben." in read(account, f"{FIRST}/index.html")
    assert f"/notices/{SECOND}/" in read(account, f"{FIRST}/index.html")
    assert "<msgType>Cancel</msgType>" in read(account, f"{SECOND}.cap.xml")


def test_references_carry_the_time_that_the_earlier_notice_really_has(account: Account) -> None:
    publish(account, draft())
    earlier = read(account, f"{FIRST}.cap.xml").partition("<sent>")[2].partition("<")[0]

    publish(account, all_clear())

    assert f"warnung.example,{FIRST},{earlier}" in read(account, f"{SECOND}.cap.xml")


def test_an_end_that_was_written_first_still_marks_what_is_written_after_it(
    account: Account,
) -> None:
    publish(account, all_clear())

    publish(account, draft())

    assert "Diese Meldung ist aufgehoben." in read(account, f"{FIRST}/index.html")


def test_a_notice_that_comes_while_the_index_is_written_is_not_lost(account: Account) -> None:
    other = replace(draft(), message=replace(draft().message, id=SECOND, number=18))
    late: list[Draft] = [other]

    def meanwhile(step: Step) -> None:
        if isinstance(step, PutFile) and step.path.endswith("feed.atom") and late:
            publish(account, late.pop())

    publish(account, draft(), watch=meanwhile)

    assert f"/notices/{FIRST}/" in read(account, "index.html")
    assert f"/notices/{SECOND}/" in read(account, "index.html")
    assert f"/notices/{SECOND}/" in read(account, "feed.json")


def test_files_of_others_in_the_directory_do_no_harm(account: Account) -> None:
    root(account).mkdir()
    (root(account) / "strange.json").write_text("{]")
    (root(account) / "robots.txt").write_text("User-agent: *")

    outcome = publish(account, draft())

    assert isinstance(outcome, Accepted)
    assert "strange" not in read(account, "index.html")


def test_a_text_for_this_channel_alone_is_what_the_page_says(account: Account) -> None:
    content = replace(CONTENT, texts={"warnseite": "Nur für die Webseite."})

    publish(account, draft(content))

    assert "Nur für die Webseite." in read(account, f"{FIRST}/index.html")
    assert "Bitte verlassen Sie das Gebiet." not in read(account, f"{FIRST}/index.html")


def test_a_text_that_is_too_long_is_cut_at_a_sentence(account: Account) -> None:
    rendered = BOARD.render(draft(replace(CONTENT, text="Ein Satz. " * 4000)), account)

    assert rendered.length <= 20_000
    assert rendered.cut == ("text",)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("ENOSPC", Cause.PLATFORM_FAULT),
        ("EROFS", Cause.PLATFORM_FAULT),
        ("EACCES", Cause.BAD_CONFIGURATION),
        ("ENOTDIR", Cause.BAD_CONFIGURATION),
    ],
)
def test_a_page_that_cannot_be_written_has_failed(
    account: Account, error: str, cause: Cause
) -> None:
    outcome = publish(account, draft(), breaks={f"{FIRST}/index.html": error})

    assert outcome == Failed(cause, error)


def test_a_disk_that_fills_up_before_the_data_leaves_it_unclear_and_to_be_written_again(
    account: Account,
) -> None:
    outcome = publish(account, draft(), breaks={f"{FIRST}.json": "ENOSPC"})

    assert outcome == Unclear(Cause.PLATFORM_FAULT, "ENOSPC after the page")
    assert isinstance(find(account), ProvenAbsent)


def test_with_page_and_data_it_stands_there_and_a_look_writes_what_leads_to_it(
    account: Account, tmp_path: Path
) -> None:
    """The next notice would list it in any case: to call it absent would be untrue by then."""
    outcome = publish(account, draft(), breaks={"feed.atom": "ENOSPC"})
    found = find(account)

    assert outcome == Unclear(Cause.PLATFORM_FAULT, "ENOSPC after the page")
    assert isinstance(found, Found)
    assert FIRST in (tmp_path / "public" / "index.html").read_text()


def test_a_directory_below_a_file_is_a_mistake_in_the_rules(
    account: Account, tmp_path: Path
) -> None:
    (tmp_path / "public").write_text("not a folder")

    outcome = publish(account, draft())

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.BAD_CONFIGURATION


def test_without_a_directory_nothing_can_be_published(account: Account) -> None:
    outcome = publish(replace(account, settings={}), draft())

    assert isinstance(outcome, Refused)
    assert outcome.cause is Cause.BAD_CONFIGURATION


def test_a_notice_that_is_whole_is_found(account: Account) -> None:
    publish(account, draft())

    found = find(account)

    assert isinstance(found, Found)
    assert found.receipt.permalink == f"https://warnung.example/notices/{FIRST}/"


def test_a_notice_that_was_never_written_is_proven_absent(account: Account) -> None:
    assert isinstance(find(account), ProvenAbsent)


def test_a_notice_that_is_taken_down_leaves_a_page_that_says_so_and_nothing_else(
    account: Account,
) -> None:
    publish(account, draft())

    result = withdraw(account, draft())

    page = read(account, f"{FIRST}/index.html")
    assert isinstance(result, Withdrawn)
    assert files(account) == [f"{FIRST}/index.html", "feed.atom", "feed.json", "index.html"]
    assert "Die Meldung, die hier stand, ist zurückgezogen." in page
    for name in files(account):
        assert "Bombe" not in read(account, name)
        assert f"{FIRST}/1" not in read(account, name)


def test_taking_a_notice_down_twice_is_the_same_as_once(account: Account) -> None:
    publish(account, draft())
    withdraw(account, draft())
    before = contents(account)

    assert isinstance(withdraw(account, draft()), Withdrawn)
    assert contents(account) == before


def test_the_other_notices_stay_and_what_it_replaced_holds_again(account: Account) -> None:
    publish(account, draft())
    publish(account, all_clear())

    withdraw(account, all_clear())

    assert "Diese Meldung ist aufgehoben." not in read(account, f"{FIRST}/index.html")
    assert "Bitte verlassen Sie das Gebiet." in read(account, f"{FIRST}/index.html")
    assert f"/notices/{FIRST}/" in read(account, "index.html")
    assert f"/notices/{SECOND}/" not in read(account, "index.html")
    assert f"/notices/{SECOND}/" not in read(account, "feed.atom")


@pytest.mark.parametrize(
    ("name", "error", "cause"),
    [
        (f"{FIRST}/index.html", "EROFS", Cause.PLATFORM_FAULT),
        (f"{FIRST}.json", "EACCES", Cause.BAD_CONFIGURATION),
        ("index.html", "ENOSPC", Cause.PLATFORM_FAULT),
    ],
)
def test_a_disk_that_refuses_leaves_it_standing(
    account: Account, name: str, error: str, cause: Cause
) -> None:
    publish(account, draft())

    result = withdraw(account, draft(), breaks={name: error})

    assert result == StillThere(cause, f"{error} on taking it down")
    assert isinstance(withdraw(account, draft()), Withdrawn)


def test_the_rehearsal_leaves_nothing_behind(account: Account) -> None:
    finding = look(BOARD.rehearse(account))

    assert finding.cause is None
    assert files(account) == []


def test_reading_back_sees_the_page_on_the_disk(account: Account) -> None:
    publish(account, draft())

    assert look(BOARD.read_own(account, last(account))).cause is None


def test_reading_back_misses_a_page_that_somebody_removed(account: Account) -> None:
    publish(account, draft())
    (root(account) / FIRST / "index.html").unlink()

    finding = look(BOARD.read_own(account, last(account)))

    assert (finding.ability, finding.cause) == (Ability.READ_BACK, Cause.NOT_VISIBLE)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (200, None),
        (401, Cause.READER_RESTRICTED),
        (404, Cause.NOT_VISIBLE),
        (503, Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizen_fetches_the_page_as_anybody_would(
    account: Account, status: int, cause: Cause | None
) -> None:
    publish(account, draft())
    page = read(account, f"{FIRST}/index.html").encode()
    answer = Response(status=status, body=page, headers={"cache-control": "max-age=30"})
    steps: list[Step] = []

    finding = look(BOARD.see_as_citizen(account, last(account)), answer=answer, watch=steps.append)

    assert (finding.ability, finding.cause) == (Ability.PUBLIC, cause)
    assert steps == [
        Request(method="GET", url=f"https://warnung.example/notices/{FIRST}/", anonymous=True)
    ]


def test_another_page_in_our_place_is_not_our_notice(account: Account) -> None:
    answer = Response(status=200, body=b"<html>Willkommen</html>")

    finding = look(BOARD.see_as_citizen(account, last(account)), answer=answer)

    assert finding.cause is Cause.NOT_VISIBLE


def test_a_citizen_who_is_led_to_a_login_is_kept_out(account: Account) -> None:
    login = "https://warnung.example/login?next=%2Fnotices"
    answer = Response(status=200, body=b"<html>Bitte anmelden</html>", url=login)

    finding = look(BOARD.see_as_citizen(account, last(account)), answer=answer)

    assert finding.cause is Cause.READER_RESTRICTED


def test_before_the_first_notice_a_missing_index_proves_nothing(account: Account) -> None:
    finding = look(BOARD.see_as_citizen(account, None), answer=Response(status=404))

    assert finding.cause is None
    assert not finding.proves


def draft(content: Content = CONTENT) -> Draft:
    message = Message(
        id=FIRST,
        number=17,
        chain=FIRST,
        content=content,
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=NOON + timedelta(hours=24),
        effective_severity=content.severity,
    )
    return Draft(
        message=message,
        delivery_id="0190a1b2-0000-7000-8000-0000000000d1",
        at=NOON,
        organisation="Stadt Musterstadt",
        timezone="Europe/Berlin",
        link=None,
    )


def all_clear() -> Draft:
    """Return an all-clear whose author knows the alarm's id, but no time."""
    message = replace(
        draft().message,
        id=SECOND,
        number=18,
        kind=Kind.ALL_CLEAR,
        content=replace(CONTENT, headline="Entwarnung", variants=()),
        accepted_at=NOON + timedelta(hours=2),
        references=(FIRST,),
    )
    return replace(draft(), message=message, at=NOON + timedelta(hours=2))


def publish(
    account: Account,
    what: Draft,
    *,
    watch: Callable[[Step], None] = lambda _: None,
    breaks: dict[str, str] | None = None,
) -> Outcome:
    rendered = BOARD.render(what, account)
    broken = {f"{account.setting('directory')}/{name}": why for name, why in (breaks or {}).items()}
    return drive(BOARD.publish(account, rendered, {}), watch, broken)


def withdraw(
    account: Account, what: Draft, *, breaks: dict[str, str] | None = None
) -> WithdrawResult:
    rendered = BOARD.render(what, account)
    broken = {f"{account.setting('directory')}/{name}": why for name, why in (breaks or {}).items()}
    steps = BOARD.withdraw(account, Published(receipt=Receipt(post_id="1"), rendered=rendered))
    assert steps is not None
    return drive(steps, broken=broken)


def find(account: Account) -> FindResult:
    return drive(BOARD.find(account, BOARD.render(draft(), account), {}, NOON))


def look(
    steps: Steps[Report] | None,
    *,
    answer: Response | None = None,
    watch: Callable[[Step], None] = lambda _: None,
) -> Finding:
    assert steps is not None
    return drive(steps, watch, answer=answer).findings[0]


def drive(
    steps: Steps[T],
    watch: Callable[[Step], None] = lambda _: None,
    broken: dict[str, str] | None = None,
    answer: Response | None = None,
) -> T:
    """Take file steps on the real file system; a path in `broken` fails with its error."""
    try:
        step = next(steps)
        while True:
            watch(step)
            if isinstance(step, Request):
                step = steps.send(answer)
            elif isinstance(step, Wait):
                step = steps.send(None)
            else:
                step = steps.send(take(step, broken or {}))
    except StopIteration as end:
        result: T = end.value
        return result


def take(step: Step, broken: dict[str, str]) -> FileAnswer:
    assert isinstance(step, PutFile | ReadFile | ListFiles | RemoveFile)
    if why := broken.get(step.path):
        return FileAnswer(error=why)
    path = Path(step.path)
    try:
        match step:
            case PutFile(content=content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                return FileAnswer()
            case ReadFile():
                return FileAnswer(content=path.read_bytes() if path.exists() else None)
            case ListFiles():
                return FileAnswer(names=tuple(one.name for one in path.iterdir()))
            case RemoveFile():
                path.unlink(missing_ok=True)
                return FileAnswer()
    except OSError as error:
        return FileAnswer(error=errno.errorcode[error.errno or errno.EIO])


def last(account: Account) -> Published:
    rendered: Rendered = BOARD.render(draft(), account)
    return Published(receipt=Receipt(post_id=rendered.key), rendered=rendered)


def root(account: Account) -> Path:
    return Path(account.setting("directory"))


def files(account: Account) -> list[str]:
    return sorted(contents(account))


def contents(account: Account) -> dict[str, bytes]:
    paths = (path for path in root(account).rglob("*") if path.is_file())
    return {str(path.relative_to(root(account))): path.read_bytes() for path in paths}


def read(account: Account, name: str) -> str:
    return (root(account) / name).read_text(encoding="utf-8")
