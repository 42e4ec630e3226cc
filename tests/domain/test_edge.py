"""One edge in front of several channels (Cloudflare, 18 November 2025; drill D11)."""

from sentinel.domain.cause import Cause
from sentinel.domain.edge import EdgeOutage, edge_outages, explain_edge
from sentinel.domain.health import ChannelHealth
from sentinel.domain.rules import Channel
from tests.domain.course import MINUTE, PUBLIC, Course


def channel(name: str, operator: str, *depends_on: str) -> Channel:
    return Channel(name=name, platform=name, operator=operator, account=name, depends_on=depends_on)


CHANNELS = {
    "x": channel("x", "x", "cloudflare"),
    "website": channel("website", "own", "cloudflare", "rathaus"),
    "mail": channel("mail", "own", "rathaus"),
    "threads": channel("threads", "meta"),
    "facebook": channel("facebook", "meta"),
}


def page(edge: str = "cloudflare", cause: Cause = Cause.PLATFORM_FAULT) -> Course:
    return Course().see(None).see(cause, ability=PUBLIC, edge=edge)


def seen(**courses: Course) -> tuple[EdgeOutage, ...]:
    healths: dict[str, ChannelHealth] = {name: some.health for name, some in courses.items()}
    return edge_outages(CHANNELS, healths, max(course.at for course in courses.values()))


def test_the_same_error_page_on_a_platform_and_on_our_own_site_is_one_outage_of_the_edge() -> None:
    (outage,) = seen(x=page(), website=page())

    assert (outage.edge, outage.channels, outage.own) == (
        "cloudflare",
        ("x", "website"),
        ("website",),
    )


def test_a_channel_behind_the_same_dependency_that_fails_on_the_way_belongs_to_it() -> None:
    (outage,) = seen(x=page(), website=page("", Cause.UNREACHABLE), mail=page("", Cause.TLS))

    assert outage.channels == ("x", "website")


def test_one_channel_alone_is_its_platforms_trouble() -> None:
    assert seen(x=page(), website=Course().see(None)) == ()


def test_the_channels_of_one_operator_are_its_own_outage() -> None:
    assert seen(threads=page("fastly"), facebook=page("fastly")) == ()


def test_two_platforms_with_an_edge_page_need_no_word_in_the_rules() -> None:
    (outage,) = seen(x=page("fastly"), threads=page("fastly"))

    assert outage.channels == ("x", "threads")


def test_pages_of_two_edges_are_not_one_outage() -> None:
    assert seen(x=page("cloudflare"), threads=page("fastly")) == ()


def test_without_any_edge_page_nobody_blames_an_edge() -> None:
    assert seen(x=page(""), website=page("")) == ()


def test_it_is_over_when_the_answers_are_good_again_or_old() -> None:
    well, old = page().see(None, ability=PUBLIC), page()
    old.at += 6 * MINUTE

    assert seen(x=well, website=page()) == ()
    assert seen(x=old, website=page()) == ()


def test_a_vantage_behind_a_broken_proxy_shows_nothing() -> None:
    course = Course().see(None, ability=PUBLIC, vantage="a")
    course.see(Cause.PLATFORM_FAULT, 3, ability=PUBLIC, vantage="b", edge="cloudflare")

    assert seen(x=course, website=course) == ()


def test_it_is_told_in_one_sentence() -> None:
    (outage,) = seen(x=page(), website=page())

    assert explain_edge(outage).de == (
        "Cloudflare ist gestört, ein Dienst, der vor mehreren Kanälen steht; betroffen: "
        "x und website (auch unsere eigene Seite: website)."
    )
    assert explain_edge(outage).en == (
        "Cloudflare is failing, a service that stands in front of several channels: "
        "x and website (our own page too: website)."
    )
