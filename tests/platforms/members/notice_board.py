"""The notice board in the conformance suites."""

from __future__ import annotations

from tests.platforms.member import Member

MEMBER = Member(
    face=False,
    no_face_because="it writes files, and files need no simulator",
)
