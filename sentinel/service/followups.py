"""What follows a message: update and all-clear, withdrawal, approval, a person's confirmation.

Each call is one unit with the whole chain locked: nobody plans or settles any
link of it meanwhile, and what follows from the change is on disk with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from sentinel.domain.acceptance import check, check_open
from sentinel.domain.by_person import approved, confirmed, refuse_superseded
from sentinel.domain.chain import reached
from sentinel.domain.delivery import Delivery
from sentinel.domain.follow_up import continuing, follow_up_of, may_follow, routes_on
from sentinel.domain.message import Kind, Message
from sentinel.errors import InputError, Phrase
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.chains import locked_chain, named
from sentinel.service.confirming import delivery_to_confirm, message_of_delivery
from sentinel.service.intake import Taken, check_key, keep, once_more, same_again, tell
from sentinel.service.leaving import leave_partly, take_down
from sentinel.service.planner import Planner
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FollowUps:
    """What people do to messages that were accepted."""

    storage: Storage
    board: Board
    planner: Planner

    async def accept(
        self,
        of: str,
        kind: Kind,
        given: Mapping[str, Any],
        *,
        actor: Actor,
        key: str | None = None,
        body: str | None = None,
        approval: bool = False,
        false_alarm: bool = False,
    ) -> Taken:
        """Accept an update or all-clear to the chain that `of` (id or number) is a link of.

        Args:
            of: Any link; the follow-up goes to the newest state of its chain.
            kind: An update or an all-clear.
            given: Fields of `Content` that the caller stated, as `Content` takes them.
                An update states headline, text and severity.
            actor: Who says it.
            key: As for `Intake.accept`; the same key to another chain is another body.
            body: Tells two callers' bodies apart; None: `given` does.
            approval: A second person must agree, whatever the routes say.
            false_alarm: An all-clear's words, where none are given, say that there was no danger.

        Raises:
            InputError: 404 for no such message, 409 for a chain that is withdrawn or over, or a
                used key, 422 for what cannot be accepted. Nothing was kept.
            StorageError: It could not be written; nothing was kept.
        """
        check_key(key)
        said = body or _digest(given, false_alarm=false_alarm)

        async def once() -> Taken:
            async with self.storage.write() as unit:
                chain = await locked_chain(unit, await named(unit, of))
                at = self.board.now()  # no attempt that was begun before is later than this
                digest = _joined(chain[0].chain, kind, said)
                known = await same_again(unit, key, digest)
                if known is not None:
                    return known
                message = await self._continue(
                    unit, chain, kind, given, at, approval=approval, false_alarm=false_alarm
                )
                await keep(unit, message, key=key, digest=digest, actor=actor)
                await self.planner.replan(unit, message, at, fresh=True)
                reach("followups.before_commit")
            reach("followups.after_commit")
            tell(message)
            return Taken(message, created=True)

        return await once_more(once, key)

    async def _continue(
        self,
        unit: Unit,
        chain: Sequence[Message],
        kind: Kind,
        given: Mapping[str, Any],
        at: datetime,
        *,
        approval: bool,
        false_alarm: bool,
    ) -> Message:
        rules = self.board.rules
        by_link = await unit.deliveries_of_many([link.id for link in chain])
        deliveries = [one for some in by_link.values() for one in some]
        refusal = may_follow(chain, kind, deliveries, at)
        if refusal is not None:
            raise refusal
        content = continuing(chain, kind, given, false_alarm=false_alarm)
        check(content, rules.channels, at)
        routes = routes_on(chain, content, rules.routes)
        if kind is Kind.UPDATE and not any(reached(one) for one in deliveries):
            check_open(content, routes, rules.channels)  # nobody is owed it: it needs a channel
        return follow_up_of(
            chain,
            kind,
            content,
            routes,
            message_id=self.board.new_id(),
            number=await unit.next_number(),
            at=at,
            approval=approval,
        )

    async def withdraw(
        self, of: str, reason: str, *, actor: Actor, delete: bool = False
    ) -> Message:
        """Stop a message: nothing of it that is unsent goes out any more.

        What is under way is stopped as long as nothing of it can be public, else
        finished and shown. With `delete`, what is live, or
        turns out to be, is taken down as well. Withdrawing again changes nothing,
        but may ask for the deletion.

        Raises:
            InputError: 404 for no such message, 422 without a reason.
        """
        if not reason.strip():
            raise InputError(
                Phrase(de="Bitte einen Grund angeben (reason)", en="please give a reason (reason)"),
                field="reason",
            )

        async def write(unit: Unit) -> tuple[Message, bool]:
            message = await _locked(unit, of)
            at = self.board.now()
            going = await take_down(unit, message, at) if delete else 0
            going += await leave_partly(unit, message, at) if delete else 0
            news = message.withdrawn_at is None or going > 0
            if news:
                message = replace(message, withdrawn_at=message.withdrawn_at or at)
                await unit.save_message(message)
                unit.note(
                    "message.withdrawn_by_person",
                    actor=actor,
                    subject=message.id,
                    payload={"number": message.number, "reason": reason, "delete": delete},
                )
            await self.planner.replan(unit, message, at)
            reach("followups.before_commit")
            return message, news

        message, news = await self.storage.carry_out(write)
        if news:
            log.warning("message.withdrawn_by_person", message=message.id, delete=delete)
        return message

    async def approve(
        self, of: str, *, actor: Actor, comment: str = "", emergency: bool = False
    ) -> Message:
        """Agree that a message goes out, as a second person; in an emergency, as anybody.

        Raises:
            InputError: 404 for no such message, 409 for one that needs no approval
                (any more), 403 for the author's own and for root, 422 for an emergency without
                a comment that says why.
        """
        if emergency and not comment.strip():
            raise InputError(
                Phrase(
                    de="Eine Freigabe ohne zweite Person braucht eine Begründung (comment)",
                    en="an approval without a second person needs a reason (comment)",
                ),
                field="comment",
            )

        async def write(unit: Unit) -> Message:
            message = await _locked(unit, of)
            at = self.board.now()
            author = await unit.author(message.id)
            message = approved(
                message,
                author=await unit.behind(author) if author else (),
                who=await unit.behind(actor),
                emergency=emergency,
                at=at,
            )
            await unit.save_message(message)
            unit.note(
                "message.approval_overridden" if emergency else "message.approved",
                actor=actor,
                subject=message.id,
                payload={"number": message.number, "comment": comment},
            )
            await self.planner.replan(unit, message, at)
            # A later link may have become due, and nobody had looked yet: then nothing is kept.
            refuse_superseded(await named(unit, message.id))
            reach("followups.before_commit")
            return message

        message = await self.storage.carry_out(write)
        log.warning("message.approved", message=message.id, emergency=emergency)
        return message

    async def confirm(
        self, delivery_id: str, *, actor: Actor, permalink: str | None = None
    ) -> Delivery:
        """Take a person's word that a message is out on a delivery's channel.

        NUMBER:CHANNEL instead of a delivery's id stands for one that may not have been begun.
        It counts like a post, and is shown as confirmed by a person, never as
        seen by us. Where it is out already, only a missing address is added.

        Raises:
            InputError: 404 for no such delivery, 409 for one that is being sent
                right now, has expired or was withdrawn.
        """
        async with self.storage.read() as view:
            of = await message_of_delivery(view, delivery_id)

        async def write(unit: Unit) -> Delivery:
            message = await _locked(unit, of)
            at = self.board.now()
            delivery = await delivery_to_confirm(unit, self.board, message, delivery_id, at)
            out = confirmed(delivery, who=actor.word, permalink=permalink, at=at)
            if out != delivery:
                await unit.save_delivery(out)
                unit.note(
                    "delivery.confirmed",
                    actor=actor,
                    subject=delivery.id,
                    payload={
                        "message": message.id,
                        "channel": delivery.channel,
                        "permalink": permalink,
                    },
                )
                await self.planner.replan(unit, message, at)
            reach("followups.before_commit")
            return out

        out = await self.storage.carry_out(write)
        log.info("delivery.confirmed", delivery=out.id, channel=out.channel)
        return out


async def _locked(unit: Unit, name: str) -> Message:
    """Return a message as it stands, with its chain locked."""
    await unit.lock_message((await named(unit, name)).id)
    return await named(unit, name)


def _joined(chain: str, kind: Kind, body: str) -> str:
    return hashlib.sha256(f"{chain}/{kind}/{body}".encode()).hexdigest()


def _digest(given: Mapping[str, Any], *, false_alarm: bool) -> str:
    return hashlib.sha256(repr((sorted(given.items()), false_alarm)).encode()).hexdigest()
