"""The online geocoders by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.online.amap import Amap
from geo.online.baidu import Baidu
from geo.online.nominatim import Nominatim
from geo.online.tencent import Tencent
from geo.online.tianditu import Tianditu

if TYPE_CHECKING:
    from geo.online.service import Service

_SERVICES: dict[str, type[Any]] = {
    "amap": Amap,
    "tianditu": Tianditu,
    "baidu": Baidu,
    "tencent": Tencent,
    "nominatim": Nominatim,
}
NAMES = tuple(_SERVICES)


def service_of(name: str, *, base: str = "") -> Service:
    """Return the geocoder called *name*, at another address if *base* is given.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    kind = _SERVICES[name]
    made: Service = kind(base=base.rstrip("/")) if base else kind()
    return made
