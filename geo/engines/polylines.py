"""Lines as routing servers send them: encoded polylines of 5 or 6 decimals."""

from __future__ import annotations

_SHIFT, _MORE, _OFFSET = 5, 0x20, 63


def decode(text: str, *, decimals: int) -> list[tuple[float, float]]:
    """Return the points (lon, lat) of an encoded polyline.

    Raises
    ------
    ValueError
        If the text is none.
    """
    values: list[int] = []
    value = shift = 0
    for letter in text:
        part = ord(letter) - _OFFSET
        if not 0 <= part < 2 * _MORE:
            raise ValueError(f"{letter!r} in a polyline")
        value |= (part & (_MORE - 1)) << shift
        shift += _SHIFT
        if part < _MORE:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(values) % 2:
        raise ValueError("a polyline that ends in between")
    points, lat, lon = [], 0, 0
    for north, east in zip(values[::2], values[1::2], strict=True):
        lat, lon = lat + north, lon + east
        points.append((round(lon / 10**decimals, decimals), round(lat / 10**decimals, decimals)))
    return points
