"""The alarm for a stranded message: what matters first, then the texts in full."""

from dataclasses import replace

from sentinel.domain.by_hand import Ready, alarm
from sentinel.domain.news_item import News

X = Ready(
    channel="x-stadt",
    text="Hochwasser an der Saar\n\nDer Pegel steigt.",
    link="https://x.com/intent/tweet?text=Hochwasser",
    delivery="d1",
)
SITE = Ready(channel="warnseite", text="Hochwasser an der Saar", perhaps_there=True, owed=True)


def told(*ready: Ready) -> News:
    return alarm(17, "Hochwasser an der Saar", ["alles", "presse"], ready)


def test_message_routes_and_channels_stand_at_the_top() -> None:
    news = told(X, SITE)

    assert news.alarm
    assert news.subject.de == "ALARM: Meldung Nr. 17 steckt fest"
    assert news.text.de.startswith("Für Meldung Nr. 17 („Hochwasser an der Saar“) fehlt")
    assert "(Route: alles, presse)" in news.text.de
    assert news.please is not None
    assert news.please.de.startswith("Von Hand veröffentlichen auf: x-stadt, warnseite.")
    assert news.please.en.startswith("Publish it by hand on: x-stadt, warnseite.")


def test_each_channel_has_its_text_in_full_where_to_post_it_and_how_to_say_so() -> None:
    news = told(X)

    assert news.details is not None
    assert news.details.de == (
        "== x-stadt, Nr. 17 ==\n"
        "Danach melden: sentinel confirm d1\n"
        "Öffnen: https://x.com/intent/tweet?text=Hochwasser\n"
        "\n"
        "Hochwasser an der Saar\n\nDer Pegel steigt."
    )
    assert news.details.en.startswith("== x-stadt, no. 17 ==\nThen say so: sentinel confirm d1\n")


def test_what_confirming_means_is_said() -> None:
    news = told(X)

    assert news.please is not None
    assert "Sentinel sendet sie dort nicht noch einmal" in news.please.de
    assert "Sentinel does not send it there again" in news.please.en


def test_what_may_be_there_already_and_what_is_owed_is_said() -> None:
    news = told(SITE)

    assert news.details is not None
    assert "bitte zuerst nachsehen" in news.details.de
    assert "Dort steht eine frühere Meldung" in news.details.de
    assert "please look first" in news.details.en
    assert "An earlier message stands there" in news.details.en
    assert "Öffnen" not in news.details.de


def test_where_sentinel_may_still_send_whoever_posts_is_told_to_look_and_to_say_so() -> None:
    unbegun = Ready(channel="sms", text="Hochwasser", delivery=None, tries=True)
    news = told(replace(X, tries=True), unbegun)

    assert news.details is not None
    for text, warning in (
        (news.details.de, "Sentinel kann dort auch selbst noch senden"),
        (news.details.en, "Sentinel may still send there itself"),
    ):
        assert text.count(warning) == 2
        assert "sentinel confirm d1" in text
        assert "sentinel confirm 17:sms" in text
        assert "zu melden ist dort nichts" not in text
        assert "nothing to say" not in text


def test_only_of_an_account_that_left_the_rules_it_is_said_that_nothing_is_to_be_reported() -> None:
    news = told(SITE)

    assert news.details is not None
    assert "nicht mehr in den Regeln; zu melden ist dort nichts" in news.details.de
    assert "no longer in the rules, so there is nothing to say" in news.details.en
    assert "confirm" not in news.details.de
    assert "auch selbst noch senden" not in news.details.de
