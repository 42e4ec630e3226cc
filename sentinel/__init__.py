"""Sentinel watches a city's channels and moves crisis messages to the ones that work.

This file imports nothing, so that `probes` can import `sentinel.domain` without waking the daemon.
"""

__version__ = "0.1.0"
