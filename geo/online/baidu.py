"""Baidu (百度): one address a request, GCJ-02 on demand, its error in metres by confidence.

Parameters, numbers and the bounds of ``confidence`` as in the vendor's manual (地理编码 3.0,
状态码); the signature as in its example.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.online.levels import grade_of, level_of
from geo.online.service import (
    Code,
    Found,
    Key,
    Request,
    json_of,
    point,
    quoted,
    refusal,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.online.service import Question, Reply

_PATH = "/geocoding/v3/"
_SAFE = "/:=&?#+!$,;'@()*[]"
_MOST_BYTES = 84
_CODES: tuple[tuple[Code, tuple[int, ...]], ...] = (
    ("online_bad_key", (3, 5, 9, 101, 102, 200, 201, 202, 203, 210, 211, 220, 230, 240, 250, 251,
                        252, 260, 261)),
    ("online_used_up", (4, 301, 302)),
    ("online_too_fast", (401, 402)),
    ("online_busy", (1,)),
)  # fmt: skip
_NONE_FOUND = "8"
_BOUNDS_M = (
    (100, 20.0), (90, 50.0), (80, 100.0), (75, 200.0), (70, 300.0), (60, 500.0), (50, 1_000.0),
    (40, 2_000.0), (30, 5_000.0), (25, 8_000.0), (20, 10_000.0),
)  # fmt: skip
_LEAST_M = 100.0  # a gate, a yard: what is called exact to 20 m is a point of the map, not a gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Baidu:
    """The geocoder of Baidu, asked for GCJ-02."""

    base: str = "https://api.map.baidu.com"
    datum: str = "gcj02ll"
    name: str = "baidu"
    needs_key: bool = True
    batch: int = 1
    most_per_second: float | None = None
    most_per_day: int | None = None

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request, signed where there is a secret."""
        question = questions[0]
        params = [("address", _short(question)), ("output", "json"), ("ak", key.value)]
        if question.city:
            params.append(("city", question.city))
        if self.datum != "bd09ll":
            params.append(("ret_coordtype", self.datum))
        path = f"{_PATH}?" + "&".join(f"{name}={value}" for name, value in params)
        sent = quoted(path, safe=_SAFE)
        if key.secret:
            sent += f"&sn={signature(path, secret=key.secret)}"
        return Request(url=self.base + sent)

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return the one answer."""
        data = json_of(reply, service=self.name)
        status = str(data.get("status", ""))
        if status == _NONE_FOUND:
            return [None] * count
        if status != "0":
            raise refusal(status, service=self.name, codes=_CODES)
        return [self._found(data.get("result"))]

    def _found(self, result: object) -> Found | None:
        fields = table(result)
        at = table(fields.get("location"))
        where = point(at.get("lng"), at.get("lat"),
                      datum="bd09" if self.datum == "bd09ll" else "gcj02")  # fmt: skip
        confidence = _number(fields.get("confidence"))
        bound = next((metres for least, metres in _BOUNDS_M if confidence >= least), None)
        word = str(fields.get("level", ""))
        if where is None or bound is None:
            return None
        radius = max(bound, _LEAST_M)
        grade = grade_of(word, otherwise=(level_of(radius), radius))
        if grade is None:
            return None
        return Found(lon=where[0], lat=where[1], level=grade[0],
                     radius_m=radius if grade[0] == "address" else max(radius, grade[1]),
                     word=word)  # fmt: skip


def signature(path: str, *, secret: str) -> str:
    """Return the ``sn`` of a path with its query, given as it reads before it is encoded."""
    whole = quoted(path, safe=_SAFE) + secret
    return hashlib.md5(quoted(whole).encode(), usedforsecurity=False).hexdigest()


def _short(question: Question) -> str:
    """Return the address within 84 bytes of UTF-8: the outer places go first, then its end."""
    missing = list(question.missing)
    while missing and len(("".join(missing) + question.address).encode()) > _MOST_BYTES:
        missing.pop(0)
    text = "".join(missing) + question.address
    return text.encode()[:_MOST_BYTES].decode(errors="ignore")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
