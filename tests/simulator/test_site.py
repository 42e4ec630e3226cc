"""The city's own web site shows what lies in a folder, and nothing beside it."""

from pathlib import Path

import aiohttp

from sentinel.simulator.server import Simulator


async def fetched(sim: Simulator, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{sim.url}/_site/{path}") as answer:
        return answer.status, await answer.text()


async def test_a_site_shows_a_folders_pages_as_they_are_now(sim: Simulator, tmp_path: Path) -> None:
    sim.show("stadt", tmp_path)
    before = await fetched(sim, "stadt/1/")
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "index.html").write_text("Sturm")

    after = await fetched(sim, "stadt/1/")

    assert before[0] == 404
    assert after == (200, "Sturm")


async def test_a_site_that_was_told_no_folder_is_empty(sim: Simulator) -> None:
    assert (await fetched(sim, "dorf/"))[0] == 404


async def test_what_lies_outside_the_folder_is_not_shown(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "way_out").symlink_to(tmp_path / "secret")
    sim.show("stadt", tmp_path / "public")

    assert (await fetched(sim, "stadt/way_out"))[0] == 404
    assert (await fetched(sim, "stadt/%2e%2e/secret"))[0] == 404


async def test_an_edge_may_answer_instead_of_the_site(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("Sturm")
    sim.show("stadt", tmp_path)
    sim.faults.put("_site", "edge_page", options={"status": 500})

    assert (await fetched(sim, "stadt/"))[0] == 500
