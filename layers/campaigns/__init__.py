"""Campaigns: ordered phases, extensions with history, documents that are due."""
