"""``xunge geocode``: place the rows of any table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from maps.messages import sentence
from xunge.cli_common import LANGUAGE, JsonOpt, print_json, this_day
from xunge.cli_online import OnlineOpt, WorseThanOpt, completing, online_lines
from xunge.progress import Progress

if TYPE_CHECKING:
    from xunge.geocoding import Placed


def geocode(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="表格 / table: CSV, xlsx, xls, ods")],
    *,
    county: Annotated[
        str, typer.Option(metavar="CODE|NAME", help="多数行所在的县或市 / where most rows lie")
    ] = "",
    address: Annotated[
        str, typer.Option(metavar="COLUMN", help="地址列，- 表示没有 / column, - for none")
    ] = "",
    lon: Annotated[
        str, typer.Option(metavar="COLUMN", help="经度或横坐标列，- 表示不用 / column, - for none")
    ] = "",
    lat: Annotated[
        str, typer.Option(metavar="COLUMN", help="纬度或纵坐标列；同一列则同名 / column")
    ] = "",
    datum: Annotated[
        Literal["", "wgs84", "cgcs2000", "gcj02", "bd09"],
        typer.Option(help="经纬度的坐标系 / datum of degrees"),
    ] = "",
    meridian: Annotated[
        int, typer.Option(help="平面坐标的中央子午线 / central meridian of metres, e.g. 114")
    ] = 0,
    sheet: Annotated[str, typer.Option(help="工作表 / sheet")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE",
                     help="结果，默认 表名_定位.csv/.xlsx / result: CSV or xlsx"),
    ] = None,
    mended: Annotated[
        Path | None,
        typer.Option(metavar="WORKBOOK", help="改好的 表名_待修正.xlsx / workbook put right"),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(metavar="FILE|DIR", help="地址更正记录，默认在表旁 / ledger of corrections"),
    ] = None,
    online: OnlineOpt = "",
    worse_than: WorseThanOpt = "",
    lang: Annotated[Literal["zh", "en"], typer.Option(help="语言 / language")] = "zh",
    as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """任意表格逐行定位：加上坐标、级别、半径、代码、把握和理由；存疑的另成一册；--online 才联网。

    Place every row of any table, offline unless --online names a service: columns are found by
    their values; coordinates, level, radius, code, confidence and reason are added. Asks, and
    writes nothing, where it is unsure.
    Doubtful rows come out as a workbook; what is put right there comes back with --mended.
    """
    from xunge.geocode_columns import Wanted
    from xunge.geocoding import run_geocode

    LANGUAGE.set(lang)
    _check_meridian(meridian)
    today = this_day()
    wanted = Wanted(address=address, lon=lon, lat=lat, datum=datum, meridian=meridian)
    complete = completing(file, service=online, worse_than=worse_than, lang=lang)
    with Progress() as progress:
        done = run_geocode(
            file, wanted=wanted, county=county, sheet=sheet, out=out, mended=mended,
            corrections=corrections, today=today, lang=lang, progress=progress,
            counted=progress.rows,
            complete=complete,
        )  # fmt: skip
    facts = done.facts()
    if as_json:
        print_json(facts)
        return
    for line in _columns(facts["columns"], lang):
        typer.echo(line)
    typer.echo(
        sentence("geocode_done_online" if done.online else "geocode_done", lang=lang,
                 rows=facts["rows"], unplaced=facts["unplaced"], doubtful=facts["doubtful"],
                 **facts["levels"])
    )  # fmt: skip
    asked = online_lines(done.online, lang) if done.online else ()
    for line in (
        *asked,
        *_taken(done, lang),
        sentence("geocode_written", lang=lang, file=facts["out"]),
    ):
        typer.echo(line)
    if done.book:
        typer.echo(
            sentence("geocode_mend", lang=lang, file=done.book, count=done.lines, table=file)
        )
    for kept in facts["kept"]:
        typer.echo(sentence("geocode_kept", lang=lang, file=kept))


def _taken(done: Placed, lang: str) -> list[str]:
    """Say what came in by a workbook, and which earlier corrections it replaces."""
    said = []
    if done.review.fresh:
        said.append(
            sentence("geocode_corrected", lang=lang, count=len(done.review.fresh),
                     file=done.ledger, pending=done.review.pending)
        )  # fmt: skip
    said += [sentence(one.code, lang=lang, **one.data()) for one in done.review.replaced]
    return said


def _columns(found: dict[str, Any], lang: str) -> list[str]:
    """Say which columns were read, and how."""
    from xunge.words import listed

    said = [sentence("geocode_columns_address", lang=lang, **found)] if found["address"] else []
    if found["beside"]:
        headers = listed(found["beside"], lang)
        said.append(sentence("geocode_columns_beside", lang=lang, headers=headers))
    if found["lon"]:
        notation = sentence(f"geocode_notation_{found['notation']}", lang=lang)
        code = "geocode_columns_metres" if found["meridian"] else "geocode_columns_lonlat"
        said.append(sentence(code, lang=lang, **{**found, "notation": notation}))
    if found["left_out"]:
        said.append(sentence("geocode_left_out", lang=lang))
    return said


def _check_meridian(meridian: int) -> None:
    if meridian and (meridian % 3 or not 75 <= meridian <= 135):
        raise typer.BadParameter(sentence("geocode_bad_meridian", value=meridian))
