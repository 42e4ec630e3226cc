"""One file a platform: what the conformance suites must know of it. See `member.py`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from tests.platforms.member import Member


@cache
def members() -> Mapping[str, Member]:
    """Return every member in this folder by name."""
    return {
        module.name: importlib.import_module(f"{__name__}.{module.name}").MEMBER
        for module in pkgutil.iter_modules(__path__)
    }
