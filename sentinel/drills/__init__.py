"""Rehearsals after real incidents: the real daemon against the simulator."""
