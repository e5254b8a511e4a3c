"""What is wrong with a ledger: where, what stands there, and a stable code for it.

Codes are words for programs; the sentences for people, with what to do, live in
``maps/messages/layers.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong at one place of a ledger.

    Attributes
    ----------
    code
        Stable snake_case name of what is wrong.
    severity
        ``error``: the row is set aside; ``warning``: the row is taken, see ``detail`` for how.
    file, sheet
        Name of the file inside the ledger folder, and of its sheet (empty for CSV).
    row
        1-based row in the sheet as Excel shows it; None for a whole file or sheet.
    column
        Header as it stands in the file, or the column's Chinese title; empty for a whole row.
    value
        What stands there, ``***`` for personal data.
    register, name
        Register and column by their English names, empty where unknown.
    detail
        Whatever the sentence needs beyond that.
    """

    code: str
    severity: Severity = "error"
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    register: str = ""
    name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return all that a sentence may mention: the place, the value and the detail."""
        place = {
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row or "",
            "column": self.column,
            "value": self.value,
            "register": self.register,
        }
        return place | dict(self.detail)


class ValueProblem(ValueError):  # noqa: N818 - one of the problems of a file
    """One cell cannot be read.

    Attributes
    ----------
    code, value
        What is wrong, and the text that stands there.
    kept
        What to go on with where the column tolerates the problem (a warning), else None.
    detail
        Whatever the sentence needs beyond that.
    """

    def __init__(
        self,
        code: str,
        *,
        value: object,
        kept: object = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {value!r}")
        self.code = code
        self.value = str(value)
        self.kept = kept
        self.detail = dict(detail or {})


class UnreadableFile(ValueError):  # noqa: N818 - it says what it is, like FileNotFound
    """A file that is no table at all: damaged, locked by a password, or of unknown encoding.

    Attributes
    ----------
    path, code, reason
        The file, ``unreadable_file`` or ``locked_file``, and what the reader said.
    """

    def __init__(self, path: Path, *, code: str, reason: str) -> None:
        super().__init__(f"{code}: {path.name}: {reason}")
        self.path = path
        self.code = code
        self.reason = reason
