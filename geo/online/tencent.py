"""Tencent (腾讯): one address a request with its city in it, GCJ-02, level and reliability.

Parameters, levels 1–11, ``reliability`` and numbers as in the vendor's WebService manual (地址解析,
状态码); the signature as in its page on keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.online.levels import DOOR_M, FIRM_M, GRADES, QUARTER_M, ROAD_M, UNSURE
from geo.online.service import (
    Code,
    Found,
    Key,
    Request,
    json_of,
    point,
    query,
    refusal,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.online.levels import Grade
    from geo.online.service import Question, Reply

_PATH = "/ws/geocoder/v1/"
_CODES: tuple[tuple[Code, tuple[int, ...]], ...] = (
    ("online_bad_key", (110, 111, 112, 113, 160, 190, 199, 301, 311)),
    ("online_used_up", (121, 123)),
    ("online_too_fast", (120, 122)),
    ("online_busy", (500, 510, 520, 530)),
)
_NONE_FOUND = ("347", "393")
_LEVELS: dict[int, Grade | None] = {
    2: GRADES["区县"],
    3: GRADES["乡镇"],
    4: GRADES["村庄"],
    5: GRADES["开发区"],
    6: ("address", QUARTER_M),
    7: ("address", ROAD_M),
    8: ("address", DOOR_M),
    9: ("address", DOOR_M),
    10: ("address", FIRM_M),
    11: ("address", FIRM_M),
}
_RELIABLE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tencent:
    """The geocoder of Tencent."""

    base: str = "https://apis.map.qq.com"
    name: str = "tencent"
    needs_key: bool = True
    batch: int = 1
    most_per_second: float | None = None
    most_per_day: int | None = None

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request, parameters in order of their names, signed where there is a secret.

        ``policy`` 1 lets addresses pass in which the service sees no city.
        """
        params = sorted(
            {
                "address": questions[0].text,
                "key": key.value,
                "output": "json",
                "policy": "1",
            }.items()
        )
        if key.secret:
            plain = "&".join(f"{name}={value}" for name, value in params)
            signed = hashlib.md5(f"{_PATH}?{plain}{key.secret}".encode(), usedforsecurity=False)
            params.append(("sig", signed.hexdigest()))
        return Request(url=f"{self.base}{_PATH}?{query(params)}")

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return the one answer."""
        data = json_of(reply, service=self.name)
        status = str(data.get("status", ""))
        if status in _NONE_FOUND:
            return [None] * count
        if status != "0":
            raise refusal(status, service=self.name, codes=_CODES)
        return [_found(data.get("result"))]


def _found(result: object) -> Found | None:
    fields = table(result)
    at = table(fields.get("location"))
    where = point(at.get("lng"), at.get("lat"), datum="gcj02")
    level = str(fields.get("level", ""))
    grade = _LEVELS.get(int(level)) if level.isdigit() else None
    if where is None or grade is None:
        return None
    reliability = str(fields.get("reliability", ""))
    sure = reliability.isdigit() and int(reliability) >= _RELIABLE
    county = str(table(fields.get("ad_info")).get("adcode", ""))
    return Found(
        lon=where[0], lat=where[1], level=grade[0],
        radius_m=grade[1] if sure else UNSURE * grade[1], word=f"{level}/{reliability}",
        county=county if county.isdigit() and not county.endswith("00") else "",
    )  # fmt: skip
