"""People log in: who gets in, and what their browser must prove."""

import re
from pathlib import Path

import pytest

from sentinel.simulator.server import Simulator
from tests.support.browser import PASSWORD, WRONG, added, browser
from tests.support.house import House, route, rules_for


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=("warnseite",))


async def test_whoever_logs_in_sees_lage_and_the_journal_says_so(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        person = await added(house, "Änne Öztürk", "read")
        turned_away = await anna.get("/outages")
        to_login = anna.headers["Location"]
        status = await anna.log_in("änne ÖZTÜRK", path=to_login)
        led_to = anna.headers["Location"]
        seen = await anna.get(led_to)
        entry = (await house.journal("login.accepted"))[0]

    assert (turned_away, to_login) == (303, "/login?next=/outages&lang=en")
    assert (status, led_to) == (303, "/outages?lang=en")
    assert seen == 200
    assert "Änne Öztürk" in anna.text
    assert (entry.actor.kind, entry.actor.id) == ("person", person)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        await anna.log_in("anna")
        said = anna.headers.getall("Set-Cookie")

    session = next(line for line in said if line.startswith("sentinel_session="))
    for word in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"):
        assert word in session


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", WRONG), ("nobody", PASSWORD), ("", ""), ("anna", "x" * 5000), ("a\0b", WRONG)],
)
async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    file: Path, name: str, password: str
) -> None:
    async with House(file) as house, browser(house) as stranger:
        await added(house, "anna", "read")
        status = await stranger.log_in(name, password)

    assert status == 403
    assert "The name or the password is wrong." in stranger.text
    assert not stranger.cookie
    assert password not in stranger.text or not password


async def test_logging_in_takes_over_no_login_that_the_browser_had(file: Path) -> None:
    """Session fixation: whoever planted a cookie must not be logged in along with its bearer."""
    async with House(file) as house, browser(house) as anna, browser(house) as mallory:
        await added(house, "anna", "read")
        await added(house, "mallory", "read")
        await mallory.log_in("mallory")
        planted = mallory.cookie
        anna.plant(planted)
        await anna.log_in("anna")
        await anna.get("/")
        with_the_planted_one = await mallory.get("/")

    assert anna.cookie not in {planted, ""}
    assert anna.status == 200
    assert with_the_planted_one == 303


async def test_a_login_needs_the_form_that_this_browser_was_shown(file: Path) -> None:
    async with House(file) as house, browser(house) as anna, browser(house) as other:
        await added(house, "anna", "read")
        fields = {"name": "anna", "password": PASSWORD}
        without = await anna.post("/login", fields)
        await other.get("/login")
        foreign = await anna.post("/login", {**fields, "csrf_token": other.proof})
        mine = {**fields, "csrf_token": anna.proof}
        from_elsewhere = await anna.post("/login", mine, **{"Sec-Fetch-Site": "cross-site"})

    assert (without, foreign, from_elsewhere) == (403, 403, 403)
    assert not anna.cookie


