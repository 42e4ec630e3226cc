"""The rate limits that are running out, one line each; those that are not are nobody's concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sentinel.cli.context import Context

Shape = dict[str, Any]


def shortages(context: Context, channels: Sequence[Shape]) -> None:
    """Show each limit that is, or will be, used up, with how sure that is."""
    key = "sentence_de" if context.language == "de" else "sentence_en"
    said = [
        quota[key]
        for channel in channels
        for quota in channel["quota"]
        if quota.get(key) is not None
    ]
    for sentence in dict.fromkeys(said):
        context.screen.line(sentence)
