"""The engines' own servers on loopback, with the roads of the example county.

They run from wheels: installed (``xunge[osrm]``, ``xunge[valhalla]``), or unpacked into the folder
that XUNGE_ENGINES names, which works with any Python.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import pytest

from geo.crs import project, working_crs
from geo.engines.osrm import Osrm
from geo.engines.store import Store
from geo.engines.travel import travel_by
from geo.engines.valhalla import Valhalla
from geo.roads import build_roads
from geo.travel import travel
from layers.vectors import read_lines
from tests.xunge.conftest import SETTINGS
from xunge.http import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo.engines.engine import Engine
    from geo.travel import Travel
    from tests.xunge.conftest import Office

_CLASSES = {"县道": "tertiary", "乡道": "unclassified", "村道": "residential"}
_SUFFIX = ".exe" if sys.platform == "win32" else ""


def _package(name: str) -> Path:
    """Return the folder of an engine's package, or skip the test."""
    unpacked = Path(os.environ.get("XUNGE_ENGINES", "")) / name
    if os.environ.get("XUNGE_ENGINES") and unpacked.is_dir():
        return unpacked
    found = importlib.util.find_spec(name)
    if found is None or not found.origin:
        pytest.skip(f"routing engines: no {name} found (install it or set XUNGE_ENGINES)")
    return Path(found.origin).parent


