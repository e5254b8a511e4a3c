"""The benchmark of the bureau's memory, on a small county."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import bureau
from layers import cases
from xunge.web import database

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_state_and_file_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All kinds of record are in the table, with the rows that they have; so are the files."""
    path = tmp_path / "bureau.json"
    bureau.main(["--enterprises", "120", "--events", "1500", "--files", "6", "--repeat", "1",
                 "--json", str(path)])  # fmt: skip
    database.close()
    assert "one file, slowest" in capsys.readouterr().out
    parts = {one["part"]: one for one in json.loads(path.read_text("utf-8")) if "part" in one}
    assert set(cases.STATES) <= set(parts)
    assert parts["hazards"]["rows"] > 0
    assert parts["one file, median of 6"]["rows"] == 1
