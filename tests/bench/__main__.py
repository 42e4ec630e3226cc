"""Measures the daemon beside bare baselines, in one run on one machine.

Every figure is a ratio, or a time beside the time of a bare loop that does the
same on the same engine and client. Nothing is asserted: a slow machine is no
failure. Run it with `make bench`.
"""

import asyncio
import sys

from tests.bench.accept import accept
from tests.bench.failover import failover


async def main() -> None:
    """Run every measurement and print its table."""
    print("Python", sys.version.split()[0], "· SQLite, synchronous=FULL, one machine\n")
    for measure in (failover, accept):
        for line in await measure():
            print(line)
        print()


asyncio.run(main())
