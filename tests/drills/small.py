"""A small drill with one channel, as text that a test may change."""

import os
from pathlib import Path

SMALL = """\
title: {de: Klein, en: Small}
after:
  de: Nichts geschah.
  en: Nothing happened.
  dates: ["2026-01-01"]
  sources: ["nowhere"]
rules:
  version: 1
  organisation: {name: Stadt Musterstadt}
  server: {listen: "${daemon}", public_url: "http://${daemon}"}
  probing: {every: 1s, timeout: 3s, recheck_after: 200ms, fall: 2, rise: 2, slow_above: 2s}
  uplinks:
    default: {controls: ["${simulator:_control/1}", "${simulator:_control/2}"], lost_below: 1}
  channels:
    mastodon-stadt:
      platform: mastodon
      base_url: ${simulator:mastodon/stadt}
      account: stadt
      credentials: {access_token: drill}
  routes:
    - {name: alle, priority: [mastodon-stadt]}
  staff:
    contacts:
      presse: {addresses: [{url: "${simulator:_inbox/presse}"}]}
steps:
  - at: 0s
    name: sturm
    send: {headline: Sturm, text: Bleiben Sie im Haus., severity: severe}
expect:
  - {within: 3s, from: sturm, on: {message: sturm, channel: mastodon-stadt}}
"""

KILLED = """\
  - at: 2s
    name: ende
    kill: {restart_after: 500ms}
  - at: 3s
    name: regen
    send: {headline: Regen, text: Die Keller laufen voll., severity: moderate}
expect:
  - {within: 9s, from: regen, on: {message: regen, channel: mastodon-stadt}}
  - posts: {platform: mastodon, account: stadt, message: sturm, count: 1}
  - posts: {platform: mastodon, account: stadt, message: regen, count: 1}
"""

TAKEN_ON = """\
  - {at: 0s, name: ausfall, fault: {platform: mastodon, kind: server_error}}
  - at: 1s
    name: sturm
    send: {headline: Sturm, text: Bleiben Sie im Haus., severity: severe}
  - {at: 2s, name: kanal, acknowledge: {channel: mastodon-stadt, comment: Bin da}}
  - {at: 4s, name: meldung, acknowledge: {message: sturm}}
expect:
  - {within: 6s, from: ausfall, notified: {contact: presse, says: mastodon-stadt, level: 1}}
  - {within: 4s, from: kanal, notified: {contact: presse, says: Bin da}}
  - {within: 4s, from: meldung, notified: {contact: presse, says: Übernommen von}}
lasts: 9s
"""


def changed(*changes: tuple[str, str]) -> str:
    """Return the small drill with pieces of its text replaced."""
    text = SMALL
    for before, after in changes:
        text = text.replace(before, after)
    return text


def with_a_kill() -> str:
    """Return the small drill in which the daemon dies between two messages."""
    return SMALL.partition("expect:\n")[0] + KILLED


def with_somebody_at_the_console() -> str:
    """Return the small drill in which a person takes on what is broken, and what is stranded."""
    return SMALL.partition("steps:\n")[0] + "steps:\n" + TAKEN_ON


def written(folder: Path, text: str) -> str:
    """Write a drill into `folder`; return its path."""
    path = folder / "uebung.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def environment(folder: Path) -> dict[str, str]:
    """Return our own environment, with `folder` for what is temporary."""
    return {**os.environ, "TMPDIR": str(folder)}


def left_in(folder: Path) -> list[str]:
    """Return the names of what lies in `folder`."""
    return sorted(path.name for path in folder.iterdir())
