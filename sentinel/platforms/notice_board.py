"""Notice board: the city's own pages, as static files that any web server can serve.

The always-possible channel (facts/platforms-b.md section 7.3): it needs no
platform and no line, and every post may link to it. Files are written whole
(temporary name, fsync, rename), the page first. Writing a notice twice writes
the same files, so a repetition is no second post.

Which files, and in which order, stands in `sentinel.notices.folder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
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
from sentinel.domain.message import Variant
from sentinel.domain.observation import Finding, Report
from sentinel.domain.text import Fitted, fit
from sentinel.notices import folder
from sentinel.notices.notice import Notice, Site, clean, from_data, to_data
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Published, Setting
from sentinel.wire import ListFiles, PutFile, ReadFile, RemoveFile, Request, Steps, ask, file

_REHEARSAL = ".sentinel-rehearsal"
# What a person has to set right; all else (no space, a failing disk) is the machine's trouble.
_CONFIGURATION = frozenset(
    {"EACCES", "EPERM", "ENOENT", "ENOTDIR", "EISDIR", "EINVAL", "ENAMETOOLONG", "ELOOP"}
)


class NoticeBoard(Platform):
    """One directory of static notices."""

    name = "notice_board"
    facts = Facts(
        operator="own",
        text_limit=20_000,  # ours: no page grows beyond what a slow line can load
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        settings={"directory": Setting(kind="path", required=True)},
        identity=("directory",),
        needs_base_url=False,
        probe_urls=("public",),
        exempt={"rate_limit_read": "a folder has no limit of posts"},
        key_drops_copies="yes",
        drops_copies_why="the file's name is the message's id; writing it again changes nothing",
        to_confirm=(
            "CAP 1.2 is read under the media type `application/cap+xml`.",
            "Readers of CAP wish headlines of at most 160 characters; longer ones are not cut.",
            "The city's own web server serves the folder as it stands, and keeps no old pages.",
        ),
    )

    def length(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the notice as data; the pages are made from it and from the board."""
        content = draft.message.content
        fitted = fit(
            content,
            channel=account.channel,
            mark=f"Nr. {draft.message.number}",
            link=content.link,
            limit=self.facts.text_limit,
            length=self.length,
        )
        notice = _notice(draft, account, fitted)
        text = clean(fitted.text)
        return Rendered(
            text=text,
            key=notice.mark,
            length=self.length(text),
            limit=self.facts.text_limit,
            payload={"notice": to_data(notice)},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Write page, CAP file and data, then mark what it replaces, feeds and index."""
        notice = _frozen(rendered)
        root = account.setting("directory").rstrip("/")
        if notice is None or not root:
            return Refused(Cause.BAD_CONFIGURATION, evidence="no directory, or no notice to write")
        written = yield from folder.write(root, notice)
        if error := _known(written.error):
            cause = _cause(error)
            return (
                Unclear(cause, f"{error} after the page") if written.page else Failed(cause, error)
            )
        return Accepted(receipt=_receipt(notice))

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look for the page, its data, and its line in the index, which is written last.

        Without page and data it is no notice: only we write here, so it cannot
        complete itself, and writing it again is the same notice. With them it
        is one, and if its line is missing, it is written now: the next notice
        would bring it anyway.
        """
        notice = _frozen(rendered)
        root = account.setting("directory").rstrip("/")
        if notice is None or not root:
            return ProvenAbsent("no directory, or no notice to write")
        own = ((folder.page_path, rendered.key), (folder.data_path, notice.id))
        for place, mark in own:
            answer = yield from file(ReadFile(path=place(root, notice.id)))
            if mark.encode() not in (answer.content or b""):
                return ProvenAbsent(_known(answer.error) or "not in the page and its data")
        answer = yield from file(ReadFile(path=folder.index_path(root)))
        if rendered.key.encode() not in (answer.content or b""):
            error = yield from folder.lead_to(root, notice)
            if error:
                return NotSeen(f"{_known(error) or error} in the index")
        return Found(_receipt(notice))

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Put a page in its place that says it was withdrawn; feeds and index forget it."""
        return _withdraw(account.setting("directory").rstrip("/"), _frozen(published.rendered))

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Write a hidden file into the directory and remove it."""
        return _rehearse(account.setting("directory").rstrip("/"))

    def read_own(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Read the last page from the disk, or list the directory."""
        return _read_own(account.setting("directory").rstrip("/"), last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Fetch the last page, or the index, as anybody would."""
        return _see(account.public_url, _frozen(last.rendered) if last else None)


def _notice(draft: Draft, account: Account, fitted: Fitted) -> Notice:
    message, content = draft.message, draft.message.content
    own = content.texts.get(account.channel)
    given = dict(draft.references)
    whole = not fitted.cut
    return Notice(
        site=Site(
            organisation=clean(draft.organisation),
            timezone=draft.timezone,
            public_url=account.public_url,
        ),
        id=message.id,
        number=message.number,
        chain=message.chain,
        kind=message.kind,
        severity=content.severity,
        language=clean(content.language),
        headline=clean(content.headline),
        text=clean((own or content.text) if whole else fitted.text),
        instruction=clean(content.instruction or "") if whole and not own else None,
        area=clean(content.area or "") or None,
        link=content.link,
        variants=tuple(_speakable(variant) for variant in content.variants),
        event=clean(content.event or content.headline),
        category=content.category,
        urgency=content.urgency,
        certainty=content.certainty,
        exercise=content.exercise,
        sent=message.due_at,
        expires_at=message.expires_at,
        references=tuple(
            (one, given.get(one, message.accepted_at))
            for one in dict.fromkeys((*given, *message.references))
        ),
    )


def _speakable(variant: Variant) -> Variant:
    return Variant(
        language=clean(variant.language),
        headline=clean(variant.headline),
        text=clean(variant.text),
    )


def _frozen(rendered: Rendered) -> Notice | None:
    data = rendered.payload.get("notice")
    return from_data(data) if isinstance(data, Mapping) else None


def _known(error: str) -> str:
    """Return the system's name of an error; never more than a name."""
    return error if not error or (error.isalnum() and error.isupper()) else "EUNKNOWN"


def _cause(error: str) -> Cause:
    return Cause.BAD_CONFIGURATION if error in _CONFIGURATION else Cause.PLATFORM_FAULT


def _receipt(notice: Notice) -> Receipt:
    return Receipt(post_id=notice.mark, permalink=notice.url)


def _report(
    ability: Ability, cause: Cause | None, evidence: str = "", *, proves: bool = True
) -> Report:
    finding = Finding(ability=ability, cause=cause, evidence=evidence, proves=proves)
    return Report(findings=(finding,))


def _withdraw(root: str, notice: Notice | None) -> Steps[WithdrawResult]:
    if notice is None or not root:
        return StillThere(Cause.BAD_CONFIGURATION, "no directory, or no notice to take down")
    gone = yield from folder.remove(root, notice)
    if error := _known(gone.error):
        return StillThere(_cause(error), f"{error} on taking it down")
    return Withdrawn("a page says that it was withdrawn")


def _rehearse(root: str) -> Steps[Report]:
    path = f"{root}/{_REHEARSAL}"
    wrote = yield from file(PutFile(path=path, content=b"rehearsal\n"))
    if wrote.error:
        error = _known(wrote.error)
        return _report(Ability.PUBLISH, _cause(error), f"{error} on writing")
    gone = yield from file(RemoveFile(path=path))
    if gone.error:
        error = _known(gone.error)
        return _report(Ability.PUBLISH, _cause(error), f"{error} on removing")
    return _report(Ability.PUBLISH, None, "written and removed")


def _read_own(root: str, last: Published | None) -> Steps[Report]:
    if last is None:
        answer = yield from file(ListFiles(path=root))
        error = _known(answer.error)
        return _report(Ability.READ_BACK, _cause(error) if error else None, error)
    notice = _frozen(last.rendered)
    name = f"{notice.id}/index.html" if notice else "index.html"
    answer = yield from file(ReadFile(path=f"{root}/{name}"))
    if error := _known(answer.error):
        return _report(Ability.READ_BACK, _cause(error), error)
    if last.rendered.key.encode() not in (answer.content or b""):
        return _report(Ability.READ_BACK, Cause.NOT_VISIBLE, "the last notice is not in its place")
    return _report(Ability.READ_BACK, None, "the last notice is in its place")


def _see(public_url: str, notice: Notice | None) -> Steps[Report]:
    url = f"{public_url}/{notice.id}/" if notice else f"{public_url}/"
    answer = yield from ask(Request(method="GET", url=url, anonymous=True))
    status, public = answer.status, Ability.PUBLIC
    if status in {401, 403, 451}:
        return _report(public, Cause.READER_RESTRICTED, f"HTTP {status}")
    if status == 404 and notice is None:  # noqa: PLR2004 - nothing was published yet, so no index
        return _report(public, None, "HTTP 404, nothing published yet", proves=False)
    if status in {404, 410}:
        return _report(public, Cause.NOT_VISIBLE, f"HTTP {status}")
    if status != 200:  # noqa: PLR2004
        return _report(public, Cause.PLATFORM_FAULT, f"HTTP {status}")
    if notice and notice.mark.encode() not in answer.body:
        return _another_page(url, answer.url or url)
    cached = "" if "cache-control" in answer.headers else ", no Cache-Control"
    return _report(public, None, f"HTTP 200{cached}")


def _another_page(wanted: str, came: str) -> Report:
    """Return what a page without our notice means: whoever is led elsewhere is kept out."""
    led = urlsplit(came).path.rstrip("/") != urlsplit(wanted).path.rstrip("/")
    if led:
        why = "led to another page, as to a login"
        return _report(Ability.PUBLIC, Cause.READER_RESTRICTED, why)
    return _report(Ability.PUBLIC, Cause.NOT_VISIBLE, "HTTP 200 without our message id")


PLATFORM = NoticeBoard()
