"""Online geocoders on the command line: the options, what will be asked, what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maps.messages import advice, sentence

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo.gazetteer import Gazetteer
    from xunge.geocoding import Complete
    from xunge.online import Completed

OnlineOpt = Annotated[
    Literal["", "amap", "tianditu", "baidu", "tencent", "nominatim"],
    typer.Option("--online", help="再问在线服务，地址会发出去 / ask a service, addresses leave"),
]
WorseThanOpt = Annotated[
    Literal["", "coordinate", "village", "town", "county"],
    typer.Option("--worse-than", help="比这一级差才问，默认 village / ask where worse than this"),
]


def completing(file: Path, *, service: str, worse_than: str, lang: str) -> Complete | None:
    """Return what asks *service*, with the settings beside *file*; None where nothing is asked.

    Before anything is asked it tells on stderr how much that will be.

    Raises
    ------
    typer.BadParameter
        If a level is given and no service.
    xunge.config.SettingsError
        If the folder of *file* has an ``xunge.toml`` that makes no sense.
    """
    if not service:
        if worse_than:
            raise typer.BadParameter(sentence("online_nobody", lang=lang))
        return None
    from xunge import config
    from xunge.online import Desk

    settings = replace(config.load(file.parent).online, service=service)
    desk = Desk(replace(settings, worse_than=worse_than) if worse_than else settings)

    def complete(
        frame: pd.DataFrame, answers: pd.DataFrame, gazetteer: Gazetteer, home: str
    ) -> Completed:
        asking = desk.survey(frame, answers, gazetteer=gazetteer, home=home)
        typer.echo(sentence("online_asking", lang=lang, **asking.facts()), err=True)
        return desk.complete(answers, asking, home=home)

    return complete


def online_lines(done: Completed, lang: str) -> list[str]:
    """Return what a service contributed, and why asking ended early, in sentences."""
    lines = [sentence("online_done", lang=lang, **done.facts)]
    if done.facts["disagree"]:
        lines.append(sentence("online_disagree", lang=lang, **done.facts))
    if done.facts["service"] == "nominatim" and done.facts["taken"]:
        lines.append(sentence("online_osm", lang=lang))
    if done.stopped is not None:
        detail = {name: value for name, value in vars(done.stopped).items() if name != "code"}
        code, left = done.facts["stopped"], done.facts["unanswered"]
        said = sentence(code, lang=lang, **detail)
        lines.append(sentence("online_stopped", lang=lang, left=left, said=said))
        fix = advice(code, lang=lang, **detail)
        lines += [f"→ {fix}"] if fix else []
    return lines
