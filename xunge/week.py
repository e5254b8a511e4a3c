"""The week: the only file that chains the rooms.

    ledgers → check → geocode → cells → hotspots → due dates → draw → routes → crews → files

Every step is a pure function of what the step before returned; only taking in, recording and
publishing write. The draw is recorded before the routes are planned, so that nobody can plan
again and again until a draw is convenient: a week that was interrupted goes on with its draw.
A week may also go on with a draw that was committed to and opened before, see
:mod:`xunge.commitments`.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geo.road_rules import road_rules
from layers.campaigns.campaign import load_campaigns
from layers.codes import extended
from layers.mapping import read_mapping
from layers.measures import load_measures
from layers.schemes import load_schemes, with_schemes
from scheduler.caps import load_caps
from scheduler.conditions import load_conditions
from scheduler.disclosure import load_terms
from scheduler.due_rules import load_rules
from scheduler.escalation import load_levels
from scheduler.expert_rules import load_expert_rules
from scheduler.floors import load_floors
from scheduler.periods import load_periods
from scheduler.revisit_rules import load_revisit_rules
from scheduler.rewards import load_reward_rule
from scheduler.traffic import load_traffic
from scheduler.zone_rules import load_zone_rules
from xunge import config, geography, intake, publish, rounds
from xunge.companions import read_companions
from xunge.compute import Inputs, Situation, assess, drawn_record
from xunge.disclosure_rows import to_publish
from xunge.duties import duties_json
from xunge.folder_key import keep_key
from xunge.knowledge import department_names, know
from xunge.lock import alone
from xunge.measures_week import on_record
from xunge.outputs import render
from xunge.record import planned_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from layers.codes import CodeTable
    from layers.mapping import LedgerMap
    from xunge.companions import Companion
    from xunge.config import Settings
    from xunge.intake import Intake
    from xunge.rounds import Round

OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekResult:
    """What a run of the week did.

    ``status`` is ``published``, ``unchanged`` or ``restored`` (files that were missing were made
    again from the record); ``intake`` is None where the ledgers were not read; ``travel`` says
    what a routing server was asked, None where there is none.
    """

    status: str
    week: str
    out: Path
    record: Mapping[str, Any]
    intake: Intake | None = None
    travel: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A ledger folder that is open: its settings and code tables."""

    path: Path
    settings: Settings
    tables: Mapping[str, CodeTable]


def open_folder(path: Path, *, as_of: dt.date | None = None) -> Folder:
    """Read the settings of a folder and open its database.

    Parameters
    ----------
    as_of
        See only what had been entered by this day; nothing can be written then.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    xunge.config.SettingsError, layers.refusals.RuleSettingsError, layers.schemes.SchemeError
        If a setting, or a file of the bureau's own schemes, makes no sense.
    layers.measures.MeasureRuleError
        If a rule of the bureau's own measures cannot be used.
    xunge.web.database.UnusableDatabaseError
    """
    from xunge.web import database

    if not path.is_dir():
        raise NotADirectoryError(path)
    settings = config.load(path)
    load_rules(settings.due)
    load_caps(settings.caps)
    tables = with_schemes(extended(settings.codes), load_schemes(path))
    load_floors(settings.floors, tables=tables)
    load_conditions(settings.conditions, tables=tables)
    load_expert_rules(settings.experts, tables=tables)
    load_zone_rules(settings.zones, tables=tables)
    load_revisit_rules(settings.revisits, tables=tables)
    load_terms(settings.publication)
    load_periods(settings.periods, tables=tables)
    load_levels(settings.escalation)
    load_reward_rule(settings.rewards)
    load_measures(path)
    road_rules(settings.roads)
    load_traffic(settings.traffic)
    with alone(path):
        database.open_folder(path, url=settings.database.url)
    _look_back(as_of)
    return Folder(path=path, settings=settings, tables=tables)


def _look_back(day: dt.date | None) -> None:
    from xunge.web.ledger import past  # the door opens only after the database

    past.look_back(day)


def monday_of(day: dt.date) -> dt.date:
    """Return the Monday of the week of *day*."""
    return day - dt.timedelta(days=day.weekday())