async def test_what_a_browser_changes_it_must_prove_to_want(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        person = await added(house, "anna", "read", "operate")
        await anna.log_in("anna")
        await anna.get("/")
        proof = anna.proof
        hold = "/api/v1/hold"
        bare = await anna.post(hold, {})
        invented = await anna.post(hold, {}, **{"X-CSRF-Token": "0" * 64})
        odd = await anna.post(hold, {}, **{"X-CSRF-Token": "ümlaut".encode().decode("latin-1")})
        async with anna.session.post(
            hold, json={"reason": "Probe"}, headers={"X-CSRF-Token": proof}
        ) as answer:
            shown = answer.status
        entries = await house.journal("publishing.held")

    assert (bare, invented, odd, shown) == (403, 403, 403, 200)
    assert [(one.actor.kind, one.actor.id) for one in entries] == [("person", person)]


async def test_a_person_may_do_what_they_may_and_no_more(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "send")
        await anna.log_in("anna")
        led_to = anna.headers["Location"]
        lage = await anna.get("/")
        read = await anna.get("/api/v1/channels")

    assert led_to == "/login?lang=en"
    assert (lage, read) == (403, 403)


async def test_whoever_logs_out_is_out_and_the_cookie_is_worth_nothing(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        await anna.log_in("anna")
        await anna.get("/")
        proof, value = anna.proof, anna.cookie
        unproven = await anna.post("/logout", {})
        still = await anna.get("/")
        out = await anna.post("/logout", {"csrf_token": proof})
        gone = anna.cookie
        anna.plant(value)
        with_the_old_one = await anna.get("/")
        kinds = [entry.kind for entry in await house.journal("login.ended")]

    assert (unproven, still, out, gone, with_the_old_one) == (403, 200, 303, "", 303)
    assert kinds == ["login.ended"]


async def test_another_site_cannot_log_anybody_out(file: Path) -> None:
    """It sends no cookie along; the answer must not remove the one that the browser has."""
    async with House(file) as house, house.web.post("/logout", allow_redirects=False) as answer:
        said = answer.headers.getall("Set-Cookie", [])

    assert said == []


async def test_a_new_password_ends_every_login_of_the_old_one(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        await anna.log_in("anna")
        body = {"name": "anna", "password": WRONG}
        status, _ = await house.call("POST", "/api/v1/users/password", body)
        after = await anna.get("/")
        old = await anna.log_in("anna")
        new = await anna.log_in("anna", WRONG)

    assert (status, after, old, new) == (200, 303, 403, 303)


async def test_nothing_secret_is_kept_shown_or_logged(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read", "admin")
        await anna.log_in("anna")
        cookie, pages = anna.cookie, ""
        await anna.log_in("anna", WRONG)
        for path in ("/", "/outages", "/login", "/api/v1/users", "/api/v1/journal"):
            await anna.get(path)
            pages += anna.text
        _, refused = await house.call(
            "POST", "/api/v1/users", {"name": "x", "may": ["read"], "password": "zu kurz"}
        )
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("sentinel.db*"))

    logged = "".join(capsys.readouterr())
    assert "server.listening" in logged
    for secret in (PASSWORD.strip(), WRONG, cookie, "$argon2id$"):
        assert secret not in pages
        assert secret not in logged
    for secret in (PASSWORD.strip(), cookie):
        assert secret.encode() not in kept
    assert b"$argon2id$v=19$m=65536,t=3,p=1$" in kept
    assert "zu kurz" not in str(refused)


@pytest.mark.parametrize("kind", ["", "; charset=utf-8", "; charset=klingon"])
async def test_a_form_of_odd_bytes_is_no_form_and_no_crash(file: Path, kind: str) -> None:
    headers = {"Content-Type": f"application/x-www-form-urlencoded{kind}"}
    async with House(file) as house, browser(house) as stranger:
        await stranger.get("/login")
        async with stranger.session.post(
            "/login", data=b"name=\xff&password=\xfe\x00&csrf_token=\xfd", headers=headers
        ) as answer:
            status, text = answer.status, await answer.text()

    assert status == 403
    assert "too old, or not ours" in text


async def test_the_page_of_the_login_leads_nowhere_else(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        await anna.log_in("anna", path="/login?next=https://evil.example/")
        led_to = anna.headers["Location"]

    assert led_to == "/?lang=en"


async def test_the_login_is_in_german_too_and_has_no_script(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await anna.get("/login?lang=de")
        nobody = anna.text
        await added(house, "anna", "read")
        await anna.get("/login?lang=de")

    assert "Noch kann sich niemand anmelden" in nobody
    assert 'type="password"' not in nobody
    assert "Passwort" in anna.text
    assert "<script" not in anna.text
    assert "script-src" not in anna.headers["Content-Security-Policy"]
    assert "default-src 'none'" in anna.headers["Content-Security-Policy"]
    assert anna.headers["Cache-Control"] == "no-store"


async def test_behind_tls_the_cookies_never_travel_without(sim: Simulator, tmp_path: Path) -> None:
    """And no neighbour under the same domain can plant one: that is what `__Host-` is for."""
    file = await rules_for(
        sim,
        tmp_path,
        [route(always=["warnseite"])],
        only=("warnseite",),
        server={"listen": "127.0.0.1:8080", "public_url": "https://sentinel.example"},
    )
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        await anna.get("/login")
        visitor, proof = anna.headers["Set-Cookie"], anna.proof
        fields = {"name": "anna", "password": PASSWORD, "csrf_token": proof}
        # The test's line is not TLS, so its jar keeps the cookie to itself: shown by hand.
        shown = visitor.partition(";")[0]
        status = await anna.post("/login", fields, Cookie=shown)
        said = anna.headers.getall("Set-Cookie")
        session = next(line for line in said if line.startswith("__Host-sentinel_session="))
        plain = session.partition(";")[0].removeprefix("__Host-")
        seen = await anna.get("/", Cookie=session.partition(";")[0])
        unmarked = await anna.get("/", Cookie=plain)

    assert visitor.startswith("__Host-sentinel_visitor=")
    assert (status, seen, unmarked) == (303, 200, 303)
    for line in (visitor, session):
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in line
        assert "Domain" not in line


async def test_a_person_acknowledges_an_outage_by_the_form_that_they_were_shown(
    sim: Simulator, tmp_path: Path
) -> None:
    routes = [route("x-stadt", always=["warnseite"])]
    file = await rules_for(sim, tmp_path, routes, only=("warnseite", "x-stadt"))
    sim.faults.put("x", "server_error")
    async with House(file) as house, browser(house) as anna:
        person = await added(house, "anna", "read", "operate")
        await house.judged("x-stadt", "publish", "down", "platform_fault")
        await anna.log_in("anna")
        await anna.get("/outages")
        form = re.search(r'action="(/outages/[^"]+)">\s+.*name="proof" value="([^"]+)"', anna.text)
        assert form
        unproven = await anna.post(form[1], {"proof": form[2]})
        await anna.get("/outages")
        pressed = await anna.post(form[1], {"proof": form[2], "csrf_token": anna.proof})
        entry = (await house.journal("outage.acknowledged"))[0]
        await anna.get("/outages?lang=en")

    assert (unproven, pressed) == (403, 303)
    assert "anna takes care of it" in anna.text
    assert (entry.actor.kind, entry.actor.id) == ("person", person)
