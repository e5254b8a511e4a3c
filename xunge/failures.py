"""What can go wrong with a folder, in sentences."""

from __future__ import annotations

from geo.crs import DatumError
from geo.roads import RoadError
from layers.mapping import MappingError
from layers.problems import UnreadableFile
from layers.vectors import VectorError
from maps.messages import advice, sentence
from scheduler.caps import CapsError
from scheduler.due_rules import DueRuleError
from scheduler.verify import PlanRejected
from xunge.config import SettingsError
from xunge.intake import ImportRefusedError, NoLedgersError
from xunge.results import ResultsRefusedError
from xunge.rounds import WeekError
from xunge.web.database import UnusableDatabaseError

KNOWN = (
    CapsError, DatumError, DueRuleError, FileNotFoundError, ImportRefusedError, MappingError,
    NoLedgersError, NotADirectoryError, PermissionError, PlanRejected, ResultsRefusedError,
    RoadError, SettingsError, UnreadableFile, UnusableDatabaseError, VectorError, WeekError,
)  # fmt: skip


def explained(error: BaseException, *, lang: str = "zh") -> tuple[str, str]:
    """Return what happened and what to do about it, as two sentences."""
    code, data = _told(error)
    return sentence(code, lang=lang, **data), advice(code, lang=lang, **data)


def _told(error: BaseException) -> tuple[str, dict[str, object]]:
    match error:
        case WeekError():
            return error.code, dict(error.detail)
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
            return "import_refused", {"errors": len(error.ledgers.errors)}
        case ResultsRefusedError():
            lines = "\n".join(sentence(p.code, lang="zh", **p.data()) for p in error.problems)
            return "results_refused", {"errors": len(error.problems), "lines": lines}
        case PlanRejected():
            return "plan_rejected", {"rules": ", ".join(error.rules)}
        case NotADirectoryError():
            return "no_folder", {"folder": str(error)}
        case FileNotFoundError():
            return "no_file", {"file": str(error.filename or error)}
        case _:
            return _coded(error)


def _coded(error: BaseException) -> tuple[str, dict[str, object]]:
    """Return the code that a room's error carries, with all its plain attributes."""
    data = {
        name: getattr(value, "name", value) for name, value in vars(error).items() if name != "code"
    }
    code = getattr(error, "code", None)
    return (str(code), data) if code else ("unexpected", {"said": str(error)})


def _title(register: str) -> str:
    from layers.schema import REGISTERS

    return REGISTERS[register].title
