"""How an official car drives: access, speeds, costs of turns, as data that a bureau can change."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from layers.refusals import RuleSettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.refusals import WrongSetting

TABLE = "road_rules.toml"
_GROWS = frozenset({"speeds", "limits.words", "surfaces", "tracktypes", "smoothness"})
_MAY_BE_ZERO = frozenset({"turns", "ferries", "network", "access"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCosts:
    """Seconds for turns, lights, gates and private ways; angles in degrees."""

    drives: str
    straight_deg: float
    sharp_deg: float
    near_s: float
    across_s: float
    sharp_s: float
    u_turn_s: float
    signal_s: float
    gate_s: float
    private_s: float
    tolerance_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadRules:
    """The rules in force; tables as in ``road_rules.toml``, speeds in km/h."""

    speeds: Mapping[str, float]
    limit_share: float
    limit_words: Mapping[str, float]
    surfaces: Mapping[str, float]
    tracktypes: Mapping[str, float]
    smoothness: Mapping[str, float]
    access_keys: tuple[str, ...]
    closed: frozenset[str]
    private: frozenset[str]
    closed_services: frozenset[str]
    height_m: float
    width_m: float
    weight_t: float
    shut: frozenset[str]
    gates: frozenset[str]
    turns: TurnCosts
    ferry_kmh: float
    ferry_wait_s: float
    never_joined: frozenset[str]
    min_share: float
    margin_km: float
    edge_m: float
    edge_s: float
    text: str
    """All of it as text: equal for equal rules."""


def road_rules(changes: Mapping[str, Any] | None = None) -> RoadRules:
    """Return the shipped rules with a bureau's changes laid over them.

    Parameters
    ----------
    changes
        Nested like ``road_rules.toml``. Classes, words, surfaces and the like may be added.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every name that does not exist and every value that cannot be.
    """
    raw = _shipped()
    bad = _laid(raw, changes or {})
    if bad:
        raise RuleSettingsError("bad_road_rules", bad)
    access, barriers, network = raw["access"], raw["barriers"], raw["network"]
    return RoadRules(
        speeds=raw["speeds"],
        limit_share=raw["limits"]["share"],
        limit_words={word.lower(): kmh for word, kmh in raw["limits"]["words"].items()},
        surfaces=raw["surfaces"],
        tracktypes=raw["tracktypes"],
        smoothness=raw["smoothness"],
        access_keys=tuple(access["keys"]),
        closed=frozenset(access["closed"]),
        private=frozenset(access["private"]),
        closed_services=frozenset(access["services"]),
        height_m=access["height_m"],
        width_m=access["width_m"],
        weight_t=access["weight_t"],
        shut=frozenset(barriers["closed"]),
        gates=frozenset(barriers["gates"]),
        turns=TurnCosts(**raw["turns"]),
        ferry_kmh=raw["ferries"]["kmh"],
        ferry_wait_s=raw["ferries"]["wait_s"],
        never_joined=frozenset(network["never_joined"]),
        min_share=network["min_share"],
        margin_km=network["margin_km"],
        edge_m=network["edge_m"],
        edge_s=network["edge_s"],
        text=repr(sorted(raw.items())),
    )


@cache
def _text() -> str:
    return files("geo").joinpath(TABLE).read_text("utf-8")


def _shipped() -> dict[str, Any]:
    return tomllib.loads(_text())


def _laid(
    base: dict[str, Any], changes: Mapping[str, Any], *, path: str = ""
) -> list[WrongSetting]:
    """Change *base*; return what does not fit."""
    bad: list[WrongSetting] = []
    for key, value in changes.items():
        name = f"{path}.{key}" if path else key
        known = base.get(key, 1.0 if path in _GROWS else None)
        if isinstance(known, dict) and isinstance(value, dict):
            bad += _laid(known, value, path=name)
        elif known is None:
            bad.append((name, "unknown_setting", str(value)))
        elif _fits(value, known, name=name):
            base[key] = float(value) if isinstance(known, float) else value
        else:
            bad.append((name, "bad_setting", str(value)))
    return bad


def _fits(value: object, known: object, *, name: str) -> bool:
    """Tell whether *value* may stand where *known* stood."""
    if isinstance(known, float):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        least = 0.0 if name.partition(".")[0] in _MAY_BE_ZERO and name != "ferries.kmh" else 1e-9
        most = 1.0 if name in ("network.min_share", "limits.share") else math.inf
        return least <= float(value) <= most and math.isfinite(value)
    if isinstance(known, list):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(known, str) and value in ("right", "left")
