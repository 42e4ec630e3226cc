"""The main job with the city's own site, a real WordPress: X takes nothing, citizens read on."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.city import Daemon, Said, command, free_port, rules, wait_for, write
from tests.support.simulated import Simulated
from tests.support.wordpress import PRETTY, WordPress

pytestmark = pytest.mark.timeout(600)  # the first test makes a site


@dataclass(frozen=True, kw_only=True)
class Town:
    """A daemon whose list is X, then its own site."""

    file: Path
    daemon: Daemon
    sim: Simulated
    site: WordPress

    def sentinel(self, *words: str) -> Said:
        """Call the `sentinel` command."""
        env = {"WORDPRESS_PASSWORD": self.site.passwords["sentinel"]}
        return command(self.file, "--lang", "en", "--json", *words, env=env)

    def send(self, headline: str, *, wait: str = "30s") -> Said:
        """Have a severe message sent, and followed until it is live."""
        body = ("--headline", headline, "--text", "Der Deich ist gebrochen.")
        return self.sentinel("send", *body, "--severity", "severe", "--wait", wait)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    with WordPress(tmp_path_factory.mktemp("wordpress")) as running:
        running.permalinks(PRETTY)
        yield running


@pytest.fixture
def town(tmp_path: Path, sim: Simulated, site: WordPress) -> Iterator[Town]:
    site.revive()
    site.empty()
    document = rules(
        sim.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        only=("x-stadt", "warnseite"),
        notice_link="warnseite",
        routes=[
            {
                "name": "katastrophe",
                "match": {"severity": ["extreme", "severe"]},
                "priority": ["x-stadt", "homepage"],
            }
        ],
    )
    document["channels"]["homepage"] = {
        "platform": "wordpress",
        "base_url": site.url,
        "credentials": {"user": "sentinel", "application_password": "${env:WORDPRESS_PASSWORD}"},
        "categories": ["warnungen"],
        "probes": {name: {"every": "1s"} for name in ("credentials", "read_back", "visibility")},
    }
    file = write(tmp_path, document)
    with Daemon(file, {"WORDPRESS_PASSWORD": site.passwords["sentinel"]}) as daemon:
        wait_for(
            lambda: daemon.ability("homepage", "publish")[0] == "up",
            60,
            "the real site to be observed",
        )
        yield Town(file=file, daemon=daemon, sim=sim, site=site)


def test_when_x_takes_no_more_it_is_on_the_site_once_and_citizens_read_it(town: Town) -> None:
    town.sim.fault("x", "rate_limited")

    sent = town.send("Deichbruch")

    assert sent.code == 0, sent
    (post,) = town.site.posts()
    assert post["post_title"] == "Deichbruch"
    wait_for(lambda: homepage(town.daemon.message(sent.shape))["public_at"], 60, "citizens to read")
    link = homepage(town.daemon.message(sent.shape))["receipt"]["permalink"]
    with urllib.request.urlopen(link, timeout=30) as page:
        assert "Der Deich ist gebrochen." in page.read().decode()
    assert town.site.passwords["sentinel"] not in town.daemon.log.read_text()
    assert town.daemon.journal_holds()


def test_what_the_site_dates_ahead_is_not_called_live_before_it_is(town: Town) -> None:
    town.sim.fault("x", "server_error")
    with town.site.plugin(
        "add_filter('wp_insert_post_data', function ($post) {"
        " if ($post['post_status'] === 'publish') $post['post_status'] = 'future';"
        " return $post; });"
    ):
        sent = town.send("Deichbruch", wait="5s")
        ahead = homepage(town.daemon.message(sent.shape))

    wait_for(lambda: town.daemon.message(sent.shape)["state"] == "live", 120, "it to be live")

    assert sent.code == 1
    assert (ahead["state"], ahead["cause"]) == ("unknown", "not_visible")
    assert len(town.site.posts()) == 1
    assert town.site.posts("future") == []


def test_a_site_that_dies_costs_nothing_and_doubles_nothing(town: Town) -> None:
    town.sim.fault("x", "server_error")
    town.site.kill()
    sent = town.send("Deichbruch", wait="3s")

    town.site.revive()

    assert (sent.code, sent.shape["state"]) == (1, "stranded")
    wait_for(lambda: town.daemon.message(sent.shape)["state"] == "live", 120, "it to be live")
    assert len(town.site.posts()) == 1


def homepage(message: Any) -> Any:
    """Return the delivery on the site."""
    (found,) = (one for one in message["deliveries"] if one["channel"] == "homepage")
    return found
