"""The sections of the settings: what each holds, as loaded and checked by xunge.config."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.joint import MODES, Mode

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNELS = ("inbox", "email", "dingtalk", "wecom")
"""How reminders can go out."""


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
    map_crs: str
    cell_m: int
    detour: float
    speed_kmh: float
    access_kmh: float
    start_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """Which online geocoder is asked about what, and how often."""

    service: str
    worse_than: str
    registers: str
    per_second: float
    per_day: int
    per_run: int
    attempts: int
    timeout_s: float
    keep_days: int
    contact: str
    url: str
    cache: str

    @property
    def asked_registers(self) -> frozenset[str]:
        """Registers of the county's weeks whose addresses may leave the house."""
        return frozenset(words(self.registers))


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimes:
    """Who says how long it takes between places: the built-in roads or a routing server."""

    engine: str
    url: str
    profile: str
    on_failure: str
    join_limit_m: float
    most_pairs: int
    timeout_s: float
    per_minute: int
    kept_places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspots:
    """What counts as a hotspot and how many are patrolled."""

    window_days: int
    q: float
    background: float
    month_share: float
    patrols: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings:
    """What the risk of an enterprise is told by, and how much it may change a weight."""

    model: str
    draw_factor: float


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
    joint: str
    expert_visits: int
    area_price_minutes: int
    area_rotation_weeks: int
    hours_spread: float
    patrol_prize_minutes: int
    lookahead_days: int
    overdue_within_days: int
    engine: str
    effort: int
    time_limit_s: float
    workers: int | str
    dask: str
    loss: float
    move_minutes: int

    @property
    def joint_mode(self) -> Mode:
        """How the departments of a joint visit come."""
        return next(mode for mode in MODES if mode == self.joint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Night rounds: on which days, when, with how many teams, and who may go."""

    days: str
    start: str
    end: str
    teams: int
    patrols: int
    rest_hours: int

    @property
    def weekdays(self) -> frozenset[int]:
        """Weekdays on whose evenings teams go out, Monday is 0."""
        return frozenset(WEEKDAYS.index(day) for day in words(self.days))

    @property
    def hours(self) -> tuple[int, int]:
        """Start and end in seconds since the midnight before; the end may be on the next day."""
        start, end = seconds(self.start), seconds(self.end)
        return start, end if end > start else end + 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When the chores are due."""

    weekly_day: str
    weekly_time: str
    daily_time: str
    weekly_report_time: str
    monthly_report_day: int
    monthly_report_time: str
    geocode_time: str
    look_minutes: int
    catch_up_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """Who is reminded of what, and by which channels."""

    channels: str
    ahead_days: int
    names: str
    mail_from: str
    mail_to: str
    mail_escalate_to: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_ca: str
    dingtalk_url: str
    wecom_url: str
    timeout_s: float

    @property
    def channel_names(self) -> list[str]:
        """The channels, each once, in the order given."""
        return list(dict.fromkeys(words(self.channels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Where backups go, when, and how many are kept."""

    time: str
    folder: str
    daily: int
    weekly: int
    monthly: int
    skip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which months are reported, by which scheme cases are counted, what towns are ranked on."""

    month_ends: int
    scheme: str
    ranking: str
    exposure_yuan: float


def words(text: str) -> list[str]:
    """Return the words of a list that is written with blanks or commas."""
    return text.replace(",", " ").split()


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
