"""When the daemon's clock is fast, notes are still counted from when they really came."""

from datetime import timedelta

from sentinel.drills.clock import WorldClock


def test_notes_count_from_when_they_really_came_whatever_the_clocks_said() -> None:
    world = WorldClock()
    before = world.now()

    world.put_back(timedelta(minutes=3), notes=1)
    fast = world.now()
    world.put_back(timedelta(), notes=2)
    after = world.now()

    came = [world.came_at(n, at.isoformat()) for n, at in enumerate((before, fast, after))]
    assert came[0] == before
    assert came[1] == fast + timedelta(minutes=3)
    assert came[2] == after
    assert fast < before <= after
    assert came == sorted(came)
