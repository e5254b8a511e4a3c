"""The ledger: registers and append-only events in the database."""
