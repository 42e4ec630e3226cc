"""What staff are told, in words a sleepy person understands."""

from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.news import News, news_of
from sentinel.domain.plan import Reason

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
    assert told("outage.opened", {"uplink": "default"}).subject.en == "Outage: default"


def test_a_stranded_message_is_an_alarm_with_what_to_do() -> None:
    news = told("message.stranded", {"number": 17, "stranded": ["katastrophe"]})

    assert news.subject.de == "ALARM: Meldung Nr. 17 steckt fest"
    assert "katastrophe" in news.text.de
    assert "sentinel message 17" in news.text.en


def test_a_message_that_ran_out_of_time_is_an_alarm_with_what_to_do() -> None:
    news = told("message.expired", {"number": 17, "stranded": []})

    assert news.subject.de == "ALARM: Meldung Nr. 17 ist abgelaufen"
    assert news.subject.en == "ALARM: message no. 17 has expired"
    assert "bitte neu senden" in news.text.de
    assert "sentinel message 17" in news.text.en


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
    assert "sentinel message m1" in news.text.de
    assert news_of("delivery.refused", "d1", payload | {"state": "moved"}) is None


def test_refused_rules_a_hold_and_its_end_are_news() -> None:
    refused = told("rules.refused", {"problems_de": "Zeile 3", "problems_en": "line 3"})
    held = told("publishing.held", {"reason": "Konto gekapert"})
    resumed = told("publishing.resumed", {"by": "token t1"})

    assert "Zeile 3" in refused.text.de
    assert "line 3" in refused.text.en
    assert "Konto gekapert" in held.text.en
    assert "token t1" in resumed.text.de


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
