"""Python's garbage collector, told what stays.

Now and then it goes through every object there is, to find those that only
hold each other. While it does, nothing else runs; and of a thousand channels
there are half a million objects, nearly all of which stay until the end. What
stood when the daemon had started is therefore set aside. The rest is looked
at as before, for a daemon runs for months.
"""

from __future__ import annotations

import gc

YOUNG = 5_000
"""So many new objects make it look at these: in a few milliseconds. Python's own 700 are not even
what is under way at once, which then counts as old."""


def set_aside() -> None:
    """Set aside all that stands now, after a last look at it, and at what was set aside before.

    What is set aside is freed as ever when nobody holds it any more; only what
    goes in circles would stay, until this is called again.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
