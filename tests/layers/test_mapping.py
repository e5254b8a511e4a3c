"""Odd ledgers brought in by a mapping file."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from layers.ledgers import read_ledgers
from layers.mapping import MappingError, read_mapping

CHICAGO = (
    Path(__file__).parents[2].parent
    / "shared" / "data" / "outcomes" / "chicago_food_inspections.csv.gz"
)  # fmt: skip

LEDGER = """Case,Shop,Licence,Street,Ward,Day,Type,Bad,Worse,Grade,Remark
1,Anna,L1,Main 1,7,2026-01-02,Canvass,1,0,A,x
2,Anna's,L1,Main 2,,2026-03-04,Canvass,2,1,B,y
3,Bo,L2,Side 3,8,2026-02-03,Other,,,A,
4,Cid,L3,Oak 4,8,2026-02-03,Canvass,many,1,Z,z
"""
MAPPING = """
[[table]]
file = "*.txt.csv"
register = "areas"
distinct_by = ["Ward"]
extra = []
[table.columns]
id = "Ward"
name = "Ward"
[table.prefix]
id = "W"
[table.constants]
level = "town"

[[table]]
file = "*.txt.csv"
register = "enterprises"
distinct_by = ["Licence"]
latest_by = "Day"
extra = ["Remark"]
[table.columns]
id = "Licence"
name = "Shop"
address = ["Street", "Ward"]
risk_grade = "Grade"
[table.values.risk_grade]
A = "major"
B = "larger"

[[table]]
file = "*.txt.csv"
register = "visits"
[table.columns]
id = "Case"
object = "Licence"
date = "Day"
[table.sums]
findings = ["Bad", "Worse"]
[table.where]
Type = ["Canvass"]
"""


def mapping_file(folder: Path, text: str) -> Path:
    """Write a mapping file outside the ledgers."""
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_file_feeds_three_registers(tmp_path: Path) -> None:
    """Distinct rows, constants, joined and summed columns, value maps and filters all hold."""
    (tmp_path / "a.txt.csv").write_text(LEDGER, encoding="utf-8")
    ledgers = read_ledgers(tmp_path, mapping=read_mapping(mapping_file(tmp_path, MAPPING)))
    areas, firms, visits = (ledgers.registers[n] for n in ("areas", "enterprises", "visits"))
    assert list(areas["id"]) == ["W7", "W8"]
    assert set(areas["level"]) == {"town"}
    assert list(firms["id"]) == ["L1", "L2", "L3"]
    assert list(firms["address"]) == ["Main 2", "Side 3 8", "Oak 4 8"]
    assert list(firms["risk_grade"]) == ["larger", "major", None]
    assert list(firms["extra"]) == [{"Remark": "y"}, {}, {"Remark": "z"}]
    assert list(firms["source_row"]) == [3, 4, 5]
    assert list(visits["findings"]) == [1, 3]
    assert visits.iloc[0]["extra"]["Shop"] == "Anna"
    codes = [(p.register, p.code, p.column, p.value, p.row) for p in ledgers.problems]
    assert codes == [
        ("enterprises", "unknown_code", "Grade", "Z", 5),
        ("visits", "bad_number", "Bad+Worse", "many+1", 5),
    ]
    assert [file.register for file in ledgers.files] == ["areas", "enterprises", "visits"]


def test_absolute_path_and_missing_header(tmp_path: Path) -> None:
    """A mapping may name a file anywhere; a header that is not there is a problem."""
    elsewhere = tmp_path / "else"
    elsewhere.mkdir()
    (elsewhere / "x.csv").write_text("Nr,Title\nD1,Fire\n", encoding="utf-8")
    ledger_folder = tmp_path / "ledgers"
    ledger_folder.mkdir()
    text = (
        f"[[table]]\nfile = '{(elsewhere / 'x.csv').as_posix()}'\nregister = 'departments'\n"
        "[table.columns]\nid = 'Nr'\nname = 'Title'\nphone = 'Tel'\n"
    )
    ledgers = read_ledgers(ledger_folder, mapping=read_mapping(mapping_file(tmp_path, text)))
    assert list(ledgers.registers["departments"]["name"]) == ["Fire"]
    assert [(p.code, p.column, p.file) for p in ledgers.problems] == [
        ("mapping_header_missing", "Tel", "x.csv")
    ]


def test_mapping_without_its_file(tmp_path: Path) -> None:
    """A mapping whose file is not there says so and does not fail."""
    text = "[[table]]\nfile = 'no*.csv'\nregister = 'visits'\n"
    ledgers = read_ledgers(tmp_path, mapping=read_mapping(mapping_file(tmp_path, text)))
    assert [(p.code, p.value) for p in ledgers.problems] == [("mapping_no_file", "no*.csv")]


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("[[table", "mapping_syntax", ""),
        ("", "mapping_key", "[[table]]"),
        ("[[table]]\nfile = 'a'", "mapping_key", "register"),
        ("[[table]]\nfile = 'a'\nregister = 'visits'\ncolour = 1", "mapping_key", "colour"),
        ("[[table]]\nfile = 'a'\nregister = 'cats'", "mapping_register", "cats"),
        (
            "[[table]]\nfile='a'\nregister='visits'\n[table.columns]\ntail='x'",
            "mapping_column",
            "tail",
        ),
        (
            "[[table]]\nfile='a'\nregister='visits'\n[table.values.kind]\nx='y'",
            "mapping_column",
            "kind",
        ),
    ],
)
def test_mapping_that_cannot_be_followed(tmp_path: Path, text: str, code: str, value: str) -> None:
    """A mapping file with a word that means nothing is refused, and says which."""
    with pytest.raises(MappingError) as caught:
        read_mapping(mapping_file(tmp_path, text))
    assert caught.value.code == code
    assert value in caught.value.value


def test_chicago(tmp_path: Path) -> None:
    """27,600 inspections that nobody here wrote come in as areas, enterprises and visits."""
    if not CHICAGO.exists():
        pytest.skip("the Chicago inspections (shared/data/outcomes) are not on this machine")
    shutil.copy(CHICAGO, tmp_path)
    mapping = read_mapping(Path(__file__).parents[1] / "data" / "chicago.toml")
    ledgers = read_ledgers(tmp_path, mapping=mapping)
    firms, visits = ledgers.registers["enterprises"], ledgers.registers["visits"]
    assert (len(ledgers.registers["areas"]), len(firms), len(visits)) == (50, 12_367, 27_600)
    assert ledgers.problems == []
    assert set(visits["result"]) == {"pass", "on_the_spot", "ordered"}
    assert set(firms["risk_grade"]) == {"major", "larger", "general"}
    assert set(visits["object"]) == set(firms["id"])
    assert visits.iloc[0]["date"] == dt.date(2011, 9, 2)
    assert (visits["serious_findings"] <= visits["findings"]).all()
    assert firms["lon"].dropna().between(-88, -87).all()
