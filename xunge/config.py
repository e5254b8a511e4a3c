"""Settings: the shipped ``config.toml`` overlaid by the ``xunge.toml`` of a ledger folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyproj

from layers.indicators.ranking import MEASURED
from layers.ledgers import CALENDAR_NAME
from scheduler.joint import MODES
from scheduler.risk_weights import MOST
from scheduler.workdays import OverlayDay, read_overlay
from xunge.sections import (
    CHANNELS,
    WEEKDAYS,
    Backup,
    Bureau,
    Clock,
    Database,
    Draw,
    Hotspots,
    Night,
    Online,
    Places,
    Planning,
    Reminders,
    Reports,
    RiskSettings,
    TravelTimes,
    Year,
    seconds,
    words,
)

if TYPE_CHECKING:
    import datetime as dt

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
class Settings:
    """Every setting that is in force for a ledger folder.

    ``due``, ``caps``, ``floors``, ``conditions``, ``experts``, ``codes``, ``publication`` and
    ``roads``, ``zones``, ``revisits``, ``periods``, ``escalation`` and ``rewards`` are the changes
    of the folder to rules that ship as data; ``excluded`` are ids that are not drawn, each with its
    reason;
    ``traffic`` are hours in which driving takes longer; ``days_off`` are the days on which the
    bureau overrules the public calendar; ``raw`` is the whole overlay as JSON-like data, for
    fingerprints.
    """

    bureau: Bureau
    database: Database
    places: Places
    online: Online
    travel: TravelTimes
    hotspots: Hotspots
    risk: RiskSettings
    draw: Draw
    year: Year
    plan: Planning
    night: Night
    clock: Clock
    reports: Reports
    reminders: Reminders
    backup: Backup
    due: dict[str, Any] = field(default_factory=dict)
    caps: dict[str, Any] = field(default_factory=dict)
    floors: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    experts: dict[str, Any] = field(default_factory=dict)
    excluded: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    publication: dict[str, Any] = field(default_factory=dict)
    roads: dict[str, Any] = field(default_factory=dict)
    traffic: dict[str, Any] = field(default_factory=dict)
    zones: dict[str, Any] = field(default_factory=dict)
    revisits: dict[str, Any] = field(default_factory=dict)
    periods: dict[str, Any] = field(default_factory=dict)
    escalation: dict[str, Any] = field(default_factory=dict)
    rewards: dict[str, Any] = field(default_factory=dict)
    days_off: dict[dt.date, OverlayDay] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


SECTIONS: dict[str, type[Any]] = {
    "bureau": Bureau,
    "database": Database,
    "places": Places,
    "places.online": Online,
    "travel": TravelTimes,
    "hotspots": Hotspots,
    "risk": RiskSettings,
    "draw": Draw,
    "year": Year,
    "plan": Planning,
    "plan.night": Night,
    "clock": Clock,
    "reports": Reports,
    "reminders": Reminders,
    "backup": Backup,
}
RULE_SECTIONS = (
    "due", "caps", "floors", "conditions", "experts", "excluded", "codes", "publication", "roads",
    "traffic", "zones", "revisits", "periods", "escalation", "rewards",
)  # fmt: skip
_AT_LEAST = {
    "min_crew": 2,
    "days": 1,
    "overdue_within_days": 1,
    "cell_m": 50,
    "effort": 1,
    "max_visits_per_day": 1,
    "expert_visits": 0,
    "area_price_minutes": 0,
    "area_rotation_weeks": 1,
    "patrols": 0,
    "rest_hours": 0,
    "move_minutes": 0,
    "other_enforcement_days": 0,
    "non_enforcement_days": 0,
    "key_visits": 0,
    "general_visits": 0,
    "join_limit_m": 1,
    "most_pairs": 0,
    "per_minute": 0,
    "kept_places": 0,
    "approved_key": 0,
    "approved_general": 0,
    "per_second": 0.01,
    "per_day": 0,
    "per_run": 0,
    "attempts": 1,
    "timeout_s": 0.1,
    "keep_days": 0,
    "month_ends": 0,
    "exposure_yuan": 0,
    "monthly_report_day": 1,
    "look_minutes": 1,
    "catch_up_days": 1,
    "ahead_days": 0,
    "smtp_port": 1,
    "daily": 1,
    "weekly": 0,
    "monthly": 0,
}

SERVICES = ("", "amap", "tianditu", "baidu", "tencent", "nominatim")
"""Online geocoders by name, empty for none."""

_ONE_OF: dict[str, tuple[str, ...]] = {
    "language": ("zh", "en"),
    "calendar": ("china", "weekdays"),
    "after_visit": ("uniform", "none"),
    "model": ("auto", "eb", "logistic", "boosting"),
    "officers": ("lead", "own"),
    "aim": ("count", "risk"),
    "engine": ("auto", "ruin", "ortools", "dask"),
    "travel.engine": ("roads", "osrm", "valhalla", "openrouteservice"),
    "on_failure": ("stop", "roads"),
    "joint": MODES,
    "default_datum": ("wgs84", "cgcs2000", "gcj02", "bd09"),
    "digest": ("sha256", "sm3"),
    "service": SERVICES,
    "worse_than": ("coordinate", "village", "town", "county"),
    "weekly_day": WEEKDAYS,
    "smtp_security": ("starttls", "tls", "none"),
    "names": ("yes", "no"),
}
_PLACED = ("enterprises", "sites", "stations", "reports")
_SHARES = ("key_share", "random_share", "hours_spread")
_MOST_LOSS = 0.05
_LAST_OF_ALL_MONTHS = 28
_TIMES = (
    "work_start", "work_end", "lunch_earliest", "lunch_latest", "start", "end",
)  # fmt: skip
_MAY_BE_OFF = ("weekly_report_time", "monthly_report_time", "geocode_time", "time")
_CHORE_TIMES = ("weekly_time", "daily_time", *_MAY_BE_OFF)


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
    scheduler.workdays.OverlayError, layers.problems.UnreadableFile
        If the folder's own working days cannot be read.
    """
    file = folder / SETTINGS_NAME
    shipped = _flat(tomllib.loads(shipped_path().read_text("utf-8")))
    own: dict[str, Any] = {}
    if file.exists():
        try:
            own = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(file, "", "", "unreadable", str(error)) from error
    flat = _flat(own)
    for section in flat:
        if section not in SECTIONS and section not in RULE_SECTIONS:
            raise SettingsError(file, section, "", "unknown_section")
    _check_excluded(file, own.get("excluded", {}))
    built = {
        name.rpartition(".")[2]: _section(file, name, kind, shipped[name], flat.get(name, {}))
        for name, kind in SECTIONS.items()
    }
    calendar = folder / CALENDAR_NAME
    return Settings(
        **built, **{name: own.get(name, {}) for name in RULE_SECTIONS}, raw=own,
        days_off=read_overlay(calendar) if calendar.is_file() else {},
    )  # fmt: skip


