"""Receivers that are no people, as the rules name them: alerting chains that are there already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sentinel.domain.secret import SecretRef


class OutputKind(StrEnum):
    """What stands at the other end."""

    ALERTMANAGER = "alertmanager"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One receiver that is no person."""

    name: str  # under which it is remembered how far it has been told
    kind: OutputKind
    url: SecretRef
    secret: SecretRef | None = None  # signs what a webhook is sent
    authorization: SecretRef | None = None  # the whole value of that header
