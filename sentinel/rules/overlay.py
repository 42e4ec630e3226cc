"""Lay what the file states over the domain's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sentinel.rules.schema import Section

D = TypeVar("D", bound=Any)  # a frozen dataclass of the domain


def over(default: D, stated: Section | Mapping[str, object] | None) -> D:
    """Return `default` with every value that is stated; lists become tuples.

    A value of None is not stated, and the default holds.
    """
    if stated is None:
        return default
    if isinstance(stated, Section):
        stated = {name: getattr(stated, name) for name in type(stated).model_fields}
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stated.items()
        if value is not None
    }
    laid: D = replace(default, **given)
    return laid
