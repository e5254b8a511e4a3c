"""The gazetteer of China, read once however many tables and weeks a process places."""

from __future__ import annotations

from functools import cache

from geo.gazetteer import Gazetteer


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer."""
    return Gazetteer.load()
