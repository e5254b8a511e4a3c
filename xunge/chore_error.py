"""What is wrong with the name of a chore."""

from __future__ import annotations


class UnknownChoreError(ValueError):
    """A chore that is not in the table, or is switched off; carries those that are there."""

    code = "unknown_chore"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known
