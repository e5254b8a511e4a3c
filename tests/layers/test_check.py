"""Every problem of every row; bad rows never stop good ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from layers.check import Checked, check, check_references
from layers.keys import drop_duplicate_keys
from layers.references import REFERENCES, link_references
from layers.schema import (
    AREAS,
    DEPARTMENTS,
    ENTERPRISES,
    ORDERS,
    REGISTERS,
    REPORTS,
    SITES,
    VEHICLES,
    VISITS,
    Register,
)


def checked(register: Register, *rows: dict[str, Any], first: int = 2) -> Checked:
    """Check rows given as dictionaries, numbered from *first*."""
    index = range(first, first + len(rows))
    return check(register, pd.DataFrame(rows, index=index, dtype=object), file="f.xlsx", sheet="s")


def found(result: Checked) -> list[tuple[int | None, str, str, str]]:
    """Return row, column, code and severity of every problem."""
    return [(p.row, p.name, p.code, p.severity) for p in result.problems]


FIRM = {"id": "E1", "name": "宏达", "address": "马田镇"}
VISIT = {"id": "V1", "date": "2026-11-23", "object": "E1"}


def test_all_problems_of_all_rows() -> None:
    """A row with three problems has three entries, and the good rows around it come in."""
    result = checked(
        VISITS,
        VISIT,
        {"id": "V2", "date": "去年", "object": None, "findings": "若干"},
        {**VISIT, "id": "V3", "findings": "３项"},
    )
    assert list(result.rows["id"]) == ["V1", "V3"]
    assert list(result.bad.index) == [3]
    assert found(result) == [
        (3, "date", "bad_date", "error"),
        (3, "object", "missing", "error"),
        (3, "findings", "bad_number", "error"),
    ]
    assert (result.problems[0].column, result.problems[0].value) == ("检查日期", "去年")
    assert (result.problems[0].file, result.problems[0].sheet) == ("f.xlsx", "s")


def test_shape_of_good_rows() -> None:
    """Every column of the register is there: dates as dates, counts as int, lists as tuples."""
    result = checked(
        VISITS, {**VISIT, "findings": 2.0, "inspectors": "甲、乙", "天气": "晴", "温度": 3.0}
    )
    row = result.rows.iloc[0]
    assert list(result.rows.columns) == [
        *VISITS.names, "extra", "source_file", "source_sheet", "source_row",
    ]  # fmt: skip
    assert row["date"] == dt.date(2026, 11, 23)
    assert (row["findings"], type(row["findings"])) == (2, int)
    assert (row["inspectors"], row["experts"], row["note"]) == (("甲", "乙"), (), None)
    assert row["extra"] == {"天气": "晴", "温度": 3}
    assert (row["source_file"], row["source_sheet"], row["source_row"]) == ("f.xlsx", "s", 2)


def test_argument_is_not_changed() -> None:
    """Checking leaves the raw frame as it was."""
    frame = pd.DataFrame([VISIT], dtype=object)
    before = frame.copy(deep=True)
    check(VISITS, frame)
    pd.testing.assert_frame_equal(frame, before)


def test_optional_date_that_cannot_be_read() -> None:
    """An unreadable date is an error even where none is required: it must not become no date."""
    site = {"id": "S1", "discovered": "2026-01-02", "address": "马田镇", "closed": "2026-02-30"}
    assert found(checked(SITES, site)) == [(2, "closed", "bad_date", "error")]


def test_unknown_codes_warn() -> None:
    """An unknown code is other or nothing where the column is optional, else an error."""
    result = checked(
        ENTERPRISES, {**FIRM, "industry": "生产类", "risk_grade": "AA", "opening_hours": "随时"}
    )
    assert {(name, code, severity) for _, name, code, severity in found(result)} == {
        ("industry", "unknown_code", "warning"),
        ("risk_grade", "unknown_code", "warning"),
        ("opening_hours", "bad_hours", "warning"),
    }
    row = result.rows.iloc[0]
    assert (row["industry"], row["risk_grade"], row["opening_hours"]) == ("other", None, None)
    area = checked(AREAS, {"id": "1", "name": "甲", "level": "星球"})
    assert found(area) == [(2, "level", "unknown_code", "error")]


def test_wrong_credit_code() -> None:
    """A wrong credit code is kept with a warning, unless the id would come from it."""
    wrong = "914403001922038217"
    kept = checked(ENTERPRISES, {**FIRM, "credit_code": wrong})
    assert found(kept) == [(2, "credit_code", "bad_credit_code", "warning")]
    assert kept.rows.iloc[0]["credit_code"] == wrong
    keyed = checked(ENTERPRISES, {**FIRM, "id": None, "credit_code": wrong}, FIRM)
    assert (2, "credit_code", "bad_credit_code", "error") in found(keyed)
    assert list(keyed.rows["id"]) == ["E1"]


def test_derived_keys() -> None:
    """Enterprises without an id get the same one at every import: credit code, else a hash."""
    code = "914403001922038216"
    rows = (
        {"name": "甲", "credit_code": code},
        {"name": "乙", "address": "丙"},
        {"name": "乙 ", "address": "丁"},
    )
    result = checked(ENTERPRISES, *({**row, "town": "马田镇"} for row in rows))
    ids = list(result.rows["id"])
    assert ids[0] == code
    assert ids[1].startswith("X")
    assert len(set(ids)) == 3
    assert found(result) == [(None, "id", "keys_derived", "warning")]
    assert list(checked(ENTERPRISES, *({**row, "town": "甲"} for row in rows)).rows["id"]) == ids
    mixed = checked(ENTERPRISES, FIRM, {"name": "乙", "address": "丙"})
    assert found(mixed) == [(3, "id", "key_derived", "warning")]


@pytest.mark.parametrize(
    ("cells", "expected", "codes"),
    [
        ({"lon": "113.1", "lat": "26.1"}, (113.1, 26.1), []),
        ({"lonlat": "113.1，26.1"}, (113.1, 26.1), []),
        ({"lon": "112", "lat": "25", "lonlat": "113.1，26.1"}, (112, 25), []),
        ({"lon": "26.1", "lat": "113.1"}, (113.1, 26.1), ["swapped_lonlat"]),
        ({"lon": "0", "lat": 0}, None, ["zero_coordinate"]),
        ({"lon": "113.1"}, None, ["half_coordinate"]),
        ({"lon": "113.1O", "lat": "26.1"}, None, ["bad_longitude"]),
        ({"lon": "113.1", "lat": "265"}, None, ["bad_latitude"]),
        ({"lon": 512345, "lat": 2891234}, (512345, 2891234), []),
        ({"lonlat": "见附件"}, None, ["bad_lonlat"]),
    ],
)
def test_coordinates(
    cells: dict[str, Any], expected: tuple[float, float] | None, codes: list[str]
) -> None:
    """Coordinates come in as a pair or not at all; with an address at hand the row is kept."""
    result = checked(ENTERPRISES, {**FIRM, **cells})
    row = result.rows.iloc[0]
    pair = None if pd.isna(row["lon"]) and pd.isna(row["lat"]) else (row["lon"], row["lat"])
    assert pair == expected
    assert [(p.code, p.severity) for p in result.problems] == [(code, "warning") for code in codes]


def test_unreadable_coordinates_without_address() -> None:
    """Without an address, unreadable coordinates make a bad row; none at all is a warning."""
    bad = checked(ENTERPRISES, {"id": "E1", "name": "甲", "lon": "113.1O", "lat": "26.1"})
    assert found(bad) == [(2, "lon", "bad_longitude", "error")]
    swapped = checked(ENTERPRISES, {"id": "E1", "name": "甲", "lon": "26.1", "lat": "113.1"})
    assert found(swapped) == [(2, "lat", "swapped_lonlat", "warning")]
    assert found(checked(ENTERPRISES, {"id": "E1", "name": "甲"})) == [
        (2, "address", "no_place", "warning")
    ]


def test_missing_required_column() -> None:
    """A required column that is not there is said once, not for every row; no row comes in."""
    result = checked(VISITS, *({"id": f"V{n}", "date": "2026-01-02"} for n in range(3)))
    assert found(result) == [(None, "object", "missing_column", "error")]
    assert (len(result.rows), len(result.bad)) == (0, 3)


def test_dates_out_of_order() -> None:
    """A deadline before the order is a warning; the row is taken as it stands."""
    order = {"id": "O1", "object": "E1", "issued": "2026-03-02", "deadline": "2026-02-20"}
    result = checked(ORDERS, order)
    assert found(result) == [(2, "deadline", "date_order", "warning")]
    assert result.rows.iloc[0]["deadline"] == dt.date(2026, 2, 20)


def test_second_row_with_a_key() -> None:
    """A second row with a known key is an error; one that says the same is left out."""
    result = checked(VISITS, VISIT, {**VISIT, "date": "2026年11月23日"}, {**VISIT, "findings": 3})
    assert found(result) == [
        (3, "id", "duplicate_row", "warning"),
        (4, "id", "duplicate_key", "error"),
    ]
    assert (len(result.rows), list(result.bad.index)) == (1, [4])
    assert result.problems[1].detail["first_row"] == 2
    rows, problems = drop_duplicate_keys(VISITS, result.rows)
    assert (len(rows), problems) == (1, [])


def test_personal_data_stay_out_of_reports() -> None:
    """The report of a problem in a personal column does not repeat what stands there."""
    result = checked(ENTERPRISES, {**FIRM, "phone": 1.3812345678e17})
    assert found(result) == [(2, "phone", "digits_lost", "warning")]
    assert result.problems[0].value == "***"


def test_who_reported_is_never_kept() -> None:
    """Even a frame that still has the column gives an empty one."""
    report = {"id": "R1", "received": "2026-01-02", "reporter": "张三"}
    rows = checked(REPORTS, report).rows
    assert list(rows["reporter"]) == [None]
    assert rows.iloc[0]["extra"] == {}


def test_rounded_ids_are_errors() -> None:
    """A long id that Excel has rounded is an error, in the key and in a reference."""
    result = checked(
        VISITS, {**VISIT, "id": 4.31023e17}, {**VISIT, "id": "V2", "object": "4.31E+17"}
    )
    assert found(result) == [
        (2, "id", "digits_lost", "error"),
        (3, "object", "digits_lost", "error"),
    ]


@pytest.mark.parametrize("register", REGISTERS.values(), ids=lambda r: r.name)
def test_empty_tables(register: Register) -> None:
    """A table without rows gives a frame with all columns, of the kinds a full one has."""
    rows = check(register, pd.DataFrame(columns=list(register.names), dtype=object)).rows
    assert len(rows) == 0
    assert set(register.names) < set(rows.columns)


def test_references_point_into_registers() -> None:
    """Every reference names a column and registers that exist."""
    for (register, column), targets in REFERENCES.items():
        assert column in REGISTERS[register]
        assert set(targets) <= set(REGISTERS)


def test_references() -> None:
    """Names and credit codes become ids where one row is meant; what is unknown is reported."""
    firms = checked(
        ENTERPRISES,
        FIRM,
        {**FIRM, "id": "E2", "name": "长丰"},
        {**FIRM, "id": "E3", "name": "长丰"},
    )
    visits = checked(
        VISITS,
        VISIT,
        {**VISIT, "id": "V2", "object": "宏达"},
        {**VISIT, "id": "V3", "object": "长丰"},
    )
    registers = {"enterprises": firms.rows, "visits": visits.rows}
    linked, notes = link_references(registers)
    assert list(linked["visits"]["object"]) == ["E1", "E1", "长丰"]
    assert list(visits.rows["object"]) == ["E1", "宏达", "长丰"]
    assert [(p.code, p.detail["count"]) for p in notes] == [("linked_by_name", 1)]
    problems = check_references(linked)
    assert [(p.row, p.code, p.severity, p.value) for p in problems] == [
        (4, "unknown_reference", "warning", "长丰")
    ]


def test_vehicles_of_a_visit_are_known_by_their_plate() -> None:
    """A plate means its vehicle however it is dotted; another car stays as written, with a word."""
    cars = checked(
        VEHICLES,
        {"id": "C01", "plate": "湘L·0Z001", "station": "S1"},
        {"id": "C02", "plate": "湘L0Z002", "station": "S1"},
    )
    visits = checked(VISITS, {**VISIT, "vehicles": "湘L0Z001、湘l·0z002、C01、湘L99999"})
    linked, notes = link_references({"vehicles": cars.rows, "visits": visits.rows})
    assert list(linked["visits"]["vehicles"]) == [("C01", "C02", "湘L99999")]
    assert notes == []
    assert [(p.name, p.value) for p in check_references(linked)] == [("vehicles", "湘L99999")]


def test_references_into_nothing_are_not_looked_at() -> None:
    """Without a register of departments nobody's department is unknown."""
    empty = check(DEPARTMENTS, pd.DataFrame(columns=list(DEPARTMENTS.names), dtype=object)).rows
    firms = checked(ENTERPRISES, {**FIRM, "department": "应急局"}).rows
    assert check_references({"enterprises": firms, "departments": empty}) == []
