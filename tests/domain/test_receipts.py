"""What platforms say afterwards about single recipients."""

from __future__ import annotations

from itertools import permutations

import pytest

from sentinel.domain.receipts import (
    HEARD,
    IDS,
    PartState,
    handed,
    ids_in,
    newer,
    states_in,
    summary,
    surely_out,
)

S, D, R, F = PartState.SENT, PartState.DELIVERED, PartState.READ, PartState.FAILED


@pytest.mark.parametrize("words", list(permutations([S, D, R])))
def test_in_whatever_order_receipts_come_the_furthest_one_counts(
    words: tuple[PartState, ...],
) -> None:
    heard: PartState | None = None

    for word in words:
        heard = word if newer(heard, word) else heard

    assert heard is R


def test_what_is_delivered_is_not_failed_by_a_late_word_and_a_failure_is_overtaken_by_arrival() -> (
    None
):
    assert not newer(D, F)
    assert not newer(R, F)
    assert newer(S, F)
    assert newer(F, D)
    assert not newer(F, F)


def test_ids_and_words_are_read_from_memory_beside_whatever_else_stands_there() -> None:
    memory = {
        f"{IDS}1": '{"aa": "wamid.1"}',
        f"{IDS}2": '{"bb": "wamid.2"}',
        f"{HEARD}aa": "delivered",
        f"{HEARD}bb": "failed 131026",
        "sentinel.out.batch:1": "done 200:aa,bb",
    }

    assert ids_in(memory) == {"aa": "wamid.1", "bb": "wamid.2"}
    assert states_in(memory) == {"aa": D, "bb": F}
    assert summary(memory) == {"delivered": 1, "failed": 1}


@pytest.mark.parametrize(
    ("memory", "sure"),
    [
        ({}, False),
        ({"sentinel.out.batch:1": "begun 200:aa,bb"}, False),
        ({"sentinel.out.batch:1": "begun 200:aa,bb 550:cc"}, False),
        ({"sentinel.out.batch:1": ""}, False),
        ({"sentinel.out.repeated": "perhaps"}, False),
        ({"sentinel.out.batch:1": "done 550:cc"}, False),
        ({"sentinel.out.batch:1": "done 250:aa 550:cc"}, True),
        ({"sentinel.out.batch:1": "begun 200:aa", "sentinel.out.batch:2": "done 250:bb"}, True),
        ({"sentinel.out.batch:1": "begun 200:aa", "sentinel.ids:1": '{"aa": "wamid.1"}'}, True),
        ({"sentinel.out.batch:1": "begun 200:aa", "sentinel.heard:aa": "delivered"}, True),
        ({"sentinel.out.batch:1": "begun 200:aa", "sentinel.heard:aa": "failed 131026"}, False),
        ({"sentinel.out.batch:1": "done 200:aa", "sentinel.heard:aa": "failed 131026"}, False),
    ],
)
def test_a_delivery_is_surely_out_once_one_recipient_took_it(
    memory: dict[str, str], *, sure: bool
) -> None:
    assert surely_out(memory) is sure


def test_whom_a_message_was_begun_for_is_known_though_no_name_came_back() -> None:
    memory = {"sentinel.out.batch:1": "begun 200:aa,bb", "sentinel.heard:cc": "sent"}

    assert handed(memory, "bb")
    assert not handed(memory, "cc")
