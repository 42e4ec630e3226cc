"""What there is no room to tell is named: briefly, and no message is left out."""

from sentinel.domain.named import gathered, with_numbers


def test_what_differs_in_the_number_alone_is_one_line_with_all_numbers() -> None:
    lines = gathered(
        [
            "ALARM: Meldung Nr. 7 ist abgelaufen",
            "Publishing is on hold",
            "ALARM: Meldung Nr. 12 ist abgelaufen",
            "ALARM: Meldung Nr. 7 ist abgelaufen",
            "Message no. 3 rerouted",
        ]
    )

    assert lines == [
        "ALARM: Meldung ist abgelaufen: Nr. 7, Nr. 12",
        "Publishing is on hold",
        "Message no. 3 rerouted",
    ]


def test_three_hundred_of_a_kind_name_two_hundred_and_say_that_there_are_more() -> None:
    [line] = gathered(f"Message no. {number} rerouted" for number in range(300))

    assert line.startswith("Message rerouted: no. 0, no. 1, ")
    assert line.endswith("no. 199, …")


def test_a_letter_that_is_only_named_says_whom_it_was_about() -> None:
    text = "Nr. 7 ist abgelaufen.\nAuch Nr. 70 und Nr. 8, und noch einmal Nr. 8."

    named = with_numbers("ALARM: Meldung Nr. 7 ist abgelaufen (+2)", text)

    assert named == "ALARM: Meldung Nr. 7 ist abgelaufen (+2): Nr. 70, Nr. 8"
    assert with_numbers("Nr. 7 umgeleitet", "Nr. 7 geht jetzt") == "Nr. 7 umgeleitet"
