"""`sentinel drill` and `sentinel demo` with the real daemon, as a user meets them."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sentinel.drills.demo import demo
from sentinel.drills.run import drill
from tests.drills.small import (
    changed,
    environment,
    left_in,
    with_a_kill,
    with_somebody_at_the_console,
    written,
)


async def test_a_drill_in_which_the_daemon_is_killed_loses_nothing_and_posts_nothing_twice(
    tmp_path: Path,
) -> None:
    out = StringIO()

    code = await drill(
        written(tmp_path, with_a_kill()),
        language="de",
        env=environment(tmp_path),
        console=Console(file=out),
    )

    told = out.getvalue()
    assert code == 0, told
    assert "der Dienst wird getötet (kill -9)" in told
    assert "der Dienst antwortet wieder" in told
    assert "3 von 3 Erwartungen gehalten" in told


async def test_a_drill_in_which_somebody_at_the_console_takes_on_what_is_open(
    tmp_path: Path,
) -> None:
    out = StringIO()

    code = await drill(
        written(tmp_path, with_somebody_at_the_console()),
        language="de",
        env=environment(tmp_path),
        console=Console(file=out, width=160),
    )

    told = out.getvalue()
    assert code == 0, told
    assert "eine Person übernimmt mastodon-stadt" in told
    assert "3 von 3 Erwartungen gehalten" in told


async def test_a_drill_with_an_expectation_turned_round_ends_with_1_and_shows_what_was_seen(
    tmp_path: Path,
) -> None:
    text, out = changed((" on: {", " not_on: {")), StringIO()

    code = await drill(
        written(tmp_path, text), language="en", env=environment(tmp_path), console=Console(file=out)
    )

    assert code == 1
    assert "✗ not held: sturm is not on mastodon-stadt" in out.getvalue()
    assert "seen: delivery: published, there: 1" in out.getvalue()
    assert left_in(tmp_path) == ["uebung.yaml"]


async def test_a_bad_drill_file_ends_with_64_and_names_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, changed(("    send:", "    sned:")))

    code = await drill(path, language="de", env=environment(tmp_path))

    assert code == 64
    assert f"{path}:28:5: unbekannter Schlüssel 'sned' (meinten Sie 'send'?)" in (
        capsys.readouterr().err
    )


async def test_a_message_that_the_daemon_refuses_ends_the_drill_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed(("{name: alle,", "{name: alle, match: {severity: [minor]},"))

    code = await drill(
        written(tmp_path, text),
        language="en",
        env=environment(tmp_path),
        console=Console(quiet=True),
    )

    assert code == 1
    assert "the daemon refuses" in capsys.readouterr().err


async def test_a_daemon_that_cannot_start_ends_the_drill_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed(("  probing:", '  storage: {url: "sqlite:////proc/sentinel.db"}\n  probing:'))

    code = await drill(
        written(tmp_path, text),
        language="en",
        env=environment(tmp_path),
        console=Console(quiet=True),
    )

    assert code == 1
    assert "the daemon did not run, or not on. Its last words:" in capsys.readouterr().err


async def test_the_demonstration_walks_stays_up_and_says_what_to_type(tmp_path: Path) -> None:
    out = StringIO()

    code = await demo(
        language="de",
        listen="127.0.0.1:8080",
        env={**environment(tmp_path), "SENTINEL_DEMO_SECONDS": "1"},
        console=Console(file=out),
        script=Path(written(tmp_path, changed())),
    )

    told = out.getvalue()
    assert code == 0, told
    assert "1 von 1 Erwartungen gehalten" in told
    assert "Lage: http://127.0.0.1:" in told
    assert "/_faults -d '{" in told
    assert "failover_rules.yaml send --headline" in told


async def test_a_demonstration_that_is_to_last_no_number_of_seconds_ends_with_64(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = await demo(language="en", env={"SENTINEL_DEMO_SECONDS": "bald"})

    assert code == 64
    assert "is no number of seconds" in capsys.readouterr().err
