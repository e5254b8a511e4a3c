"""Settings: shipped, overlaid, and refused when they make no sense."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from scheduler.workers import Here, WorkersError, cores
from xunge import config, sections
from xunge.failures import explained
from xunge.planning import workers_of


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "xunge.toml").write_text(text, "utf-8")
    return tmp_path


def test_a_folder_overrides_single_settings(tmp_path: Path) -> None:
    """A setting of the folder wins; every other one stays as shipped."""
    settings = config.load(_folder(tmp_path, '[bureau]\nname = "永兴县应急管理局"\n'))
    assert settings.bureau.name == "永兴县应急管理局"
    assert settings.plan == config.load(tmp_path / "nowhere").plan


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[plan]\nmin_crew = 1\n", "too_small"),
        ('[plan]\nteams = "four"\n', "wrong_type"),
        ("[plan]\nteam = 4\n", "unknown_setting"),
        ("[plan]\nworkers = 0\n", "bad_value"),
        ("[plan]\nhours_spread = 5\n", "bad_value"),
        ('[plan]\nworkers = "many"\n', "bad_value"),
        ("[plans]\nteams = 4\n", "unknown_section"),
        ("[plan\n", "unreadable"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(
    tmp_path: Path, text: str, code: str
) -> None:
    """An unknown, mistyped or unlawful setting is an error that names file, section and key."""
    with pytest.raises(config.SettingsError) as caught:
        config.load(_folder(tmp_path, text))
    assert caught.value.code == code
    assert caught.value.file == tmp_path / "xunge.toml"


def test_every_setting_is_shipped_and_explained() -> None:
    """Every setting stands in config.toml under a comment that explains it."""
    explained: dict[str, bool] = {}
    section, comment = "", False
    for line in config.shipped_path().read_text("utf-8").splitlines():
        if line.startswith("["):
            section, comment = line.strip("[]"), False
        elif line.startswith("#"):
            comment = True
        elif "=" in line:
            explained[f"{section}.{line.partition('=')[0].strip()}"] = comment
        else:
            comment = False
    wanted = {f"{name}.{f.name}" for name, kind in config.SECTIONS.items() for f in fields(kind)}
    assert wanted == set(explained)
    assert [name for name, has_comment in explained.items() if not has_comment] == []


@pytest.mark.parametrize(("clock", "value"), [("00:00", 0), ("08:30", 30_600), ("24:00", 86_400)])
def test_a_clock_time_is_seconds_since_midnight(clock: str, value: int) -> None:
    """``HH:MM`` is read as seconds since midnight."""
    assert sections.seconds(clock) == value


def test_what_is_no_time_of_day_is_refused() -> None:
    """25:00 is no time of day."""
    with pytest.raises(ValueError, match="no time of day"):
        sections.seconds("25:00")


def test_nights_are_a_table_inside_of_the_plan(tmp_path: Path) -> None:
    """[plan.night] is laid over like any section; its end may lie on the next day."""
    assert config.load(tmp_path).night.weekdays == frozenset()
    text = '[plan]\nteams = 3\n[plan.night]\ndays = "tue, fri"\nend = "01:00"\n'
    settings = config.load(_folder(tmp_path, text))
    assert settings.plan.teams == 3
    assert settings.night.weekdays == {1, 4}
    assert settings.night.hours == (72_000, 90_000)


@pytest.mark.parametrize(
    "line", ['days = "friday"', "days = 5", 'start = "25:00"', "rest_hours = -1", "hours = 3"]
)
def test_a_night_that_makes_no_sense_is_refused(tmp_path: Path, line: str) -> None:
    """Days are named by their short English names, hours are times of day."""
    with pytest.raises(config.SettingsError) as caught:
        config.load(_folder(tmp_path, f"[plan.night]\n{line}\n"))
    assert caught.value.section == "plan.night"


def test_ways_to_come_to_a_joint_visit_are_three(tmp_path: Path) -> None:
    """Another word is refused."""
    assert config.load(tmp_path).plan.joint_mode == "auto"
    with pytest.raises(config.SettingsError, match="bad_value"):
        config.load(_folder(tmp_path, '[plan]\njoint = "alone"\n'))


def test_workers_are_a_number_or_all_cores(tmp_path: Path) -> None:
    """Processes are a number or ``auto``; a cluster must be named where it is asked for."""
    plan = config.load(_folder(tmp_path, "[plan]\nworkers = 1\n")).plan
    assert isinstance(workers_of(plan), Here)
    with workers_of(replace(plan, workers=2)) as two:
        assert two.size == 2
    assert workers_of(replace(plan, workers="auto")).size == cores()
    with pytest.raises(WorkersError) as refused:
        workers_of(replace(plan, engine="dask"))
    assert explained(refused.value, lang="en")[0].startswith("[plan] engine is dask")
