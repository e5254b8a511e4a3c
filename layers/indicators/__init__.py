"""Indicators of enforcement: what is counted, over which records, and by what."""