def _run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _serving(command: list[object], port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start a server and wait until it listens."""
    with log.open("wb") as file:
        server = subprocess.Popen([str(c) for c in command], stdout=file, stderr=file)
    for _ in range(300):
        assert server.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.kill()
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])


def _write_extract(roads: Path, file: Path) -> None:
    """Write a file of roads as an extract of OpenStreetMap."""
    features = json.loads(roads.read_text("utf-8"))["features"]
    numbers: dict[tuple[float, float], int] = {}
    ways = []
    for feature in features:
        line = [(round(x, 7), round(y, 7)) for x, y in feature["geometry"]["coordinates"]]
        nodes = [numbers.setdefault(point, len(numbers) + 1) for point in line]
        told = feature["properties"]
        tags = {"highway": _CLASSES.get(told["class"], "unclassified")}
        ways.append((nodes, {**tags, "maxspeed": str(told["speed_kmh"])}))
    with osmium.SimpleWriter(str(file)) as writer:
        for point, number in numbers.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=point, version=1))
        for number, (nodes, tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags, version=1))


@pytest.fixture(scope="session")
def extract(_county: Office, once: Callable[..., Path]) -> Path:
    """Give the county's roads as an extract."""

    def build(folder: Path) -> None:
        folder.mkdir()
        _write_extract(_county.path / "道路.geojson", folder / "county.osm.pbf")

    return once("extract", build) / "county.osm.pbf"


@pytest.fixture
def osrm(extract: Path, tmp_path: Path) -> Iterator[str]:
    """Give the address of an OSRM with the county's roads."""
    package = _package("osrm")
    data, profile = tmp_path / "county.osrm", package / "share" / "profiles" / "car.lua"
    (tmp_path / "county.osm.pbf").write_bytes(extract.read_bytes())
    program = package / "bin"
    _run(program / f"osrm-extract{_SUFFIX}", "-t", 1, "-p", profile, tmp_path / "county.osm.pbf")
    _run(program / f"osrm-partition{_SUFFIX}", "-t", 1, data)
    _run(program / f"osrm-customize{_SUFFIX}", "-t", 1, data)
    port = _free_port()
    server = _serving(
        [program / f"osrm-routed{_SUFFIX}", "--algorithm", "mld", "-t", 1, "--ip", "127.0.0.1",
         "--port", port, data],
        port, tmp_path / "routed.log",
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)


@pytest.fixture
def valhalla(extract: Path, tmp_path: Path) -> Iterator[str]:
    """Give the address of a Valhalla with the county's roads."""
    package = _package("valhalla")
    port, file = _free_port(), tmp_path / "valhalla.json"
    made = subprocess.run(
        [sys.executable, str(package / "valhalla_build_config.py"), "--mjolnir-tile-dir",
         str(tmp_path / "tiles")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    settings: dict[str, Any] = json.loads(made.stdout)
    for name in ("tile_extract", "traffic_extract", "admin", "timezone"):
        settings["mjolnir"].pop(name, None)
    settings["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    settings["httpd"]["service"].update(
        listen=f"tcp://127.0.0.1:{port}", loopback=f"ipc://{tmp_path}/l",
        interrupt=f"ipc://{tmp_path}/i",
    )  # fmt: skip
    for name in ("loki", "thor", "odin"):
        settings[name]["service"]["proxy"] = f"ipc://{tmp_path}/{name}"
    file.write_text(json.dumps(settings), "utf-8")
    _run(package / "bin" / f"valhalla_build_tiles{_SUFFIX}", "-c", file, "-j", 1, extract)
    program = package / "bin" / f"valhalla_service{_SUFFIX}"
    server = _serving([program, file, 1], port, tmp_path / "service.log")
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)


def _compared(county: Office, engine: Engine) -> tuple[Travel, Travel, Travel]:
    """Return the travel between 60 places off the roads: by the own roads, and twice by a server.

    The second time most places are known.
    """
    lines = read_lines(county.path / "道路.geojson")
    ends = np.array([line.coords[0] for line in lines.geometry])
    lon, lat = ends[:: len(ends) // 60][:60].T + 0.0004
    roads, crs = build_roads(lines).without_scraps(), working_crs(lon[0], lat[0])
    terms: dict[str, Any] = {
        "crs": crs, "detour": 1.35, "speed_kmh": 35.0, "access_speed_kmh": 20.0,
        "start_seconds": 120,
    }  # fmt: skip
    store = Store(county.path / "travel", most_places=100)
    first, _ = travel_by(lon[:55], lat[:55], engine=engine, store=store, **terms)
    whole, found = travel_by(lon, lat, engine=engine, store=store, **terms)
    assert found.kept == 55 * 55
    assert not found.renewed
    plain, _ = travel_by(lon, lat, engine=engine, store=None, **terms)
    np.testing.assert_array_equal(whole.seconds, plain.seconds)
    np.testing.assert_array_equal(whole.seconds[:55, :55], first.seconds)
    return travel(lon, lat, roads=roads, **terms), whole, plain


def _agree(own: Travel, told: Travel) -> None:
    """Demand that a server and the own roads see the same network."""
    assert told.fallback == 0
    apart = ~np.eye(len(own.metres), dtype=bool) & (own.metres > 1000)
    assert abs(np.median(told.metres[apart] / own.metres[apart]) - 1) < 0.05
    assert 0.8 < np.median(told.seconds[apart] / own.seconds[apart]) < 1.5
    line = told.path(0, 20)
    assert len(line) > 5
    crs = working_crs(*line[0])
    x, y = project(*np.array(line).T, crs)
    length = float(np.hypot(np.diff(x), np.diff(y)).sum())
    assert abs(length / told.metres[0, 20] - 1) < 0.05


def test_osrm_sees_the_same_roads(county: Office, osrm: str) -> None:
    """Matrices in blocks, kept ones, and the line of a way, from the real server."""
    with Client(timeout_s=30) as client:
        own, told, _ = _compared(county, Osrm(client=client, url=osrm))
        _agree(own, told)


def test_valhalla_sees_the_same_roads(county: Office, valhalla: str) -> None:
    """The same of the other one."""
    with Client(timeout_s=30) as client:
        own, told, _ = _compared(county, Valhalla(client=client, url=valhalla))
        _agree(own, told)


def test_a_week_is_planned_with_a_server(county: Office, osrm: str) -> None:
    """Times and lines are the server's; plan, record and map say so."""
    file = county.path / "xunge.toml"
    text = f'{SETTINGS}\n[travel]\nengine = "osrm"\nurl = "{osrm}"\n'
    file.write_text(text + '[traffic]\n"07:30-09:00" = 1.3\n', "utf-8")
    made = county.week()
    told = made.record["travel"]
    assert (told["engine"], told["because"], told["traffic"]) == ("osrm", "", True)
    assert made.travel is not None
    assert made.travel["asked_pairs"] > 100
    assert max(len(leg) for legs in made.record["legs"].values() for leg in legs) > 10
    assert "OSRM" in (county.out / "index.html").read_text("utf-8")
    assert list((county.path / "travel").glob("ways-*.npz"))
