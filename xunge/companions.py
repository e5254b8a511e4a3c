"""Draws of other departments for the same week: one visit does for all of them (综合查一次)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler.draw import replay
from scheduler.ledger import audit_alone
from scheduler.tickets import upper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

FOLDER = "部门抽取"
"""Where the draw.json of other departments lie, in the ledger folder."""


class CompanionError(ValueError):
    """A draw of another department that cannot be used.

    Attributes
    ----------
    code
        ``companion_unreadable``, ``companion_wrong`` (it does not verify) or
        ``companion_department`` (the department is not in the register).
    file, said
        Name of the file and what is wrong with it.
    """

    def __init__(self, code: str, *, file: str, said: str) -> None:
        self.code, self.file, self.said = code, file, said
        super().__init__(f"{code}: {file}: {said}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """What another department drew of the objects that we know.

    ``hash`` is that of the link that holds the draw; ``others`` counts what we do not know.
    """

    department: str
    file: str
    hash: str
    objects: frozenset[str]
    others: int

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"department": self.department, "file": self.file, "hash": self.hash,
                "objects": sorted(self.objects), "others": self.others}  # fmt: skip


def read_companions(
    folder: Path, *, week: str, enterprises: pd.DataFrame, names: Mapping[str, str], own: str
) -> tuple[Companion, ...]:
    """Return the draws of other departments for *week* that lie in a ledger folder.

    Parameters
    ----------
    names
        Full names of departments by id, short name and name.
    own
        Full name of the department whose folder it is.

    Raises
    ------
    CompanionError
        If a file is no draw, does not verify, or its department is unknown.
    """
    known = _known(enterprises)
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        link = _verified(path)
        record = link["record"]
        if record["round"].partition(".")[0] != week:
            continue
        department = names.get(record["department"], "")
        if not department or department == own:
            raise CompanionError(
                "companion_department", file=path.name, said=record["department"] or "-"
            )
        drawn = [known.get(upper(one["id"]), "") for one in record["selected"]]
        found.append(
            Companion(
                department=department, file=path.name, hash=link["hash"],
                objects=frozenset(filter(None, drawn)), others=drawn.count(""),
            )
        )  # fmt: skip
    return tuple(found)


def _known(enterprises: pd.DataFrame) -> dict[str, str]:
    """Return our ids by all words by which another department may call an enterprise."""
    found: dict[str, str] = {}
    for row in records(enterprises):
        for word in (row["credit_code"], row["id"]):
            if word:
                found[upper(str(word))] = str(row["id"])
    return found


def _verified(path: Path) -> Mapping[str, Any]:
    try:
        link = json.loads(path.read_text("utf-8"))
        record = link["record"]
        if record["kind"] != "draw":
            raise ValueError(record["kind"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CompanionError("companion_unreadable", file=path.name, said=str(error)) from error
    faults = [one.code for one in audit_alone(link)] + replay(record)
    if faults:
        raise CompanionError("companion_wrong", file=path.name, said=faults[0])
    checked: Mapping[str, Any] = link
    return checked
