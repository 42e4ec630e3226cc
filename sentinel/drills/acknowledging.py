"""Somebody of the staff takes on what is open, as a person at a phone or at the console would."""

from __future__ import annotations

import re
from typing import Final

from sentinel.drills.course import Shape
from sentinel.drills.shape import Acknowledged
from sentinel.drills.stage import Stage
from sentinel.errors import NoAnswer

_LINK: Final = re.compile(r"https?://[^\s/]+(/a/[\w-]+)")


async def acknowledge(stage: Stage, said: Acknowledged) -> bool:
    """Do it; False while there is nothing to take on, or the daemon does not answer.

    Raises:
        SentinelError: The daemon does not take it.
    """
    try:
        if said.contact is not None:
            return await _by_link(stage, said.contact)
        return await _by_name(stage, said)
    except NoAnswer:
        return False


async def _by_link(stage: Stage, contact: str) -> bool:
    """Press the button behind the link that came last."""
    links = [link for note in stage.told(contact) for link in _LINK.findall(_text(note))]
    if not links:
        return False
    await stage.daemon.press(links[-1])
    return True


async def _by_name(stage: Stage, said: Acknowledged) -> bool:
    """Say it of every open outage that fits; one may take others of its group with it."""
    body = {} if said.comment is None else {"comment": said.comment}
    done = False
    while (outage := await _open(stage, said)) is not None:
        path = f"/api/v1/outages/{outage['id']}/acknowledge"
        await stage.daemon.post(path, body, key=outage["id"])
        done = True
    return done


async def _open(stage: Stage, said: Acknowledged) -> Shape | None:
    page = await stage.daemon.get("/api/v1/outages?limit=200")
    message = stage.sent.get(said.message) if said.message else None
    fits = (
        outage
        for outage in page["items"]
        if outage["closed_at"] is None
        and outage["acknowledged_by"] is None
        and (said.channel in outage["channels"] or message in outage["messages"])
    )
    return next(fits, None)


def _text(note: Shape) -> str:
    body = note["body"]
    return str(body.get("message", "")) if isinstance(body, dict) else str(body)
