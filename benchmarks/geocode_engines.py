"""The resolvers that benchmarks.geocode measures, each run in a process of its own.

    python -m benchmarks.geocode_engines NAME < texts.json > answers.json

Texts are pairs of home and address. A peer is told the home area in the only way there is: where
it finds no county in an address, it reads it again with the home's full name in front.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from geo.gazetteer import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Texts = Sequence[tuple[str, str]]

OWN = "xunge"
PEERS = {"jionlp": "jionlp", "cpca": "cpca", "addressparser": "addressparser"}
"""Peer -> the package it needs."""

_MIB = 1 << 20
_SAMPLE = "湖南省郴州市永兴县马田镇邝家村三组"


class Given(NamedTuple):
    """An answer: codes for Xunge, names for a peer; what a peer does not know is empty."""

    province: str = ""
    city: str = ""
    county: str = ""
    town: str = ""
    village: str = ""
    confidence: str = ""
    alternatives: tuple[str, ...] = ()


def _xunge(texts: Texts, *, workers: int = 1) -> list[Given]:
    from geo.address import Resolver

    gazetteer = _gazetteer()
    by_home: dict[str, list[int]] = {}
    for place, (home, _) in enumerate(texts):
        by_home.setdefault(home, []).append(place)
    found: dict[int, Given] = {}
    for home, places in by_home.items():
        resolver = Resolver(gazetteer, home=home or None)
        own = [texts[place][1] for place in places]
        for place, answer in zip(places, _many(resolver, own, workers), strict=True):
            found[place] = Given(
                county=answer.county, town=answer.town, village=answer.village,
                confidence=answer.confidence, alternatives=answer.alternatives,
            )  # fmt: skip
    return [found[place] for place in range(len(texts))]


def _many(resolver: Any, texts: list[str], workers: int) -> list[Any]:  # noqa: ANN401
    many = getattr(resolver, "resolve_many", None)
    if many is None:
        return [resolver.resolve(text) for text in texts]
    found: list[Any] = many(texts, workers=workers)
    return found


_LOADED: list[Gazetteer] = []


def _gazetteer() -> Gazetteer:
    if not _LOADED:
        _LOADED.append(Gazetteer.load())
    return _LOADED[0]


def _jionlp(texts: Texts) -> list[Given]:
    jionlp = importlib.import_module("jionlp")

    def read(text: str) -> Given:
        found = jionlp.parse_location(text, town_village=True)
        province, city, county, town, village = (
            str(found.get(part) or "") for part in ("province", "city", "county", "town", "village")
        )
        return Given(province=province, city=city, county=county, town=town, village=village)

    return _with_home(read, texts)


def _cpca(texts: Texts) -> list[Given]:
    return _frame_with_home(importlib.import_module("cpca").transform, texts)


def _addressparser(texts: Texts) -> list[Given]:
    return _frame_with_home(importlib.import_module("addressparser").transform, texts)


def _with_home(read: Callable[[str], Given], texts: Texts) -> list[Given]:
    found = []
    for home, text in texts:
        answer = read(text)
        if not answer.county and home:
            answer = read(_gazetteer().full_name(home) + text)
        found.append(answer)
    return found


def _frame_with_home(transform: Callable[[list[str]], Any], texts: Texts) -> list[Given]:
    found = _rows(transform([text for _, text in texts]))
    again = [i for i, (home, _) in enumerate(texts) if home and not found[i].county]
    if again:
        texts_again = [_gazetteer().full_name(texts[i][0]) + texts[i][1] for i in again]
        for i, answer in zip(again, _rows(transform(texts_again)), strict=True):
            found[i] = answer
    return found


def _rows(frame: Any) -> list[Given]:  # noqa: ANN401
    rows = frame[["省", "市", "区"]].itertuples(index=False)
    named = ([value if isinstance(value, str) else "" for value in row] for row in rows)
    return [Given(province=one[0], city=one[1], county=one[2]) for one in named]


READERS: dict[str, Callable[..., list[Given]]] = {
    OWN: _xunge, "jionlp": _jionlp, "cpca": _cpca, "addressparser": _addressparser
}  # fmt: skip


def run(name: str, texts: Texts, speed: Sequence[str]) -> dict[str, Any]:
    """Load an engine, answer *texts*, then read *speed* without home; return answers and costs."""
    process = psutil.Process()
    before = process.memory_info().rss
    wall, cpu = time.perf_counter(), time.process_time()
    READERS[name]([("", _SAMPLE)])
    found: dict[str, Any] = {
        "load_wall_s": time.perf_counter() - wall,
        "load_cpu_s": time.process_time() - cpu,
    }
    found["answers"] = READERS[name](texts)
    for workers in ((1, 2) if name == OWN else (1,)) if speed else ():
        options = {"workers": workers} if name == OWN else {}
        wall, cpu = time.perf_counter(), time.process_time()
        READERS[name]([("", text) for text in speed], **options)
        spent = time.process_time() - cpu
        elapsed = time.perf_counter() - wall
        found[f"per_cpu_s_{workers}"] = len(speed) / spent
        found[f"per_wall_s_{workers}"] = len(speed) / elapsed
    found["rss_mib"] = process.memory_info().rss / _MIB
    found["grown_mib"] = (process.memory_info().rss - before) / _MIB
    return found


def main() -> None:
    """Answer what stands on the standard input; what a package prints goes to the errors."""
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        found = run(sys.argv[1], [tuple(pair) for pair in asked["texts"]], asked["speed"])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