def run_week(
    folder: Folder,
    *,
    day: dt.date,
    out: Path | None = None,
    seed: str | None = None,
    mapping: Path | None = None,
    strict: bool = False,
    redraw_reason: str = "",
    progress: Callable[[str], None] = lambda stage: None,
) -> WeekResult:
    """Make the week of *day*, or finish or confirm the one that is recorded.

    Parameters
    ----------
    out
        Where the files go; ``out/<week>`` in the folder by default.
    seed
        Seed of the draw; by default a random one, which the record tells.
    redraw_reason
        Make the week anew although it is recorded, for this reason.
    progress
        Told the name of every stage as it ends.

    Raises
    ------
    WeekError
        If the week has no working day, a later week is recorded, nothing can be planned, a
        commitment waits for its opening, or a redraw is asked for where there is nothing to redraw
        or visits have been reported.
    xunge.intake.NoLedgersError, xunge.intake.ImportRefusedError
    xunge.companions.CompanionError
    layers.vectors.VectorError, layers.elevation.ElevationError, geo.roads.RoadError,
    geo.drawn_areas.AreaOverlapError
    scheduler.verify.PlanRejected
    """
    monday = monday_of(day)
    place = out or folder.path / OUT / rounds.week_name(monday)
    with alone(folder.path):
        current = rounds.latest(monday)
        if current is not None and current.sealed:
            raise rounds.WeekError("not_opened", round=current.name, date=monday.isoformat())
        unfinished = _unfinished_redraw(current)
        reason = unfinished or redraw_reason
        if current is not None and current.planned is not None and not reason:
            return _confirm(folder, current, place, progress=progress)
        asked = bool(reason) and not unfinished
        rounds.refuse_unless_next(monday, current=current, redraw=asked)
        known_map = read_mapping(mapping) if mapping else None
        taken = take_in(folder, monday, known_map, strict=strict, progress=progress)
        keep_key(monday, seed=seed)
        chosen = seed if seed is not None else secrets.token_hex(16)
        inputs = inputs_of(
            folder,
            monday,
            redraw_reason=reason,
            seed=chosen,
            number=next_number(current),
            progress=progress,
        )
        inputs = replace(inputs, companions=_companions(folder, inputs))
        progress("known")
        return _made(folder, inputs, taken, place, current=current, progress=progress)


def _unfinished_redraw(current: Round | None) -> str:
    """Return why a week has to be made anew although nobody asks for it now.

    The recorded reason of a redraw that was interrupted after its draw, or of a commitment that
    was given up.
    """
    if current is None or current.planned is not None:
        return ""
    if current.drawn is None:
        return current.abandoned
    return str(current.drawn["record"]["redraw_reason"])


def _made(
    folder: Folder,
    inputs: Inputs,
    taken: Intake,
    place: Path,
    *,
    current: Round | None,
    progress: Callable[[str], None],
) -> WeekResult:
    """Draw, plan, record and publish the week of *inputs*."""
    situation = assess(inputs, progress=progress)
    started = _draw(inputs, situation, current=current, progress=progress)
    drawn = started.link["record"]
    record = planned_record(
        replace(inputs, seed=drawn["seed"]), situation, started.bench.playing, progress=progress
    )
    record["parties"] = [party["name"] for party in drawn["parties"]]
    record["quality"] = intake.quality(taken, inputs.knowledge.registers)
    record["publications"] = to_publish(folder.settings, today=inputs.knowledge.day)
    record["duties"] = duties_json(
        inputs.knowledge, today=inputs.monday, workdays=situation.workdays,
        settings=folder.settings, campaigns=load_campaigns(folder.path).values(),
    )  # fmt: skip
    record["measures"] = on_record(
        inputs.knowledge, folder=folder.path, home=folder.settings.bureau.home,
        monday=inputs.monday,
    )  # fmt: skip
    _publish(folder, inputs, started, record, place, progress=progress)
    routing = inputs.geography.routing
    return WeekResult(
        status="published", week=started.week, out=place, record=record, intake=taken,
        travel=None if routing is None else routing.facts(),
    )  # fmt: skip


def take_in(
    folder: Folder,
    monday: dt.date,
    mapping: LedgerMap | None,
    *,
    strict: bool,
    progress: Callable[[str], None],
) -> Intake:
    """Take in the ledgers of a folder as of the day before *monday*."""
    return intake.take_in(
        folder.path, day=monday - dt.timedelta(days=1), settings=folder.settings,
        tables=folder.tables, mapping=mapping, strict=strict, progress=progress,
    )  # fmt: skip


