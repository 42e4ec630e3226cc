"""HTTP steps: what is sent, and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from email import message_from_bytes

from aiohttp import web

from sentinel.domain.observation import Window
from sentinel.platforms import Account, Platform
from sentinel.transport.driver import Transport
from sentinel.wire import Field, Request, Response, ask

Site = Callable[..., Awaitable[str]]


async def fetch(
    transport: Transport, account: Account, request: Request, timeout_s: float = 5
) -> Response:
    return await transport.drive(ask(request), account, timeout_s=timeout_s)


async def test_a_request_arrives_as_it_was_written(
    transport: Transport, account: Account, site: Site
) -> None:
    seen: list[tuple[str, str, str, str, str]] = []

    async def take(request: web.Request) -> web.Response:
        agent, kind = request.headers["User-Agent"], request.content_type
        seen.append((request.method, request.path_qs, agent, kind, await request.text()))
        return web.json_response({"id": "1"}, status=201, headers={"X-Left": "9"})

    base = await site(take)

    answer = await fetch(
        transport,
        account,
        Request(
            method="POST",
            url=f"{base}/2/posts?a=1",
            params={"b": "ä &"},
            json={"text": "Hochwasser"},
            commits=True,
        ),
    )

    assert seen == [
        (
            "POST",
            "/2/posts?a=1&b=%C3%A4+%26",
            "Sentinel/0.1.0",
            "application/json",
            '{"text": "Hochwasser"}',
        )
    ]
    assert (answer.status, answer.object(), answer.headers["x-left"]) == (201, {"id": "1"}, "9")


async def test_an_address_that_is_encoded_already_arrives_letter_by_letter(
    transport: Transport, account: Account, site: Site
) -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    base = await site(tell)
    path = "/rest/posts/urn%3Ali%3Ashare%3A1?author=urn%3Ali%3Aorganization%3A1"

    kept = await fetch(transport, account, Request(method="GET", url=base + path, encoded=True))
    tidied = await fetch(transport, account, Request(method="GET", url=base + path))

    assert kept.text == path
    assert tidied.text == path.replace("%3A", ":")


async def test_a_form_and_plain_bytes_arrive_whole(
    transport: Transport, account: Account, site: Site
) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read(), content_type=request.content_type)

    base = await site(echo)

    form = await fetch(transport, account, Request(method="POST", url=base, form={"a": "ü b"}))
    plain = await fetch(transport, account, Request(method="PUT", url=base, body=b"\0\1"))

    assert (form.text, form.headers["content-type"]) == (
        "a=%C3%BC+b",
        "application/x-www-form-urlencoded",
    )
    assert plain.body == b"\0\1"


async def test_a_form_with_a_file_arrives_field_by_field_and_twice_as_the_same_bytes(
    transport: Transport, account: Account, site: Site
) -> None:
    seen: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(await request.read())
        forms.append(request.headers["Content-Type"])
        return web.Response()

    forms: list[str] = []
    base = await site(take)
    fields = (
        Field(name="text", value="Übung".encode()),
        Field(name="file", value=b"\xff\xd8", filename="card.jpg", media_type="image/jpeg"),
    )

    for _ in range(2):
        await fetch(transport, account, Request(method="POST", url=base, multipart=fields))

    parts = message_from_bytes(f"Content-Type: {forms[0]}\r\n\r\n".encode() + seen[0]).walk()
    _, text, file = parts
    assert (seen[0], forms[0]) == (seen[1], forms[1])
    assert text.get_payload(decode=True) == "Übung".encode()
    assert (file.get_filename(), file.get_content_type()) == ("card.jpg", "image/jpeg")
    assert file.get_payload(decode=True) == b"\xff\xd8"


async def test_a_body_is_cut_at_one_mebibyte(
    transport: Transport, account: Account, site: Site
) -> None:
    async def flood(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5_000_000)

    answer = await fetch(transport, account, Request(method="GET", url=await site(flood)))

    assert len(answer.body) == 1_048_576


async def test_a_header_of_30_kilobytes_is_read(
    transport: Transport, account: Account, site: Site
) -> None:
    async def wall(_: web.Request) -> web.Response:
        return web.Response(headers={"Content-Security-Policy": "x" * 30_000})

    answer = await fetch(transport, account, Request(method="GET", url=await site(wall)))

    assert len(answer.headers["content-security-policy"]) == 30_000


async def test_cookies_are_never_sent_back(
    transport: Transport, account: Account, site: Site
) -> None:
    async def bake(request: web.Request) -> web.Response:
        answer = web.Response(text=request.headers.get("Cookie", "none"))
        answer.set_cookie("session", "stadt")
        return answer

    base = await site(bake)
    await fetch(transport, account, Request(method="GET", url=base))

    again = await fetch(transport, account, Request(method="GET", url=base))

    assert again.text == "none"


async def test_only_a_citizen_is_redirected(
    transport: Transport, account: Account, site: Site
) -> None:
    async def hop(request: web.Request) -> web.Response:
        left = int(request.path.strip("/"))
        if left:
            return web.Response(status=302, headers={"Location": f"/{left - 1}"})
        return web.Response(text="here")

    base = await site(hop)

    async def look(url: str, *, anonymous: bool) -> tuple[int, str]:
        answer = await fetch(
            transport, account, Request(method="GET", url=url, anonymous=anonymous)
        )
        return answer.status, answer.url

    assert await look(f"{base}/3", anonymous=True) == (200, f"{base}/0")
    assert await look(f"{base}/4", anonymous=True) == (302, f"{base}/1")
    assert await look(f"{base}/1", anonymous=False) == (302, f"{base}/1")


async def test_reads_share_a_connection_and_posts_take_a_fresh_one(
    transport: Transport, account: Account, site: Site
) -> None:
    async def who(request: web.Request) -> web.Response:
        assert request.transport is not None
        return web.Response(text=str(request.transport.get_extra_info("peername")[1]))

    base = await site(who)

    async def port(method: str, *, commits: bool = False, anonymous: bool = False) -> str:
        request = Request(method=method, url=base, commits=commits, anonymous=anonymous)
        return (await fetch(transport, account, request)).text

    read = await port("GET")

    assert await port("GET") == read
    assert len({read, await port("POST", commits=True), await port("GET", anonymous=True)}) == 3


async def test_what_headers_say_of_limits_goes_to_the_ledger(
    open_transport: Callable[..., Awaitable[Transport]],
    account: Account,
    site: Site,
    limited: Platform,
) -> None:
    noted: list[tuple[str, Sequence[Window]]] = []
    transport = await open_transport(ledger=lambda a, windows: noted.append((a.channel, windows)))

    async def answer(request: web.Request) -> web.Response:
        return web.Response(headers={"X-Left": request.path.strip("/")})

    base = await site(answer)
    for path in ("17", "", "nonsense"):
        request = Request(method="GET", url=f"{base}/{path}")
        response = await transport.drive(ask(request), account, timeout_s=5, platform=limited)
        assert response.status == 200

    assert noted == [("stadt", (Window(name="posts", limit=300, remaining=17),))]
