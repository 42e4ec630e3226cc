"""Of the versions of an API that a platform knows, only the one that a channel speaks is a risk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from sentinel.domain.rules import Channel
from sentinel.platforms.linkedin import PLATFORM
from sentinel.service.risks import versions_of


@pytest.mark.parametrize(
    ("settings", "versions"),
    [
        ({"api_version": "202609"}, {"202609": date(2027, 9, 1)}),
        ({"api_version": "209912"}, {}),  # nobody knows yet when it ends
        ({}, PLATFORM.facts.api_versions),
    ],
    ids=["known", "newer", "not a choice"],
)
def test_a_channel_is_warned_of_the_end_of_its_own_version_only(
    settings: Mapping[str, object], versions: Mapping[str, date]
) -> None:
    channel = Channel(
        name="a", platform="linkedin", operator="microsoft", account="a", settings=settings
    )

    assert versions_of(PLATFORM.facts, channel) == versions
