"""A WhatsApp channel in the conformance suites."""

from __future__ import annotations

from tests.platforms.member import Member

MEMBER = Member(
    face=False,
    no_face_because="a person posts: the service asks people, and no server",
    samples={"contacts": ("presse",)},
    takes_down=False,
)
