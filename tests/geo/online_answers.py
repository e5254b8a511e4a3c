"""Answers in the shapes that the five services document, for one point."""

from __future__ import annotations

from typing import Any

from geo.offsets import bd09_from_wgs84, gcj02_from_wgs84

HERE = (113.1166, 26.1292)
"""WGS-84."""


def at(datum: str, point: tuple[float, float] = HERE) -> tuple[float, float]:
    """Return a point in the datum of a service, with the six decimals that they give."""
    convert = {"bd09": bd09_from_wgs84, "gcj02": gcj02_from_wgs84}.get(datum)
    lon, lat = convert(*point) if convert else point
    return round(float(lon), 6), round(float(lat), 6)


def amap_place(point: tuple[float, float] = HERE, **more: object) -> dict[str, Any]:
    """Return one of the ``geocodes`` of Amap; what is empty comes as a list."""
    lon, lat = at("gcj02", point)
    return {
        "formatted_address": "湖南省郴州市永兴县", "country": "中国", "province": "湖南省",
        "citycode": "0735", "city": "郴州市", "district": "永兴县", "township": [], "street": [],
        "number": [], "adcode": "431023", "location": f"{lon},{lat}", "level": "门牌号", **more,
    }  # fmt: skip


def amap(*places: dict[str, Any]) -> dict[str, Any]:
    """Return the whole answer of Amap."""
    return {
        "status": "1", "info": "OK", "infocode": "10000", "count": str(len(places)),
        "geocodes": list(places),
    }  # fmt: skip


def answer(service: str, point: tuple[float, float] = HERE, **more: object) -> object:
    """Return what a service answers about one address; *more* are fields of the place found."""
    lon, lat = at("gcj02", point)
    match service:
        case "amap":
            return amap(amap_place(point, **more))
        case "baidu":
            result = {"location": {"lng": lon, "lat": lat}, "precise": 1, "confidence": 80,
                      "comprehension": 100, "level": "门址"}  # fmt: skip
            return {"status": 0, "result": result | more}
        case "tencent":
            result = {
                "title": "马田镇", "location": {"lng": lon, "lat": lat},
                "ad_info": {"adcode": "431023"}, "address_components": {"district": "永兴县"},
                "similarity": 0.99, "deviation": 1000, "reliability": 7, "level": 9,
            }  # fmt: skip
            return {"status": 0, "message": "query ok", "request_id": "1", "result": result | more}
        case "tianditu":
            location = {"score": 100, "level": "兴趣点", "lon": str(point[0]),
                        "lat": str(point[1]), "keyWord": "马田镇"}  # fmt: skip
            return {"msg": "ok", "location": location | more, "searchVersion": "6.4.9V",
                    "status": "0"}  # fmt: skip
        case _:
            return [osm_place(point, **more)]


def osm_place(point: tuple[float, float] = HERE, **more: object) -> dict[str, Any]:
    """Return one place of Nominatim in the format ``jsonv2``."""
    lon, lat = point
    box = [lat - 0.02, lat + 0.02, lon - 0.02, lon + 0.02]
    return {
        "place_id": 1, "osm_type": "node", "osm_id": 2, "lat": str(lat), "lon": str(lon),
        "category": "place", "type": "village", "place_rank": 19, "importance": 0.2,
        "addresstype": "village", "name": "邝家村", "boundingbox": [f"{side:.4f}" for side in box],
        **more,
    }  # fmt: skip
