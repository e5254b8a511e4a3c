"""Longitudes and latitudes as people write them: decimals, degrees-minutes-seconds, metres."""

from __future__ import annotations

import math
import re
from typing import Literal

from layers.cells import wide
from layers.problems import ValueProblem

Axis = Literal["longitude", "latitude"]
LIMITS: dict[Axis, float] = {"longitude": 180.0, "latitude": 90.0}
METRES = (100_000.0, 100_000_000.0)
"""Projected values: an easting with or without its zone number in front, or a northing."""

# A lone letter counts at either end only: inside a number it is an exponent or a seconds sign.
_MARKS = {
    "longitude": re.compile(r"东经|西经|经度|lon(?:gitude)?|lng|^[ew]|[ew]$", re.IGNORECASE),
    "latitude": re.compile(r"北纬|南纬|纬度|lat(?:itude)?|^[ns]|[ns]$", re.IGNORECASE),
}
_NEGATIVE = re.compile(r"西经|南纬|^[ws]|w$|^[^dm]*s$", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?|[+-]?\.\d+")
_SEXAGESIMAL = re.compile(
    r"([+-]?\d{1,3})\s*(?:°|度|d|:|-|\s)\s*"
    r"(\d{1,2}(?:\.\d+)?)\s*(?:′|'|’|‘|`|分|m|:|-|\s)?\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:″|\"|”|“|′′|''|’’|秒|s)?)?",
    re.IGNORECASE,
)


def read_longitude(raw: object) -> float:
    """Read one longitude in degrees, or an easting in metres.

    Raises
    ------
    ValueProblem
        ``bad_longitude``; its ``kept`` is the number where there is one that lies out of range.
    """
    return _read(raw, axis="longitude")


def read_latitude(raw: object) -> float:
    """Read one latitude in degrees, or a northing in metres.

    Raises
    ------
    ValueProblem
        ``bad_latitude``; its ``kept`` is the number where there is one that lies out of range.
    """
    return _read(raw, axis="latitude")


def read_lonlat(raw: object) -> tuple[float, float]:
    """Read a pair in one cell, longitude first; a pair that can only be the other way is turned.

    Raises
    ------
    ValueProblem
        ``bad_lonlat``.
    """
    text = wide(raw) if isinstance(raw, str) else ""
    text = re.sub(r"^point", "", text, flags=re.IGNORECASE).strip("()[]{} ")
    for parts in _pairs(text):
        pair = _pair(*parts)
        if pair is not None:
            return pair
    raise ValueProblem("bad_lonlat", value=raw)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Ways to cut a cell into two, the surest first."""
    cuts = [re.split(r"[,;、|/]", text.strip(",;、|/"))]
    words = text.split(" ")
    cuts.extend([" ".join(words[:cut]), " ".join(words[cut:])] for cut in range(1, len(words)))
    for mark in ("北纬", "东经", "纬度", "经度", "N", "E"):
        at = text.find(mark, 1)
        if at > 0:
            cuts.extend(([text[:at], text[at:]], [text[: at + 1], text[at + 1 :]]))
    return [(cut[0].strip(), cut[1].strip()) for cut in cuts if len(cut) == 2 and all(cut)]


def _pair(first: str, second: str) -> tuple[float, float] | None:
    if _only(first, axis="latitude") or _only(second, axis="longitude"):
        first, second = second, first
    try:
        a, b = _value(first), _value(second)
    except ValueProblem:
        return None
    for lon, lat in ((a, b), (b, a)):
        if _within(lon, axis="longitude") and _within(lat, axis="latitude"):
            return lon, lat
    return None


def _only(text: str, *, axis: Axis) -> bool:
    other: Axis = "latitude" if axis == "longitude" else "longitude"
    return bool(_MARKS[axis].search(text)) and not _MARKS[other].search(text)


def _read(raw: object, *, axis: Axis) -> float:
    code = f"bad_{axis}"
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ValueProblem(code, value=raw)
    try:
        value = _value(wide(raw)) if isinstance(raw, str) else float(raw)
    except ValueProblem:
        raise ValueProblem(code, value=raw) from None
    if not math.isfinite(value):
        raise ValueProblem(code, value=raw)
    if not _within(value, axis=axis):
        raise ValueProblem(code, value=raw, kept=value)
    return value


def _within(value: float, *, axis: Axis) -> bool:
    return abs(value) <= LIMITS[axis] or METRES[0] <= abs(value) <= METRES[1]


def _value(text: str) -> float:
    sign = -1.0 if _NEGATIVE.search(text) else 1.0
    bare = text
    for marks in _MARKS.values():
        bare = marks.sub("", bare)
    bare = bare.strip(" :=,")
    if _DECIMAL.fullmatch(bare.rstrip("°度 米").replace(",", "")):
        return sign * float(bare.rstrip("°度 米").replace(",", ""))
    match = _SEXAGESIMAL.fullmatch(bare)
    if match is None:
        raise ValueProblem("bad_number", value=text)
    return sign * _degrees(match)


def _degrees(match: re.Match[str]) -> float:
    degrees, minutes, seconds = int(match[1]), float(match[2]), float(match[3] or 0)
    if minutes >= 60 or seconds >= 60:
        raise ValueProblem("bad_number", value=match[0])
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return -size if match[1].startswith("-") else size
