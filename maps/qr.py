"""The square code that starts a phone's navigation at the right place.

Chinese map services draw GCJ-02, so the WGS-84 position of a stop is shifted before it is written
into the address; a place off by 300–600 m would be the wrong factory.
"""

from __future__ import annotations

import io
from typing import Literal

import segno

from geo.crs import gcj02_from_wgs84

Navigation = Literal["amap", "geo"]
"""``amap``: Amap address in GCJ-02 (inside China); ``geo``: RFC 5870 address in WGS-84."""

SIZE_MM = 18
QUIET_ZONE = 3


def navigation_uri(lon: float, lat: float, *, navigation: Navigation = "amap") -> str:
    """Return the address that opens navigation to a WGS-84 position (degrees).

    Five decimals (about 1 m) and no name keep the Amap address below 80 characters, so that the
    code has few enough modules to be read from a laser print of 18 mm.
    """
    if navigation == "geo":
        return f"geo:{lat:.5f},{lon:.5f}"
    east, north = gcj02_from_wgs84(lon, lat)
    place = f"{float(east):.5f},{float(north):.5f}"
    return f"https://uri.amap.com/navigation?to={place}&mode=car&coordinate=gaode"


def qr_svg(text: str) -> str:
    """Return *text* as a QR code in SVG: error level M, quiet zone of three modules."""
    buffer = io.BytesIO()
    code = segno.make_qr(text, error="m", boost_error=False)
    code.save(buffer, kind="svg", border=QUIET_ZONE, light="#ffffff", xmldecl=False, nl=False)
    return buffer.getvalue().decode("utf-8")
