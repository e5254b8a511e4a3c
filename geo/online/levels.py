"""The words of services for how exact a point is, as level and radius.

No service says in metres how far off its points may be, but Baidu and, by the extent of what it
found, Nominatim. Radii of villages, towns and counties are those of the offline resolver; all
others are product choices and not yet measured against truth.
"""

from __future__ import annotations

from geo.radius import RADIUS_M

DOOR_M, FIRM_M, QUARTER_M, ROAD_M = 300.0, 500.0, 3_000.0, 5_000.0
UNSURE = 4.0
"""Factor on the radius of an answer that the service itself calls unreliable."""

Grade = tuple[str, float]

_VILLAGE: Grade = ("village", RADIUS_M["village"])
_TOWN: Grade = ("town", RADIUS_M["town"])
_COUNTY: Grade = ("county", RADIUS_M["county"])

GRADES: dict[str, Grade | None] = {
    "门址": ("address", DOOR_M),
    "门牌号": ("address", DOOR_M),
    "单元号": ("address", DOOR_M),
    "楼栋号": ("address", DOOR_M),
    "道路交叉路口": ("address", DOOR_M),
    "道路交叉口": ("address", DOOR_M),
    "交叉路口": ("address", DOOR_M),
    "兴趣点": ("address", FIRM_M),
    "公交站台、地铁站": ("address", FIRM_M),
    "公交站点": ("address", FIRM_M),
    "热点商圈": ("address", QUARTER_M),
    "商圈": ("address", QUARTER_M),
    "道路": ("address", ROAD_M),
    "村庄": _VILLAGE,
    "村": _VILLAGE,
    "社区": _VILLAGE,
    "乡镇": _TOWN,
    "街道": _TOWN,
    "开发区": _TOWN,
    "区县": _COUNTY,
    "城市": None,
    "市": None,
    "省": None,
    "国家": None,
    "未知": None,
}
"""What a level word means; None: coarser than a county, no answer at all."""


def grade_of(word: str, *, otherwise: Grade | None) -> Grade | None:
    """Return level and radius for a level word; *otherwise* for one that is not known."""
    return GRADES.get(word.strip(), otherwise)


def level_of(radius_m: float) -> str:
    """Return the coarsest level whose radius is not beyond *radius_m*."""
    fitting = [name for name in ("village", "town", "county") if RADIUS_M[name] <= radius_m]
    return fitting[-1] if fitting else "address"
