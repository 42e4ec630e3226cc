"""The face of SMS gateways answers as the fact sheet says (platforms-b.md, section 9.2)."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Heard

ONE, TWO = "4915112345678", "4917612345678"
LOGIN = {"Authorization": "Basic QUMxOnQ="}  # AC1:t


class SmsClient:
    def __init__(self, http: aiohttp.ClientSession, sim: Simulator) -> None:
        self.http, self.base = http, f"{sim.url}/sms/stadt"

    async def ask(self, method: str, path: str, **how: Any) -> Heard:
        async with self.http.request(method, self.base + path, **how) as answer:
            return Heard(answer.status, answer.headers, await answer.text())

    async def seven(self, to: str, text: str = "Bombe", key: str = "k", **more: str) -> Heard:
        body = {"to": to, "text": text, "from": "Stadt", **more}
        headers = {"X-Api-Key": key} if key else {}
        return await self.ask("POST", "/api/sms", json=body, headers=headers)

    async def twilio(self, **form: str) -> Heard:
        path = "/2010-04-01/Accounts/AC1/Messages.json"
        return await self.ask("POST", path, data=form, headers=LOGIN)

    async def kannel(self, **query: str) -> Heard:
        stated = {"username": "k", "password": "p", "text": "Bombe", **query}
        return await self.ask("GET", "/cgi-bin/sendsms", params=stated)


@pytest.fixture
def sms(http: aiohttp.ClientSession, sim: Simulator) -> SmsClient:
    return SmsClient(http, sim)


async def test_seven_answers_each_recipient_in_one_answer(sms: SmsClient, sim: Simulator) -> None:
    heard = await sms.seven(f"{ONE},{TWO}", foreign_id="d1")

    assert (heard.status, heard.json["success"]) == (200, "100")
    assert [each["recipient"] for each in heard.json["messages"]] == [ONE, TWO]
    assert all(each["success"] is True and each["id"] for each in heard.json["messages"])
    assert heard.json["balance"] == 99.85
    assert [post["to"] for post in sim.posts()] == [[ONE], [TWO]]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ((ONE, "Bombe", ""), "900"),
        (("", "Bombe", "k"), "301"),
        ((ONE, "", "k"), "305"),
        (("12", "Bombe", "k"), "202"),
        ((ONE, "a" * 1521, "k"), "401"),
    ],
)
async def test_seven_refuses_with_http_200_and_a_code_in_the_body(
    sms: SmsClient, sim: Simulator, sent: tuple[str, str, str], code: str
) -> None:
    heard = await sms.seven(*sent)

    assert (heard.status, heard.json["success"]) == (200, code)
    assert sim.posts() == []


async def test_a_wrong_number_among_good_ones_is_told_apart(sms: SmsClient) -> None:
    heard = await sms.seven(f"{ONE},12")

    assert heard.json["success"] == "101"
    assert [each["error"] for each in heard.json["messages"]] == [None, 202]


async def test_the_credit_falls_until_it_is_used_up(sms: SmsClient) -> None:
    numbers = [f"49151{number:08d}" for number in range(1340)]

    heard = await sms.seven(",".join(numbers))

    assert heard.json["success"] == "101"
    assert sum(1 for each in heard.json["messages"] if each["success"]) == 1333
    assert {each["error"] for each in heard.json["messages"][1333:]} == {500}
    balance = await sms.ask("GET", "/api/balance", headers={"X-Api-Key": "k"})
    assert balance.json == {"amount": 0.025, "currency": "EUR"}


async def test_the_journal_repeats_the_senders_name_for_it(sms: SmsClient) -> None:
    await sms.seven(ONE, foreign_id="d1")
    await sms.seven(TWO, foreign_id="d2")

    heard = await sms.ask(
        "GET", "/api/journal/outbound", params={"to": TWO}, headers={"X-Api-Key": "k"}
    )

    assert [(each["to"], each["foreign_id"]) for each in heard.json] == [(TWO, "d2")]


async def test_twilio_creates_a_message_and_lists_it(sms: SmsClient) -> None:
    made = await sms.twilio(To=f"+{ONE}", From="+1500", Body="Bombe")
    path = "/2010-04-01/Accounts/AC1/Messages.json"
    listed = await sms.ask("GET", path, params={"To": f"+{ONE}"}, headers=LOGIN)

    assert (made.status, made.json["status"]) == (201, "queued")
    assert made.json["sid"].startswith("SM")
    assert [each["sid"] for each in listed.json["messages"]] == [made.json["sid"]]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": "1", "Body": "a"}, 21604),
        ({"To": f"+{ONE}", "From": "1"}, 21602),
        ({"To": f"+{ONE}", "Body": "a"}, 21603),
        ({"To": "12", "From": "1", "Body": "a"}, 21211),
        ({"To": f"+{ONE}", "From": "1", "Body": "a" * 1601}, 21617),
    ],
)
async def test_twilio_refuses_with_a_code(sms: SmsClient, form: dict[str, str], code: int) -> None:
    heard = await sms.twilio(**form)

    assert (heard.status, heard.json["code"], heard.json["status"]) == (400, code, 400)
    assert heard.json["more_info"].endswith(str(code))


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"to": ONE}, 202, "0: Accepted for delivery"),
        ({"to": ""}, 400, "Empty receiver number not allowed, rejected"),
        ({"to": "abc"}, 400, "Number(s) has/have been denied by white- and/or black-lists."),
        ({"to": ONE, "password": ""}, 403, "Authorization failed for sendsms"),
    ],
)
async def test_kannel_answers_in_plain_text(
    sms: SmsClient, query: dict[str, Any], status: int, words: str
) -> None:
    heard = await sms.kannel(**query)

    assert (heard.status, heard.text) == (status, words)
    assert heard.headers["Content-Type"].startswith("text/html")