def _flat(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of a file with those inside of others beside them, by dotted name."""
    flat = dict(raw)
    for name in SECTIONS:
        outer, _, inner = name.rpartition(".")
        table = flat.get(outer)
        if outer and isinstance(table, dict) and isinstance(table.get(inner), dict):
            flat[outer] = {key: value for key, value in table.items() if key != inner}
            flat[name] = table[inner]
    return flat


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
        right = {
            "str": (str,), "int": (int,), "float": (int, float), "int | str": (int, str),
        }[str(expected)]  # fmt: skip
        if not isinstance(value, right) or isinstance(value, bool):
            raise SettingsError(file, name, key, "wrong_type", value)
        if key in _AT_LEAST and not isinstance(value, str) and float(str(value)) < _AT_LEAST[key]:
            raise SettingsError(file, name, key, "too_small", value)
        own_name = f"{name}.{key}"
        if not _usable(own_name if own_name in _ONE_OF else key, value):
            raise SettingsError(file, name, key, "bad_value", value)
    return kind(**{**shipped, **own})


def _usable(key: str, value: object) -> bool:
    """Tell whether a value is one of those that a setting can have."""
    if key in _ONE_OF:
        return value in _ONE_OF[key]
    if key == "map_crs":
        return not value or _is_system(str(value))
    if key == "workers":
        return value == "auto" or (isinstance(value, int) and value >= 1)
    if key == "loss":
        return 0 <= float(str(value)) <= _MOST_LOSS
    if key == "draw_factor":
        return 1 <= float(str(value)) <= MOST
    if key in _SHARES:
        return 0 <= float(str(value)) <= 1
    if key == "days" and isinstance(value, str):
        return set(words(value)) <= set(WEEKDAYS)
    if key == "monthly_report_day":
        return int(str(value)) <= _LAST_OF_ALL_MONTHS
    if key == "month_ends":
        return int(str(value)) <= _LAST_OF_ALL_MONTHS
    if key == "ranking":
        return set(words(str(value))) <= set(MEASURED)
    if key == "registers":
        return set(words(str(value))) <= set(_PLACED)
    if key == "channels":
        return set(words(str(value))) <= set(CHANNELS)
    try:
        if key in _TIMES:
            seconds(str(value))
        elif key in _CHORE_TIMES:
            return (key in _MAY_BE_OFF and not value) or seconds(str(value)) < 86_400
        elif key == "timezone":
            ZoneInfo(str(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def _is_system(text: str) -> bool:
    """Tell whether *text* names a coordinate system of maps, such as ``EPSG:4547``."""
    try:
        pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return False
    return True
