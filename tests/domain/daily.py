"""What comes by the day and not by the outage: a gap in a rota, and the daily digest."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from sentinel.domain.digest_words import Brief, Open, Waiting, digest_news
from sentinel.domain.message import MessageState
from sentinel.domain.news import news_of
from sentinel.domain.news_item import News
from sentinel.domain.risks import Gravity, Risk, RiskKind
from sentinel.domain.rota import Stint
from sentinel.domain.rota_risks import gap_phrase
from sentinel.errors import Phrase

MORNING = datetime(2026, 3, 5, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)
OUT = Phrase(
    de="x-stadt kann nicht veröffentlichen: Die Plattform antwortet nicht.",
    en="x-stadt cannot publish: the platform does not answer.",
)
ENDING = Phrase(
    de="Die Zugangsdaten von threads-stadt laufen am 12.03.2026 ab; bitte erneuern.",
    en="The credentials of threads-stadt expire on 12 Mar 2026; please renew them.",
)


def daily(zone: tzinfo) -> Mapping[str, News]:
    """Return each, by a name for the golden file."""
    said = gap(zone)
    payload = {"rota": "bereitschaft", "sentence_de": said.de, "sentence_en": said.en}
    told = news_of("rota.gap", "bereitschaft", payload, zone)
    assert told is not None
    return {
        "rota.gap, with what to do": told,
        "digest, all is calm": digest_news(Brief(), zone),
        "digest": digest_news(brief(said), zone),
        "digest, on hold in a crisis": digest_news(Brief(on_hold=True, crisis=True), zone),
    }


def gap(zone: tzinfo) -> Phrase:
    open_then = Stint(starts_at=MORNING + 2 * DAY, ends_at=MORNING + 3 * DAY, contacts=())
    return gap_phrase("bereitschaft", open_then, MORNING, zone, more=2)


def brief(gap: Phrase) -> Brief:
    waiting = [
        (18, "Evakuierung Innenstadt", MessageState.STRANDED),
        (17, "Hochwasser an der Saar", MessageState.AWAITING_APPROVAL),
        (12, "Straßenfest am Markt", MessageState.HELD),
    ]
    return Brief(
        outages=[
            Open(sentence=OUT, since=MORNING - DAY, taken=True),
            Open(sentence=OUT, since=MORNING, taken=False),
        ],
        waiting=[
            Waiting(number=number, headline=headline, state=state, expires_at=MORNING + DAY)
            for number, headline, state in waiting
        ],
        risks=[
            Risk(kind=kind, gravity=Gravity.ACT, subject="x", phrase=phrase)
            for kind, phrase in ((RiskKind.CREDENTIAL, ENDING), (RiskKind.ROTA, gap))
        ],
    )
