"""``xunge geocode --online``: what it says before and after, and what stands in the table."""

from __future__ import annotations

import csv
import json
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from geo.crs import distance_m
from geo.online.compare import OTHER
from tests.geo.online_answers import amap, amap_place
from tests.xunge.replay import Asked, Canned, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.xunge.conftest import Run

SECRET = "k3y-that-nobody-may-see"  # noqa: S105 - looked for in what is said
NEAR, FAR = (112.895, 26.10), (113.4, 26.4)  # of 马田镇, whose seat is 112.8925, 26.0973
ROWS = (
    ("甲", "永兴县马田镇邝家村"),
    ("乙", "永兴县马田镇工业园"),
    ("丙", "永兴县马田镇远处"),
    ("丁", ""),
)


def _amap(asked: Asked) -> Canned:
    texts = asked.params["address"].split("|")
    places = [amap_place(FAR if "远处" in text else NEAR) for text in texts]
    return Canned(text=json.dumps(amap(*places)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Give a table of four firms."""
    file = tmp_path / "名单.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([("单位", "地址"), *ROWS])
    return file


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """Give a server that answers as Amap does; the settings beside the table name it."""
    one = Replay(_amap)
    (tmp_path / "xunge.toml").write_text(f'[places.online]\nurl = "{one.url("")}"\n', "utf-8")
    monkeypatch.setenv("XUNGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XUNGE_AMAP_KEY", SECRET)
    yield one
    one.close()


@pytest.fixture
def run(run: Run, table: Path) -> Run:
    """Give a function that runs ``xunge geocode`` on the table."""
    named = ("--county", "431023", "--address", "地址", "--lon", "-")
    return partial(run, "geocode", table, *named)


def test_it_says_what_it_will_ask_and_what_came_of_it(
    run: Run, server: Replay, table: Path
) -> None:
    """The cost comes first; better points, contradictions and both points stand in the table."""
    code, out, err = run("--online", "amap")
    assert code == 0
    assert "2 行要问" in err
    assert "今天还可问 1000 个" in err
    assert "到门牌、单位或道路 1，到村 1，到乡镇 1" in out
    assert "采用 1 行" in out
    assert "互相矛盾 1 行" in out
    placed = pd.read_csv(table.with_name("名单_定位.csv"))
    assert list(placed)[-len(OTHER) :] == list(OTHER)
    assert placed["source"].fillna("").tolist() == ["offline", "amap", "offline", "offline"]
    assert placed["level"].tolist() == ["village", "address", "town", "none"]
    assert placed["confidence"].tolist()[1:3] == ["high", "low"]
    assert float(distance_m(placed["lon"][1], placed["lat"][1], *NEAR)) < 0.2
    assert float(distance_m(placed["other_lon"][2], placed["other_lat"][2], *FAR)) < 0.2
    assert "矛盾" in placed["reason"][2]
    assert placed["other_lon"].isna().tolist() == [
        True, False, False, True
    ]  # fmt: skip
    for text in (out, err, table.with_name("名单_定位.csv").read_text("utf-8-sig")):
        assert SECRET not in text


def test_the_summary_as_json(run: Run, server: Replay) -> None:
    """The same figures for programs."""
    code, out, _ = run("--online", "amap", "--json", "--lang", "en")
    facts = json.loads(out)
    assert (code, facts["levels"]["address"], facts["doubtful"]) == (0, 1, 1)
    online = facts["online"]
    assert (online["service"], online["rows"], online["sent"]) == ("amap", 2, 1)
    assert (online["taken"], online["disagree"], online["stopped"]) == (1, 1, "")


def test_without_a_key_it_says_how_much_it_would_be(
    run: Run, server: Replay, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and questions are told, nothing is asked and nothing is written."""
    monkeypatch.delenv("XUNGE_AMAP_KEY")
    code, out, err = run("--online", "amap", "--worse-than", "coordinate")
    assert (code, out, server.requests) == (1, "", [])
    assert "3 行要问" in err
    assert "XUNGE_AMAP_KEY" in err
    assert not table.with_name("名单_定位.csv").exists()


def test_a_wrong_key_leaves_the_offline_answers(
    run: Run, server: Replay, table: Path, tmp_path: Path
) -> None:
    """The table is written, and it says why the service was not of use and what to do."""
    refusing = Replay([Canned(text='{"status": "0", "infocode": "10001"}')])
    (tmp_path / "xunge.toml").write_text(f'[places.online]\nurl = "{refusing.url("")}"\n', "utf-8")
    code, out, _ = run("--online", "amap")
    refusing.close()
    assert code == 0
    assert "不接受密钥" in out
    assert "→ 在服务商的控制台检查" in out
    placed = pd.read_csv(table.with_name("名单_定位.csv"))
    assert set(placed["source"]) == {"offline"}


def test_nothing_is_asked_unless_it_is_asked_for(
    run: Run, server: Replay, table: Path, tmp_path: Path
) -> None:
    """Even where the settings beside the table name a service: that is for the county's weeks."""
    text = (tmp_path / "xunge.toml").read_text("utf-8")
    (tmp_path / "xunge.toml").write_text(text + 'service = "amap"\n', "utf-8")
    code, _, err = run()
    assert (code, err, server.requests) == (0, "", [])
    assert "source" not in pd.read_csv(table.with_name("名单_定位.csv"))
    assert not (tmp_path / "cache").exists()


def test_a_level_without_a_service_is_refused(run: Run, server: Replay) -> None:
    """Whoever forgets --online is told instead of getting offline answers."""
    code, _, err = run("--worse-than", "town")
    assert (code, server.requests) == (2, [])
    assert "--online" in err


def test_a_closed_network_says_so(run: Run, server: Replay, table: Path) -> None:
    """Nobody there: the table is placed offline, and the sentence says what to do."""
    server.close()
    code, out, _ = run("--online", "amap", "--lang", "en")
    assert code == 0
    assert "127.0.0.1 cannot be reached" in out
    assert table.with_name("名单_定位.csv").exists()
