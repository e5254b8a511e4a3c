"""How places may be written, derived from their official names when the gazetteer is built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.names import LEVELS, PSEUDO_CITIES, Grade, normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COMMON = re.compile("经济|高新|工业|技术|国家|产业|循环|现代|新型|综合|农业|生态|旅游|城乡|开发")
_ZONE = re.compile("开发区|高新|园区|工业园|产业园|新区|示范区|集聚区|集中区|管理区|管委会|保税区")
# What development zones are called, and what people call them.
_TECHNOLOGY = re.compile("(?:国家)?高新(?:技术)?(?:产业)?(?:开发区|园区|产业园)|国家高新区")
_ECONOMY = re.compile("(?:国家)?经济(?:技术)?开发区")
_SHORT = {
    _TECHNOLOGY: ("高新区", "高新技术产业开发区", "高新技术开发区", "高新技术产业园区"),
    _ECONOMY: ("经开区", "经济开发区", "经济技术开发区", "开发区"),
}
_OFFICE = re.compile(
    "(?:管理委员会|管委会|街道服务中心|社区服务中心|服务中心|行政事务管理中心|管理中心|公务中心"
    "|直属乡镇|特殊乡镇|乡级单位|街道筹备组|筹备组)$"
)
_CORPS = re.compile("^(?:新疆生产建设)?兵团(?:农?[一二三四五六七八九十]+师)?")
_BRACKETS = re.compile(r"\([^()]*\)?")
_QUARTERS = "生活区"


def is_zone(name: str) -> bool:
    """Tell whether *name* is that of a development zone, new district or the like."""
    return _ZONE.search(name) is not None


def forms_of(code: str, names: Mapping[str, str]) -> Iterator[tuple[str, Grade]]:
    """Yield how the place with *code*, province to town, may be written.

    *names* maps codes to official names, also of the levels above.
    """
    official = names[code]
    if official in PSEUDO_CITIES:
        return
    name = normalise(official)
    stem, kind = stem_of(name, LEVELS[len(code)])
    if not kind and len(name) <= 3:  # 永兴 of 三沙市: too short to stand without its kind
        yield name, Grade.STEM
        return
    yield name, Grade.NAME
    if kind:
        yield stem, Grade.STEM
    if not kind or (len(code) == 6 and is_zone(name)):
        known = {name}
        for form, grade in _everyday(name, code, names):
            if form not in known:
                known.add(form)
                yield form, grade


def _everyday(name: str, code: str, names: Mapping[str, str]) -> Iterator[tuple[str, Grade]]:
    """Yield everyday names of zones, farms and units whose names have no kind."""
    plain = _CORPS.sub("", _BRACKETS.sub("", name))
    office = _OFFICE.search(plain)
    plain = _OFFICE.sub("", plain)
    if office and len(plain) == 2:  # 营田公务中心 is 营田镇
        yield plain, Grade.STEM
        return
    cut = list(_without_owners(plain, code, names))
    if len(cut[-1]) >= 4 and not _COMMON.match(cut[-1]):
        yield cut[-1], Grade.NAME  # 湖南衡阳松木经济开发区 is 松木经济开发区
    for form in cut:
        for short in _shortened(form):
            word = not short[: -len("经开区")] or _COMMON.match(short) or short == "开发区"
            if len(short) >= 2:
                yield short, Grade.ZONE_WORD if word or len(short) <= 3 else Grade.ZONE


def _without_owners(name: str, code: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield *name* and what is left without province, without city, without county in front."""
    yield name
    for length in (2, 4, 6):
        owner = normalise(names.get(code[:length], "")) if length < len(code) else ""
        stem, kind = stem_of(owner, LEVELS[length]) if owner else ("", "")
        for front in (stem + kind, stem):
            if front and name.startswith(front) and len(name) > len(front) + 1:
                name = name[len(front) :]
                yield name
                break


def _shortened(name: str) -> Iterator[str]:
    yield name
    for pattern, words in _SHORT.items():
        found = pattern.search(name)
        if found is not None and found.end() == len(name):
            yield from (name[: found.start()] + word for word in words)


def village_forms(code: str, name: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield further stems of the village with *code*, beside that of its official *name*.

    What stands in brackets, the 生活区 of a company of the Corps and the names of the levels above
    are left out: 东源县黄村镇铁岗村民委员会 is 铁岗村.
    """
    known = {stem_of(name, "village").stem}
    whole = normalise(name)
    plain = _BRACKETS.sub("", whole)
    inner = plain
    for length in (2, 4, 6, 9):
        inner = inner.removeprefix(normalise(names.get(code[:length], "")))
    for form in (whole, plain, inner):
        stem = stem_of(form, "village").stem if form else ""
        short = stem.removesuffix(_QUARTERS)
        for one in (stem, short):
            if len(one) >= 2 and one not in known:
                known.add(one)
                yield one
