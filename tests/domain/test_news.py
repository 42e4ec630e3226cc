"""What staff are told, in words a sleepy person understands."""

from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.news import news_of
from sentinel.domain.news_item import News
from sentinel.domain.plan import Reason
from sentinel.errors import Phrase

OUTAGE = {
    "channel": "x-stadt",
    "sentence_de": "Über x-stadt kann gerade nicht veröffentlicht werden.",
    "sentence_en": "x-stadt cannot publish at the moment.",
}
REROUTED = {"number": 17, "channel": "x-stadt", "why": "unreachable", "onto": ["threads", "sms"]}


def told(kind: str, payload: dict[str, Any]) -> News:
    news = news_of(kind, "subject", payload)
    assert news is not None
    return news


def asked(news: News) -> Phrase:
    """What the news asks of whoever reads it."""
    assert news.please is not None
    return news.please


@pytest.mark.parametrize("kind", ["outage.opened", "outage.changed"])
def test_an_outage_is_told_in_the_verdicts_own_sentence(kind: str) -> None:
    news = told(kind, OUTAGE)

    assert news.subject.de == "Störung: x-stadt"
    assert news.text.de == "Über x-stadt kann gerade nicht veröffentlicht werden."
    assert news.text.en == "x-stadt cannot publish at the moment."
    assert news.outage == "subject"


def test_the_end_of_an_outage_is_news_of_the_same_outage() -> None:
    news = told("outage.closed", OUTAGE)

    assert (news.subject.en, news.outage) == ("Working again: x-stadt", "subject")


def test_our_own_line_is_named() -> None:
    assert told("outage.opened", {"uplink": "default"}).subject.en == (
        "Outage: our own line (default)"
    )


def test_a_stranded_message_is_an_alarm_with_what_to_do() -> None:
    news = told("message.stranded", {"number": 17, "stranded": ["katastrophe"]})

    assert news.subject.de == "ALARM: Meldung Nr. 17 steckt fest"
    assert "katastrophe" in news.text.de
    assert "sentinel message 17" in asked(news).en


def test_that_a_message_is_stranded_no_more_is_told_with_where_it_stands() -> None:
    news = told("message.carried_again", {"number": 4, "channels": ["mastodon-stadt", "sms"]})

    assert news.subject.de == "Meldung Nr. 4 steckt nicht mehr fest"
    assert news.text.de == "Nr. 4 steckt nicht mehr fest; steht auf mastodon-stadt, sms."
    assert news.text.en == "No. 4 is no longer stranded; it stands on mastodon-stadt, sms."
    assert not news.alarm


def test_a_message_that_ran_out_of_time_is_an_alarm_with_what_to_do() -> None:
    news = told("message.expired", {"number": 17, "stranded": []})

    assert news.subject.de == "ALARM: Meldung Nr. 17 ist abgelaufen"
    assert news.subject.en == "ALARM: message no. 17 has expired"
    assert "bitte neu senden" in asked(news).de
    assert "sentinel message 17" in asked(news).en


def test_a_rerouted_message_says_from_where_to_where_and_why() -> None:
    news = told("message.rerouted", REROUTED)

    assert news.subject.de == "Meldung Nr. 17 umgeleitet"
    assert news.text.de == (
        "Nr. 17 geht jetzt über threads, sms statt über x-stadt. "
        "Über x-stadt kann gerade nicht veröffentlicht werden, "
        "weil die Server der Plattform nicht antworten."
    )
    assert "because the platform's servers do not answer" in news.text.en


@pytest.mark.parametrize("why", [*Cause, *Reason, "something new"])
def test_every_reason_for_rerouting_can_be_told(why: str) -> None:
    news = told("message.rerouted", REROUTED | {"why": why})

    assert news.text.de.endswith(".")
    assert news.text.en.endswith(".")


def test_a_refused_text_is_news_and_a_refused_channel_is_told_as_its_outage() -> None:
    payload = {"message": "m1", "channel": "x-stadt", "cause": "content_rejected"}

    news = told("delivery.refused", payload | {"state": "refused"})

    assert news.subject.en == "Text refused: x-stadt"
    assert "sentinel message m1" in asked(news).de
    assert news_of("delivery.refused", "d1", payload | {"state": "moved"}) is None


def test_refused_rules_a_hold_and_its_end_are_news() -> None:
    refused = told("rules.refused", {"problems_de": "Zeile 3", "problems_en": "line 3"})
    held = told("publishing.held", {"reason": "Konto gekapert"})
    resumed = told("publishing.resumed", {"by": "token t1"})

    assert "Zeile 3" in refused.text.de
    assert "line 3" in refused.text.en
    assert "Konto gekapert" in held.text.en
    assert "token t1" in resumed.text.de


