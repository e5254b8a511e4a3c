"""An online geocoder in the county's weeks: what leaves the house and what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from geo.gazetteer import Gazetteer
from geo.geocode import geocode
from tests.geo.online_answers import amap, amap_place
from tests.xunge.replay import Asked, Canned, Replay
from xunge import config
from xunge.online_store import NAME
from xunge.second_opinion import Opinion, notes_of, second_opinion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.xunge.conftest import Office

SECRET = "k3y-that-nobody-may-see"  # noqa: S105 - looked for in what is said
FAR = (113.9, 26.9)  # some 80 km from the county


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """Give a server that finds every address far away, as Amap would say it."""

    def answer(asked: Asked) -> Canned:
        count = len(asked.params["address"].split("|"))
        return Canned(text=json.dumps(amap(*[amap_place(FAR)] * count)))

    monkeypatch.setenv("XUNGE_AMAP_KEY", SECRET)
    one = Replay(answer)
    yield one
    one.close()


def _settings(office: Office, server: Replay, *lines: str) -> None:
    own = (office.path / "xunge.toml").read_text("utf-8")
    online = (
        "[places.online]", 'service = "amap"', f'url = "{server.url("")}"',
        f'cache = "{(office.path.parent / "cache").as_posix()}"', "per_second = 1000.0", *lines,
    )  # fmt: skip
    (office.path / "xunge.toml").write_text(own + "\n".join(("", *online, "")), "utf-8")


def test_a_week_asks_about_enterprises_only(county: Office, server: Replay) -> None:
    """Sites and reports stay in the house; contradictions are in the quality report, by row."""
    _settings(county, server)
    county.week()
    asked = [text for one in server.requests for text in one.params["address"].split("|")]
    assert asked
    record = json.loads((county.out / "quality.json").read_text("utf-8"))
    against = [one for one in record["problems"] if one["code"].startswith("online_against")]
    assert against
    assert {one["file"] for one in against} <= {file["file"] for file in record["files"]}
    assert all(one["row"] and one["detail"]["apart_km"] > 20 for one in against)
    assert "相距" in against[0]["sentence"]
    assert any("amap" in note for note in record["notes"])
    from xunge.web.ledger import frames

    county.count()
    rows = {name: frames.register(name) for name in ("enterprises", "sites", "reports")}
    elsewhere = {*rows["sites"]["address"], *rows["reports"]["address"]}
    elsewhere -= {*rows["enterprises"]["address"], None, ""}
    assert [text for text in asked if any(text.endswith(own) for own in elsewhere)] == []
    notes = [note for notes in rows["enterprises"]["placed_notes"] for note in notes]
    assert "online_against_kept" in notes
    for name, content in county.files().items():
        assert SECRET.encode() not in content, name


@pytest.fixture
def registers() -> dict[str, pd.DataFrame]:
    """Give three registers as the database has them."""
    columns = ["id", "address", "source_file", "source_sheet", "source_row"]
    rows = {
        "enterprises": [
            ("E1", "永兴县马田镇工业园", "企业.xlsx", "甲", 3), ("E2", None, None, None, None),
        ],
        "sites": [("S1", "永兴县马田镇后山", "非法点.xlsx", "", 2)],
        "stations": [("T1", "永兴县便江街道", "驻地.xlsx", "", 2)],
    }  # fmt: skip
    return {
        name: pd.DataFrame(own, columns=columns).astype(object).set_index("id")
        for name, own in rows.items()
    }


_china = cache(Gazetteer.load)


def _asked(
    known: dict[str, pd.DataFrame], server: Replay, folder: Path, **own: Any
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame], Opinion | None]:
    """Return offline answers, those with a second opinion, and what came of it."""
    plain = config.load(folder)
    online = {"service": "amap", "url": server.url(""), "cache": str(folder), **own}
    settings = replace(
        plain, bureau=replace(plain.bureau, home="431023"), online=replace(plain.online, **online)
    )
    found = {name: geocode(rows, gazetteer=_china(), home="431023") for name, rows in known.items()}
    return found, *second_opinion(known, found, gazetteer=_china(), settings=settings)


def test_ledgers_leave_the_house_only_if_they_are_named(
    registers: dict[str, pd.DataFrame], server: Replay, tmp_path: Path
) -> None:
    """By default enterprises alone; the columns stay those of the offline answers."""
    found, better, opinion = _asked(registers, server, tmp_path)
    assert [one.params["address"] for one in server.requests] == ["湖南省郴州市永兴县马田镇工业园"]
    assert opinion is not None
    (problem,) = opinion.problems
    assert (problem.file, problem.sheet, problem.row) == ("企业.xlsx", "甲", 3)
    assert (problem.code, problem.detail["id"]) == ("online_against_kept_row", "E1")
    assert better["enterprises"].loc["E1", "confidence"] == "low"
    for name, rows in found.items():
        assert list(better[name]) == list(rows)
        assert list(better[name].index) == list(rows.index)
        if name != "enterprises":
            pd.testing.assert_frame_equal(better[name], rows)
    _asked(registers, server, tmp_path, registers="sites, stations")
    texts = server.requests[1].params["address"].split("|")
    assert texts == ["湖南省郴州市永兴县马田镇后山", "湖南省郴州市永兴县便江街道"]


@pytest.mark.parametrize("own", [{"service": ""}, {"registers": ""}])
def test_nothing_is_asked_unless_the_settings_say_so(
    registers: dict[str, pd.DataFrame], server: Replay, tmp_path: Path, own: dict[str, Any]
) -> None:
    """No service or no ledger: no opinion."""
    assert _asked(registers, server, tmp_path, **own)[2] is None
    assert server.requests == []


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [("refused", "online_used_up", "配额用完"), ("no key", "online_no_key", "XUNGE_AMAP_KEY"),
     ("gone", "http_unreachable", "127.0.0.1"), ("damaged", "online_store", NAME)],
)  # fmt: skip
def test_a_service_that_cannot_be_asked_stops_no_week(
    registers: dict[str, pd.DataFrame], server: Replay, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, trouble: str, code: str, words: str,
) -> None:  # fmt: skip
    """The offline answers stand, and it says why nothing was asked, in what is recorded."""
    there = Replay([Canned(text='{"status": "0", "infocode": "10003"}')])
    if trouble == "no key":
        monkeypatch.delenv("XUNGE_AMAP_KEY")
    elif trouble == "gone":
        there.close()
    elif trouble == "damaged":
        (tmp_path / NAME).write_bytes(b"no database at all" * 99)
    found, better, opinion = _asked(registers, there, tmp_path)
    if trouble != "gone":
        there.close()
    for name, rows in found.items():
        pd.testing.assert_frame_equal(better[name], rows)
    assert opinion is not None
    record = json.loads(json.dumps(opinion.record()))
    assert record["stopped"]["code"] == code
    assert any(words in line for line in notes_of(record, lang="zh"))
    assert notes_of(record, lang="en")
