"""What can go wrong with a folder, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.crs import DatumError
from geo.drawn_areas import AreaOverlapError
from geo.engines.engine import EngineError
from geo.roads import RoadError
from layers.campaigns.book import CampaignBookError
from layers.campaigns.campaign import CampaignError
from layers.elevation import ElevationError
from layers.mapping import MappingError
from layers.measures import MeasureRuleError
from layers.problems import UnreadableFile
from layers.refusals import CodedError, RuleSettingsError
from layers.schemes import SchemeError
from layers.vectors import VectorError
from maps.messages import advice, sentence
from scheduler.candidates import FrameError
from scheduler.digests import DigestError
from scheduler.verify import PlanRejected
from scheduler.workdays import OverlayError
from scheduler.workers import WorkersError
from xunge.chore_error import UnknownChoreError
from xunge.companions import CompanionError
from xunge.config import SettingsError
from xunge.conflicts import ConflictError
from xunge.corrections import CorrectionError
from xunge.dossier import UnknownObjectError
from xunge.geocode_table import QuestionsError
from xunge.http import HttpError
from xunge.intake import ImportRefusedError, NoLedgersError
from xunge.ledger_books import FolderInUseError
from xunge.online_store import StoreError
from xunge.place_ledger import MendingRefusedError
from xunge.reporters import ReporterError
from xunge.result_files import ResultsRefusedError
from xunge.routing import RoutingError
from xunge.web.database import UnusableDatabaseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.problems import Problem

SHOWN = 20
"""How many problems are told one by one."""

KNOWN = (
    AreaOverlapError,
    CampaignBookError,
    CampaignError,
    CodedError,
    CompanionError,
    ConflictError,
    CorrectionError,
    DatumError,
    DigestError,
    ElevationError,
    EngineError,
    FileNotFoundError,
    FolderInUseError,
    FrameError,
    HttpError,
    ImportRefusedError,
    MappingError,
    MeasureRuleError,
    MendingRefusedError,
    NoLedgersError,
    NotADirectoryError,
    OverlayError,
    PermissionError,
    PlanRejected,
    QuestionsError,
    ReporterError,
    ResultsRefusedError,
    RoadError,
    RoutingError,
    RuleSettingsError,
    SchemeError,
    SettingsError,
    StoreError,
    UnknownChoreError,
    UnknownObjectError,
    UnreadableFile,
    UnusableDatabaseError,
    VectorError,
    WorkersError,
)


def explained(error: BaseException, *, lang: str = "zh") -> tuple[str, str]:
    """Return what happened and what to do about it, as two sentences."""
    code, data = _told(error, lang)
    said = sentence(code, lang=lang, **data)
    if isinstance(error, UnreadableFile) and error.path.name not in said:
        said = f"{error.path.name}: {said}"
    return said, advice(code, lang=lang, **data)


def _told(error: BaseException, lang: str) -> tuple[str, dict[str, object]]:
    match error:
        case CodedError():
            return error.code, dict(error.detail)
        case QuestionsError():
            asked = [sentence(f"geocode_ask_{q}", lang=lang, **error.detail) for q in error.codes]
            return "geocode_questions", {"lines": "\n".join(f"  {line}" for line in asked)}
        case SettingsError():
            return f"setting_{error.code}", {
                "file": error.file.name, "section": error.section, "key": error.key,
                "value": error.value,
            }  # fmt: skip
        case UnusableDatabaseError():
            return "unusable_database", {"where": error.where, "said": error.said}
        case NoLedgersError():
            titles = "、".join(_title(name) for name in error.missing)
            return "no_ledgers", {"folder": error.folder.name, "missing": titles}
        case ImportRefusedError():
            errors = error.ledgers.errors
            return "import_refused", {"errors": len(errors), "lines": _lines(errors, lang)}
        case ResultsRefusedError() | MendingRefusedError():
            errors = list(error.problems)
            return error.code, {"errors": len(errors), "lines": _lines(errors, lang)}
        case CampaignBookError():
            faults = {"errors": len(error.problems), "lines": _lines(error.problems, lang)}
            return error.code, {"file": error.file, **faults}
        case OverlayError():
            rows = [
                sentence(code, lang=lang, row=row, value=value,
                         column=sentence("overlay_row", lang=lang, row=row))
                for row, code, value in error.rows[:SHOWN]
            ]  # fmt: skip
            return error.code, {
                "file": error.file, "count": len(error.rows), "lines": "\n".join(rows),
            }  # fmt: skip
        case PlanRejected():
            return "plan_rejected", {"rules": ", ".join(error.rules)}
        case NotADirectoryError():
            return "no_folder", {"folder": str(error)}
        case FileNotFoundError():
            return "no_file", {"file": str(error.filename or error)}
        case PermissionError():
            return "no_permission", {"file": str(error.filename or error)}
        case VectorError() if error.systems:
            code, data = _coded(error)
            return code, {**data, "detail": sentence("vector_systems", lang=lang, **data)}
        case _:
            return _coded(error)


def _coded(error: BaseException) -> tuple[str, dict[str, object]]:
    """Return the code that a room's error carries, with all its plain attributes."""
    data = {
        name: getattr(value, "name", value) for name, value in vars(error).items() if name != "code"
    }
    rows = data.get("rows")
    if isinstance(rows, tuple):
        data["count"] = len(rows)
        data["names"] = "、".join(str(row[0] if isinstance(row, tuple) else row) for row in rows)
    code = getattr(error, "code", None)
    return (str(code), data) if code else ("unexpected", {"said": str(error)})


def _lines(problems: Sequence[Problem], lang: str) -> str:
    """Return one line for each of the first problems: where it is, what it is, what to do."""
    lines = []
    for problem in problems[:SHOWN]:
        data = problem.data()
        place = [problem.file, problem.sheet, f"{problem.row or ''}", problem.column]
        said = sentence(problem.code, lang=lang, **data)
        fix = advice(problem.code, lang=lang, **data)
        where = " · ".join(word for word in place if word)
        lines.append(f"  {where}: {said}" + (f" → {fix}" if fix else ""))
    if len(problems) > SHOWN:
        lines.append(f"  … +{len(problems) - SHOWN}")
    return "\n".join(lines)


def _title(register: str) -> str:
    from layers.schema import REGISTERS

    return REGISTERS[register].title
