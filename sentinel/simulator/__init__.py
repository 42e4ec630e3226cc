"""Platforms on loopback with scripted faults. Knows the fact sheets, and nothing of `platforms`."""
