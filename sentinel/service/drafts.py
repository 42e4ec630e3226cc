"""What goes out on each channel, word for word: rendered when it is planned, and then frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.late import dated
from sentinel.domain.message import Content, Message
from sentinel.domain.plan import Plan
from sentinel.platforms import Draft
from sentinel.service.board import Board

NOTICE_PATIENCE = timedelta(seconds=5)
"""How long a post waits for the page it links to; then it goes without the link."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """Renders one message, with its place in its chain."""

    board: Board
    message: Message
    earlier: Sequence[Message] = ()  # the links before it

    def render(self, name: str, delivery_id: str, at: datetime, notice: str | None) -> Rendered:
        """Return what would go out on a channel, word for word.

        The message's own link wins over the notice's: whoever wrote it chose it.
        """
        rules, content = self.board.rules, self.message.content
        draft = Draft(
            message=replace(self.message, content=self._dated(at)),
            delivery_id=delivery_id,
            at=at,
            organisation=rules.organisation,
            timezone=rules.timezone,
            link=content.link or notice,
            link_is_notice=content.link is None and notice is not None,
            references=tuple((link.id, link.due_at) for link in self.earlier),
        )
        return self.board.platform(name).render(draft, self.board.faceless(name))

    def delivery(
        self, name: str, plan: Plan, known: Mapping[str, Delivery], at: datetime
    ) -> Delivery:
        """Return the new delivery to a channel that `plan` wants; `known` are those by account."""
        made = Delivery(
            id=self.board.new_id(),
            message_id=self.message.id,
            channel=name,
            account=self.board.rules.channels[name].account,
            routes=tuple(sorted(plan.wanted[name])),
            state=DeliveryState.PLANNED,
            rendered=_BLANK,
            planned_at=at,
            due_at=plan.due[name],
            since=at,
        )
        return self._worded(made, known, at)

    def anew(
        self, delivery: Delivery, name: str, known: Mapping[str, Delivery], at: datetime
    ) -> Delivery | None:
        """Return a delivery that never left with the texts of now; None: they are the same.

        The key stays: it is what the platform would know a repetition by.
        """
        if self._dated(at) == self.message.content:
            return None
        worded = self._worded(replace(delivery, channel=name), known, at)
        key, without = delivery.rendered.key, worded.without_link
        return replace(
            worded,
            rendered=replace(worded.rendered, key=key),
            without_link=replace(without, key=key) if without else None,
            memory={},
        )

    def _worded(self, delivery: Delivery, known: Mapping[str, Delivery], at: datetime) -> Delivery:
        """Return the delivery with its texts, and due when the page it links to should be up."""
        name = delivery.channel
        page = self._page(name, known)
        link = self.board.notice_url(self.message.id) if page else None
        may_go_without = page is not None and self.message.content.link is None
        waits = may_go_without and page is not None and not page.live
        due = delivery.due_at
        return replace(
            delivery,
            rendered=self.render(name, delivery.id, at, link),
            without_link=self.render(name, delivery.id, at, None) if may_go_without else None,
            due_at=max(due, page.planned_at + NOTICE_PATIENCE) if page and waits else due,
        )

    def _page(self, name: str, known: Mapping[str, Delivery]) -> Delivery | None:
        """Return the delivery to the page that a post links to, if it is there or may yet be.

        A page that citizens cannot read is none to link to: the text says all itself.
        """
        notice = self.board.rules.notice_link
        channel = self.board.rules.channels.get(notice) if notice else None
        if channel is None or name == notice or not self.board.page_stands():
            return None
        page = known.get(channel.account)
        return page if page and (page.live or page.pending) else None

    def _dated(self, at: datetime) -> Content:
        zone, message = ZoneInfo(self.board.rules.timezone), self.message
        due = max(message.due_at, message.accepted_at)
        return dated(message.content, due.astimezone(zone), at.astimezone(zone))


_BLANK = Rendered(text="", key="", length=0, limit=0)


def notice_first(plan: Plan, notice: str | None) -> list[str]:
    """Return the wanted channels, the page that the others link to before them."""
    return sorted(plan.wanted, key=lambda name: (name != notice, name))
