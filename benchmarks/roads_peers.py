"""OSRM and Valhalla for the benchmark of roads: built from the same extract, asked on loopback.

Both come as wheels (osrm-bindings, pyvalhalla) whose programs need no Python of their own: unpacked
into a folder each, which ``--osrm`` and ``--valhalla`` (or the environment's XUNGE_OSRM and
XUNGE_VALHALLA) name. A peer that is not there is said in the table.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Point = tuple[float, float]

_PATIENCE_S = 60
_MOST = 2000  # places in one matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a peer says: seconds between all places (nan: no way), and what it took.

    ``build_s`` and ``matrix_s`` are CPU seconds of the peer's own processes.
    """

    seconds: Floats
    build_s: float
    matrix_s: float


def osrm(home: Path, extract: Path, points: Sequence[Point], *, work: Path) -> Answer:
    """Build OSRM (contraction hierarchies, car.lua as it comes) and ask it for a matrix."""
    programs, base = home / "osrm" / "bin", work / "osrm" / "roads"
    base.parent.mkdir()
    shutil.copy(extract, f"{base}.osm.pbf")
    profile = home / "osrm" / "share" / "profiles" / "car.lua"
    built = _run([programs / "osrm-extract", "-t", "1", "-p", profile, f"{base}.osm.pbf"])
    built += _run([programs / "osrm-contract", "-t", "1", f"{base}.osrm"])
    port = _free_port()
    command: list[str | Path] = [
        programs / "osrm-routed", "-i", "127.0.0.1", "-p", str(port), "-t", "1",
               "--max-table-size", str(_MOST), f"{base}.osrm",
    ]  # fmt: skip
    with _served(command, port) as (process, client):
        place = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)
        before = _cpu(process)
        found = client.get(f"/table/v1/driving/{place}", params={"annotations": "duration"})
        spent = _cpu(process) - before
    seconds = np.array(found.raise_for_status().json()["durations"], dtype=float)
    return Answer(seconds=seconds, build_s=built, matrix_s=spent)


def valhalla(home: Path, extract: Path, points: Sequence[Point], *, work: Path) -> Answer:
    """Build Valhalla's tiles and ask it for a matrix (its algorithm timedistancematrix)."""
    programs, folder, port = home / "valhalla" / "bin", work / "valhalla", _free_port()
    (folder / "tiles").mkdir(parents=True)
    settings = _valhalla_settings(home)
    settings["mjolnir"].update(tile_dir=str(folder / "tiles"), concurrency=1)
    settings["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    settings["service_limits"]["auto"].update(
        max_matrix_location_pairs=_MOST**2, max_matrix_distance=1e6
    )
    settings["httpd"]["service"].update(
        listen=f"tcp://127.0.0.1:{port}", timeout_seconds=-1,
        **{name: f"ipc://{folder}/{name}" for name in ("loopback", "interrupt")},
    )  # fmt: skip
    for name in ("loki", "thor", "odin", "meili"):
        settings[name].setdefault("service", {})["proxy"] = f"ipc://{folder}/{name}"
    file = folder / "valhalla.json"
    file.write_text(json.dumps(settings), "utf-8")
    built = _run([programs / "valhalla_build_tiles", "-c", file, extract])
    with _served([programs / "valhalla_service", file, "1"], port) as (process, client):
        places = [{"lon": lon, "lat": lat} for lon, lat in points]
        asked = {"sources": places, "targets": places, "costing": "auto", "verbose": False}
        before = _cpu(process)
        found = client.post("/sources_to_targets", json=asked).raise_for_status().json()
        spent = _cpu(process) - before
    told = found["sources_to_targets"]["durations"]
    return Answer(seconds=np.array(told, dtype=float), build_s=built, matrix_s=spent)


PEERS = {"osrm": osrm, "valhalla": valhalla}


def home_of(name: str, given: Path | None) -> Path | None:
    """Return the folder of an unpacked wheel, None where it is not there."""
    from pathlib import Path

    told = given or os.environ.get(f"XUNGE_{name.upper()}")
    home = Path(told) if told else None
    return home if home is not None and (home / name / "bin").is_dir() else None


def _valhalla_settings(home: Path) -> dict[str, Any]:
    """Return the settings that the wheel comes with, those that it leaves open left out."""
    file = home / "valhalla" / "valhalla_build_config.py"
    spec = importlib.util.spec_from_file_location("valhalla_build_config", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def plain(tree: dict[str, Any]) -> dict[str, Any]:
        return {
            key: plain(value) if isinstance(value, dict) else value
            for key, value in tree.items()
            if not isinstance(value, module.Optional)
        }

    return plain(module.config)


def _run(command: Sequence[str | Path]) -> float:
    """Run a program; return its CPU seconds."""
    before = os.times()
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stdout[-500:]} {done.stderr[-500:]}")
    after = os.times()
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


@contextmanager
def _served(
    command: Sequence[str | Path], port: int
) -> Iterator[tuple[psutil.Process, httpx.Client]]:
    """Start a server and wait until it listens; stop it in the end."""
    words = [str(word) for word in command]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port, server)
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, timeout=600, trust_env=False) as client:
            yield psutil.Process(server.pid), client
    finally:
        server.terminate()
        server.wait()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended with {server.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)