def next_number(current: Round | None) -> int:
    """Return the number of the round to make: that of an interrupted one, else the next."""
    if current is None:
        return 1
    ended = current.planned is not None or bool(current.abandoned)
    return current.attempts + 1 if ended else current.number


def inputs_of(
    folder: Folder,
    monday: dt.date,
    *,
    redraw_reason: str,
    seed: str,
    number: int,
    progress: Callable[[str], None] = lambda stage: None,
) -> Inputs:
    """Gather all that the pure steps need; what happened from Monday on is not seen."""
    knowledge = know(monday - dt.timedelta(days=1), tables=folder.tables)
    firms = knowledge.objects[knowledge.objects["kind"] == "enterprise"]
    return Inputs(
        monday=monday,
        seed=seed,
        number=number,
        redraw_reason=redraw_reason,
        settings=folder.settings,
        tables=folder.tables,
        knowledge=knowledge,
        geography=geography.survey(
            folder.path, areas=knowledge.registers["areas"], points=firms[["lon", "lat"]],
            settings=folder.settings, tables=folder.tables, progress=progress,
        ),
        carried=rounds.carried(knowledge.events, monday),
        unreported=rounds.unreported(
            knowledge.events, monday,
            since=monday - dt.timedelta(days=folder.settings.draw.cooldown_days),
        ),
    )  # fmt: skip


def _companions(folder: Folder, inputs: Inputs) -> tuple[Companion, ...]:
    names = department_names(inputs.knowledge)
    lead = folder.settings.bureau.lead_department
    return read_companions(
        folder.path, week=rounds.week_name(inputs.monday), names=names, own=names.get(lead, lead),
        enterprises=inputs.knowledge.registers["enterprises"],
    )  # fmt: skip


def _draw(
    inputs: Inputs,
    situation: Situation,
    *,
    current: Round | None,
    progress: Callable[[str], None],
) -> Round:
    """Return the round with its draw: the recorded one of an interrupted run, or a new one."""
    if current is not None and current.drawn is not None and current.planned is None:
        return current
    drawn = drawn_record(inputs, situation)
    started = rounds.begin(inputs.monday, number=inputs.number, drawn=drawn)
    progress("drawn")
    return started


def _publish(
    folder: Folder,
    inputs: Inputs,
    started: Round,
    record: dict[str, Any],
    place: Path,
    *,
    progress: Callable[[str], None],
) -> None:
    files = _rendered(folder, inputs, started, record, progress=progress)
    progress("rendered")
    place.mkdir(parents=True, exist_ok=True)
    manifest = publish.stage(place, files)
    progress("staged")
    rounds.conclude(started, record=record, manifest=manifest)
    progress("recorded")
    publish.settle(place, manifest, label=f"before-{started.name}")
    progress("published")


def _rendered(
    folder: Folder,
    inputs: Inputs,
    made: Round,
    record: Mapping[str, Any],
    *,
    progress: Callable[[str], None],
) -> dict[str, bytes]:
    return render(
        record, made.link, inputs.knowledge, inputs.geography, settings=folder.settings,
        tables=folder.tables, progress=progress,
    )  # fmt: skip


def _confirm(
    folder: Folder, current: Round, place: Path, *, progress: Callable[[str], None]
) -> WeekResult:
    """Finish moving the files of a recorded week, or make those anew that are gone."""
    assert current.planned is not None  # noqa: S101 - the caller has looked
    record, manifest = current.planned["record"], current.planned["manifest"]
    status = "unchanged"
    if not publish.in_place(place, manifest):
        status = "restored"
        if publish.lost(place, manifest):
            inputs = inputs_of(
                folder,
                current.monday,
                redraw_reason="",
                seed=record["seed"],
                number=current.number,
            )
            files = _rendered(folder, inputs, current, record, progress=progress)
            missing = {
                name: content for name, content in files.items() if not (place / name).is_file()
            }
            place.mkdir(parents=True, exist_ok=True)
            publish.stage(place, missing)
        publish.settle(place, manifest, label=rounds.label_of(current, record))
        progress("published")
    return WeekResult(status=status, week=current.week, out=place, record=record)
