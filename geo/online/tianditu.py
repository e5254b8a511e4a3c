"""Tianditu (天地图): one address a request, CGCS2000, a score and a level word.

Request and answer as in the vendor's page 地理编码. Its level words and its numbers for a used-up
quota are not published as a list: an unknown word counts as a place known to the village.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.online.levels import UNSURE, grade_of
from geo.online.service import (
    Code,
    Found,
    Key,
    Request,
    ServiceError,
    json_of,
    point,
    query,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.online.service import Question, Reply

_PATH = "/geocoder"
_UNKNOWN_WORD = ("address", 2_000.0)
_SURE_SCORE = 70.0
_NONE_FOUND = "101"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tianditu:
    """The geocoder of Tianditu, of the nation or of a province's node (``base``)."""

    base: str = "https://api.tianditu.gov.cn"
    name: str = "tianditu"
    needs_key: bool = True
    batch: int = 1
    most_per_second: float | None = None
    most_per_day: int | None = None

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request: the address is JSON inside of a parameter."""
        asked = json.dumps({"keyWord": questions[0].text}, ensure_ascii=False)
        return Request(url=f"{self.base}{_PATH}?{query([('ds', asked), ('tk', key.value)])}")

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return the one answer."""
        data = json_of(reply, service=self.name)
        if "code" in data:  # the gate in front of the service, where keys and quotas are checked
            raise ServiceError(
                _gate(reply.status, str(data["code"])),
                service=self.name,
                said=str(data["code"])[:12],
            )
        status = str(data.get("status", ""))
        if status == _NONE_FOUND:
            return [None] * count
        if status != "0":
            raise ServiceError("online_bad_request", service=self.name, said=status[:12])
        return [_found(data.get("location"))]


def _gate(status: int, number: str) -> Code:
    """Return what the number of the gate means: 301… are keys, their rights and quotas.

    Which of them says that the day's quota is used up is not published, so that the sentence for
    all of them names key, rights and quota.
    """
    if number.startswith("301") or status in (401, 403):
        return "online_bad_key"
    return "online_bad_request"


def _found(location: object) -> Found | None:
    fields = table(location)
    where = point(fields.get("lon"), fields.get("lat"), datum="cgcs2000")
    word = str(fields.get("level", ""))
    grade = grade_of(word, otherwise=_UNKNOWN_WORD)
    if where is None or grade is None:
        return None
    try:
        sure = float(str(fields.get("score"))) >= _SURE_SCORE
    except ValueError:
        sure = False
    return Found(lon=where[0], lat=where[1], level=grade[0],
                 radius_m=grade[1] if sure else UNSURE * grade[1], word=word)  # fmt: skip
