"""Xunge 巡格, the product: command line, office and clock."""

__version__ = "0.1.0"
