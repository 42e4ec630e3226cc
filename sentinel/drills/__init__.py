"""Incidents to replay, and what must come of them: the real daemon against the simulator."""
