"""Settings: the shipped ``config.toml`` overlaid by the ``xunge.toml`` of a ledger folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SETTINGS_NAME = "xunge.toml"


class SettingsError(ValueError):
    """A setting is unknown, of the wrong type or out of range; carries file, section and key."""

    def __init__(self, file: Path, section: str, key: str, code: str, value: object = "") -> None:
        super().__init__(f"{file}: [{section}] {key}: {code} {value}")
        self.file = file
        self.section = section
        self.key = key
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """Who works with this folder."""

    name: str
    home: str
    lead_department: str
    language: str
    timezone: str
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where events and registers are kept."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How places are read and how long it takes between them."""

    default_datum: str
    cell_m: int
    detour: float
    speed_kmh: float
    access_kmh: float
    start_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspots:
    """What counts as a hotspot and how many are patrolled."""

    window_days: int
    q: float
    background: float
    half_life_days: float
    patrols: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How many objects are drawn and from what."""

    weekly_visits: int
    min_share: float
    weighted_share: float
    cooldown_days: int
    reserve: float
    after_visit: str
    digest: str
    permanent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What the annual plan counts with."""

    officers: str
    other_enforcement_days: float
    non_enforcement_days: float
    key_share: float
    key_visits: int
    general_visits: int
    approved_key: int
    approved_general: int
    random_share: float
    aim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Teams, hours and what a visit takes."""

    teams: int
    days: int
    work_start: str
    work_end: str
    lunch_earliest: str
    lunch_latest: str
    lunch_minutes: int
    min_crew: int
    max_crew: int
    max_days_per_inspector: int
    max_visits_per_day: int
    short_visit_minutes: int
    patrol_minutes: int
    opening: str
    joint_interval_days: int
    patrol_prize_minutes: int
    lookahead_days: int
    overdue_within_days: int
    engine: str
    effort: int
    time_limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When the chores are due."""

    weekly_day: str
    weekly_time: str
    daily_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting that is in force for a ledger folder.

    ``due``, ``caps``, ``floors``, ``conditions``, ``codes`` and ``publication`` are the folder's
    own changes to the rules that ship as data; ``excluded`` are ids that are not drawn, each with
    its reason; ``raw`` is the whole overlay as JSON-like data, for fingerprints.
    """

    bureau: Bureau
    database: Database
    places: Places
    hotspots: Hotspots
    draw: Draw
    year: Year
    plan: Planning
    clock: Clock
    due: dict[str, Any] = field(default_factory=dict)
    caps: dict[str, Any] = field(default_factory=dict)
    floors: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    excluded: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    publication: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


SECTIONS: dict[str, type[Any]] = {
    "bureau": Bureau,
    "database": Database,
    "places": Places,
    "hotspots": Hotspots,
    "draw": Draw,
    "year": Year,
    "plan": Planning,
    "clock": Clock,
}
RULE_SECTIONS = ("due", "caps", "floors", "conditions", "excluded", "codes", "publication")
_AT_LEAST = {
    "min_crew": 2,
    "days": 1,
    "overdue_within_days": 1,
    "cell_m": 50,
    "effort": 1,
    "max_visits_per_day": 1,
    "other_enforcement_days": 0,
    "non_enforcement_days": 0,
    "key_visits": 0,
    "general_visits": 0,
    "approved_key": 0,
    "approved_general": 0,
}

_ONE_OF: dict[str, tuple[str, ...]] = {
    "language": ("zh", "en"),
    "calendar": ("china", "weekdays"),
    "after_visit": ("uniform", "none"),
    "officers": ("lead", "own"),
    "aim": ("count", "risk"),
    "engine": ("auto", "ruin", "ortools"),
    "default_datum": ("wgs84", "cgcs2000", "gcj02", "bd09"),
    "digest": ("sha256", "sm3"),
    "weekly_day": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
}
_SHARES = ("key_share", "random_share")
_TIMES = (
    "work_start", "work_end", "lunch_earliest", "lunch_latest", "weekly_time", "daily_time",
)  # fmt: skip


def shipped_path() -> Path:
    """Return the shipped ``config.toml``: inside the wheel, or at the root of a checkout."""
    packaged = Path(__file__).with_name("config.toml")
    return packaged if packaged.exists() else Path(__file__).parents[1] / "config.toml"


def load(folder: Path) -> Settings:
    """Return the settings of a ledger folder.

    Raises
    ------
    SettingsError
        If ``xunge.toml`` cannot be read, or names a setting that does not exist, or gives it a
        value of the wrong type or below what the law allows (a crew of one).
    """
    file = folder / SETTINGS_NAME
    shipped = tomllib.loads(shipped_path().read_text("utf-8"))
    own: dict[str, Any] = {}
    if file.exists():
        try:
            own = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(file, "", "", "unreadable", str(error)) from error
    for section in own:
        if section not in SECTIONS and section not in RULE_SECTIONS:
            raise SettingsError(file, section, "", "unknown_section")
    _check_excluded(file, own.get("excluded", {}))
    built = {
        name: _section(file, name, kind, shipped[name], own.get(name, {}))
        for name, kind in SECTIONS.items()
    }
    return Settings(**built, **{name: own.get(name, {}) for name in RULE_SECTIONS}, raw=own)


def _check_excluded(file: Path, excluded: object) -> None:
    if not isinstance(excluded, dict):
        raise SettingsError(file, "excluded", "", "wrong_type", excluded)
    for id_, reason in excluded.items():
        if not isinstance(reason, str) or not reason.strip():
            raise SettingsError(file, "excluded", id_, "no_reason", reason)


def _section(
    file: Path, name: str, kind: type[Any], shipped: dict[str, Any], own: dict[str, Any]
) -> Any:  # noqa: ANN401 - one of the section classes
    known = {f.name: f.type for f in fields(kind)}
    for key, value in own.items():
        if key not in known:
            raise SettingsError(file, name, key, "unknown_setting")
        expected = known[key]
        right = {"str": (str,), "int": (int,), "float": (int, float)}[str(expected)]
        if not isinstance(value, right) or isinstance(value, bool):
            raise SettingsError(file, name, key, "wrong_type", value)
        if key in _AT_LEAST and float(str(value)) < _AT_LEAST[key]:
            raise SettingsError(file, name, key, "too_small", value)
        if not _usable(key, value):
            raise SettingsError(file, name, key, "bad_value", value)
    return kind(**{**shipped, **own})


def _usable(key: str, value: object) -> bool:
    """Tell whether a value is one of those that a setting can have."""
    if key in _ONE_OF:
        return value in _ONE_OF[key]
    if key in _SHARES:
        return 0 <= float(str(value)) <= 1
    try:
        if key in _TIMES:
            seconds(str(value))
        elif key == "timezone":
            ZoneInfo(str(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def seconds(clock: str) -> int:
    """Return ``HH:MM`` as seconds since midnight.

    Raises
    ------
    ValueError
        If it is no time of day.
    """
    hours, _, minutes = clock.partition(":")
    value = int(hours) * 3600 + int(minutes) * 60
    if not 0 <= value <= 86_400:
        raise ValueError(f"{clock} is no time of day")
    return value