def test_of_many_problems_of_refused_rules_the_first_are_told_and_the_rest_counted() -> None:
    lines = [f"rules.yaml:{number}:1: wrong" for number in range(1, 9)]

    refused = told(
        "rules.refused", {"problems_de": "\n".join(lines), "problems_en": "\n".join(lines)}
    )

    assert "rules.yaml:5:1: wrong\n" in refused.text.en
    assert "rules.yaml:6:1" not in refused.text.en
    assert refused.text.en.endswith("and 3 more: sentinel check-rules")
    assert refused.text.de.endswith("und 3 weitere: sentinel check-rules")


def test_what_is_part_of_the_daily_work_is_no_news() -> None:
    for kind in ("delivery.accepted", "delivery.planned", "message.live", "verdict.changed"):
        assert news_of(kind, "subject", {}) is None


@pytest.mark.parametrize(
    "kind",
    ["outage.opened", "outage.closed", "message.stranded", "message.rerouted", "rules.refused"],
)
def test_an_entry_whose_payload_was_emptied_can_still_be_told(kind: str) -> None:
    news = told(kind, {})

    assert news.subject.de
    assert news.text.en is not None


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("truncated", "gekürzter"),
        ("not_visible", "nicht zu sehen"),
        ("reader_restricted", "nicht alle lesen"),
    ],
)
def test_a_post_that_is_not_as_it_was_sent_is_for_a_person(note: str, words: str) -> None:
    payload = {"message": "m1", "channel": "x-stadt", "note": note}

    news = told("delivery.doubted", payload)

    assert news.subject.de == "Beitrag bitte ansehen: x-stadt"
    assert words in news.text.de
    assert news.done is not None
    assert "löscht und wiederholt dort nichts von selbst" in news.done.de
    assert "sentinel message m1" in asked(news).en
    assert news_of("delivery.doubted", "d1", payload | {"note": None}) is None


GOING = {
    "message": "m1",
    "number": 17,
    "channel": "x-stadt",
    "permalink": "https://x.com/stadt/status/190",
}


def test_a_post_that_will_not_go_is_told_with_the_cause_and_where_it_stands() -> None:
    news = told("delivery.still_there", GOING | {"cause": "account_locked"})

    assert news.subject.de == "Noch nicht gelöscht: Meldung Nr. 17 auf x-stadt"
    assert "weil unser Konto gesperrt ist" in news.text.de
    assert "Adresse: https://x.com/stadt/status/190" in news.text.de
    assert "because our account is locked" in news.text.en


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        ("platform", "kann Sentinel nicht löschen"),
        ("by_person", "Ein Mensch hat sie dort veröffentlicht"),
        ("rules", "steht nicht mehr in den Regeln"),
        ("gave_up", "Eine Stunde lang"),
    ],
)
def test_what_a_person_has_to_delete_is_told_with_its_address(obstacle: str, words: str) -> None:
    news = told("delivery.left_standing", GOING | {"obstacle": obstacle})
    nowhere = told("delivery.left_standing", GOING | {"obstacle": obstacle, "permalink": None})

    assert news.subject.de == "Bitte von Hand löschen: Meldung Nr. 17 auf x-stadt"
    assert words in news.text.de
    assert "Adresse: https://x.com/stadt/status/190" in news.text.de
    assert "sentinel message m1" in nowhere.text.de


def test_that_a_post_is_gone_is_news_only_after_bad_news() -> None:
    news = told("delivery.withdrawn", GOING | {"told": True})

    assert news.subject.en == "Deleted now: message no. 17 on x-stadt"
    assert news_of("delivery.withdrawn", "d1", GOING | {"told": False}) is None


def test_an_approval_that_is_waited_for_and_one_that_was_overridden_are_news() -> None:
    waiting = told("message.awaiting_approval", {"number": 17})
    overridden = told("message.approval_overridden", {"number": 17, "comment": "Gefahr im Verzug"})

    assert "sentinel approve 17" in asked(waiting).de
    assert overridden.subject.de == "Ohne zweite Person freigegeben: Meldung Nr. 17"
    assert "Gefahr im Verzug" in overridden.text.en


@pytest.mark.parametrize(
    ("ahead_s", "de", "en"),
    [
        (3600.0, "Sie geht 3600 s vor.", "It is 3600 s ahead."),
        (-12.5, "Sie geht 12.5 s nach.", "It is 12.5 s behind."),
    ],
)
def test_a_wrong_clock_is_said_to_be_ahead_or_behind(ahead_s: float, de: str, en: str) -> None:
    news = told("clock.wrong", {"ahead_s": ahead_s})

    assert news.text.de.startswith(de)
    assert news.text.en.startswith(en)
