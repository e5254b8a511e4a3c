"""CSV files of any encoding, cut by any usual sign, and those that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers.delimited import read_delimited
from layers.problems import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [["编号", "地址"], ["1", "马田镇，邝家村"]]
TEXT = "编号,地址\n1,马田镇，邝家村\n"


def _read(tmp_path: Path, data: bytes) -> list[list[object]]:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    return read_delimited(path)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    """With a mark or without."""
    assert _read(tmp_path, TEXT.encode(encoding)) == ROWS


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_the_sign_that_separates_is_found(tmp_path: Path, sign: str) -> None:
    """Another sign inside the cells does not mislead."""
    cells = [["编号", "地址", "备注"], ["1", "甲 乙", "一/二"], ["2", "丙", ""], ["3", "丁", "x"]]
    text = "\n".join(sign.join(row) for row in cells) + "\n"
    assert _read(tmp_path, text.encode()) == cells


def test_titles_and_notes_do_not_mislead(tmp_path: Path) -> None:
    """Most rows decide."""
    text = "附件：企业名单\n编号\t地址\n1\t甲,乙,丙\n2\t丁\n3\t戊,己\n填表人：某某\n"
    assert _read(tmp_path, text.encode())[2] == ["1", "甲,乙,丙"]


def test_a_list_in_one_column_is_not_cut(tmp_path: Path) -> None:
    """Commas of addresses cut no two rows alike."""
    text = "地址\n甲市,乙县,丙镇\n甲市,丁村\n戊路1号\n"
    assert _read(tmp_path, text.encode()) == [[line] for line in text.split("\n")[:-1]]


def test_a_damaged_character_does_not_change_the_encoding(tmp_path: Path) -> None:
    """The rest of the file is read as it was written."""
    for encoding in ("utf-8", "gb18030"):
        data = TEXT.encode(encoding) * 40 + "末".encode(encoding)[:-1]
        rows = _read(tmp_path, data)
        assert rows[:2] == ROWS
        assert len(rows) == 81


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """A picture is no table."""
    with pytest.raises(UnreadableFile):
        _read(tmp_path, bytes(range(128, 256)) * 40)
