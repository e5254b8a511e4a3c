"""Amap (高德): up to ten addresses a request, GCJ-02, a level word.

Parameters, level words and numbers as in the vendor's Web service manual (地理编码, 错误码).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.online.levels import grade_of
from geo.online.service import (
    Code,
    Found,
    Key,
    Request,
    ServiceError,
    json_of,
    point,
    query,
    refusal,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.online.service import Question, Reply

_PATH = "/v3/geocode/geo"
_CODES: tuple[tuple[Code, tuple[int, ...]], ...] = (
    ("online_bad_key", (10001, 10002, 10005, 10006, 10007, 10008, 10009, 10011, 10012, 10013,
                        10026, 10041, 40002)),
    ("online_used_up", (10003, 10010, 10029, 10044, 10045, 40000, 40003)),
    ("online_too_fast", (10004, 10014, 10019, 10020, 10021)),
    ("online_busy", (10015, 10016, 10017, 20003)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Amap:
    """The geocoder of Amap."""

    base: str = "https://restapi.amap.com"
    name: str = "amap"
    needs_key: bool = True
    batch: int = 10
    most_per_second: float | None = None
    most_per_day: int | None = None

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request; the city is given by its code, of a county that of its prefecture."""
        params = {
            "key": key.value,
            "address": "|".join(question.text for question in questions),
            "output": "JSON",
        }
        if len(questions) > 1:
            params["batch"] = "true"
        if questions[0].region:
            params["city"] = f"{questions[0].region[:4]:0<6}"
        if key.secret:
            plain = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
            signed = hashlib.md5((plain + key.secret).encode(), usedforsecurity=False)
            params["sig"] = signed.hexdigest()
        return Request(url=f"{self.base}{_PATH}?{query(params.items())}")

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return the answers, in the order of the questions."""
        data = json_of(reply, service=self.name)
        if str(data.get("status")) != "1":
            raise refusal(data.get("infocode", ""), service=self.name, codes=_CODES)
        places = data.get("geocodes") or []
        if count == 1:
            return [_found(places[0]) if places else None]
        if len(places) != count:  # which of them is missing is not said
            raise ServiceError("online_out_of_step", service=self.name)
        return [_found(place) for place in places]


def _found(place: object) -> Found | None:
    """Return one answer; what is empty comes as ``[]``."""
    fields = table(place)
    lon, _, lat = str(fields.get("location", "")).partition(",")
    where = point(lon, lat, datum="gcj02")
    word = str(fields.get("level", ""))
    grade = grade_of(word, otherwise=None)
    if where is None or grade is None:
        return None
    county = str(fields.get("adcode", ""))
    return Found(
        lon=where[0], lat=where[1], level=grade[0], radius_m=grade[1], word=word,
        county=county if county.isdigit() and not county.endswith("00") else "",
    )  # fmt: skip
