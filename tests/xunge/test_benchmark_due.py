"""The benchmark of due dates on small input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import due

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_scan_is_told_by_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every part has its time and its items, and the total is all of them."""
    file = tmp_path / "due.json"
    arguments = ["--enterprises", "300", "--events", "900", "--repeat", "1", "--json", str(file)]
    due.main(arguments)
    found = {one["part"]: one for one in json.loads(file.read_text("utf-8"))}
    parts = ("orders, sites, reports", "floors", "rounds, documents")
    assert found["total"]["items"] == sum(found[part]["items"] for part in parts)
    assert found["total"]["items"] > due.VILLAGES
    assert 700 < found["total"]["events"] < 1000
    assert "states" in capsys.readouterr().out
