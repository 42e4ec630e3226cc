"""The face of Telegram answers as the fact sheet says (platforms-a.md, section 4)."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard


class TelegramClient(Client):
    platform = "telegram"
    token = "170:AAE"

    async def call(self, method: str, **fields: Any) -> Heard:
        return await self.ask("POST", f"/bot{self.token}/{method}", json=fields)

    async def publish(self, text: str) -> Heard:
        return await self.call("sendMessage", chat_id="@stadt", text=text)

    async def own(self) -> Heard:
        return await self.ask("GET", "/public/s/stadt")

    async def mentions(self) -> Heard:
        return await self.call("getUpdates")

    async def check(self) -> Heard:
        return await self.call("getMe")

    async def look(self, posted: Any) -> Heard:
        where = f"/public/stadt/{posted['result']['message_id']}"
        return await self.ask("GET", where, params={"embed": "1", "mode": "tme"})

    async def remove(self, posted: Any) -> Heard:
        number = posted["result"]["message_id"]
        return await self.call("deleteMessage", chat_id="@stadt", message_id=number)


@pytest.fixture
def telegram(http: aiohttp.ClientSession, sim: Simulator) -> TelegramClient:
    return TelegramClient(http, sim)


async def test_a_message_is_answered_with_its_number_chat_and_text(
    telegram: TelegramClient,
) -> None:
    first, second = await telegram.publish("Bombe"), await telegram.publish("Entwarnung")

    assert (first.status, first.json["ok"]) == (200, True)
    assert first.json["result"]["message_id"] == 1
    assert first.json["result"]["chat"]["username"] == "stadt"
    assert first.json["result"]["text"] == "Bombe"
    assert second.json["result"]["message_id"] == 2


async def test_equal_messages_are_two_posts_for_there_is_no_key(
    telegram: TelegramClient, sim: Simulator
) -> None:
    await telegram.publish("Bombe")
    await telegram.publish("Bombe")

    assert [post["text"] for post in sim.posts()] == ["Bombe", "Bombe"]


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("a" * 4096, 200, '"ok": true'),
        ("😀" * 4096, 200, '"ok": true'),
        ("a" * 4097, 400, "Bad Request: message is too long"),
        ("", 400, "Bad Request: message text is empty"),
        (" \n", 400, "Bad Request: message text is empty"),
    ],
)
async def test_a_text_has_one_to_4096_code_points(
    telegram: TelegramClient, text: str, status: int, words: str
) -> None:
    heard = await telegram.publish(text)

    assert (heard.status, words in heard.text) == (status, True)
    assert status == 200 or heard.json["error_code"] == status


async def test_a_malformed_token_is_refused(telegram: TelegramClient) -> None:
    telegram.token = "no-colon"

    heard = await telegram.check()

    assert (heard.status, heard.json["description"]) == (
        401,
        "Unauthorized: invalid token specified",
    )


async def test_a_chat_that_is_neither_name_nor_number_is_not_found(
    telegram: TelegramClient,
) -> None:
    heard = await telegram.call("sendMessage", chat_id="stadt", text="Bombe")

    assert (heard.status, heard.json["description"]) == (400, "Bad Request: chat not found")


async def test_one_message_too_many_is_told_how_long_to_wait_in_body_and_header(
    telegram: TelegramClient,
) -> None:
    for number in range(20):
        assert (await telegram.publish(f"Nr. {number}")).status == 200

    heard = await telegram.publish("Nr. 20")

    assert heard.status == 429
    assert heard.json["parameters"] == {"retry_after": 60}
    assert heard.json["description"] == "Too Many Requests: retry after 60"
    assert heard.headers["Retry-After"] == "60"
    assert "X-RateLimit-Limit" not in heard.headers


async def test_the_bot_may_post(telegram: TelegramClient) -> None:
    me = (await telegram.check()).json["result"]

    rights = await telegram.call("getChatMember", chat_id="@stadt", user_id=me["id"])
    chat = await telegram.call("getChat", chat_id="-1001659392243")

    assert me["is_bot"] is True
    assert rights.json["result"]["status"] == "administrator"
    assert rights.json["result"]["can_post_messages"] is True
    assert "username" not in chat.json["result"]


async def test_a_posts_page_answers_200_whether_or_not_there_is_one(
    telegram: TelegramClient,
) -> None:
    posted = (await telegram.publish("⚠️ Straße <A7>\ngesperrt")).json

    there = await telegram.look(posted)
    removed = await telegram.remove(posted)
    gone = await telegram.look(posted)
    again = await telegram.remove(posted)

    assert (there.status, gone.status) == (200, 200)
    assert 'data-post="stadt/1"' in there.text
    assert '<i class="emoji"><b>⚠</b></i> Straße &lt;A7&gt;<br/>gesperrt</div>' in there.text
    assert '<div class="tgme_widget_message_error">Post not found</div>' in gone.text
    assert removed.json == {"ok": True, "result": True}
    assert again.json["description"] == "Bad Request: message to delete not found"


async def test_the_list_shows_the_latest_twenty(telegram: TelegramClient, clock: Any) -> None:
    for number in range(21):
        await telegram.publish(f"Nr. {number}")
        clock.pass_by(seconds=4)

    listed = await telegram.own()

    assert 'data-post="stadt/1"' not in listed.text
    assert listed.text.count("data-post=") == 20


async def test_a_channel_without_preview_leads_to_its_card(
    telegram: TelegramClient, sim: Simulator
) -> None:
    posted = (await telegram.publish("Bombe")).json
    sim.faults.put("telegram", "login_wall")

    listed = await telegram.ask("GET", "/public/s/stadt", allow_redirects=False)
    followed = await telegram.own()

    assert (listed.status, listed.headers["Location"][-13:]) == (302, "/public/stadt")
    assert "tgme_page" in followed.text
    assert "Bombe" not in followed.text
    assert "Bombe" in (await telegram.look(posted)).text


async def test_a_private_channel_has_no_page(telegram: TelegramClient) -> None:
    await telegram.call("sendMessage", chat_id="-1001659392243", text="Bombe")

    listed = await telegram.own()

    assert "Bombe" not in listed.text
    assert "tgme_page" in listed.text


async def test_an_unknown_method_is_not_found_and_t_me_is_not_the_bot_api(
    telegram: TelegramClient,
) -> None:
    method = await telegram.mentions()
    page = await telegram.ask("GET", "/s/stadt")

    assert (method.status, method.json["description"]) == (404, "Not Found")
    assert (page.status, page.json["ok"]) == (404, False)
