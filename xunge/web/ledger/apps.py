"""Django application of the ledger."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger's application."""

    name = "xunge.web.ledger"
    label = "ledger"
    verbose_name = "台账"
