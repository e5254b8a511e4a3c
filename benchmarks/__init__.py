"""Benchmarks: what a county week costs, and how well places are found. Never imported by Xunge."""
