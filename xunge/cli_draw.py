"""``xunge draw``: commit to a draw, open it, give it up, replace a drawn object."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import (
    DateOpt,
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    this_day,
)
from xunge.progress import Progress

draw_app = typer.Typer(
    name="draw", no_args_is_help=True,
    help="公开抽取：承诺、开启、核验、公示。\n\nDraws that anyone can verify.",
    epilog="例 Example:  xunge draw commit demo --date 2026-11-23 …  →  xunge draw open demo …",
)  # fmt: skip

TodayOpt = Annotated[
    dt.date | None,
    typer.Option("--today", metavar="DATE", parser=day_of, help="今天的日期 / today"),
]


@draw_app.command("nonce", epilog="例 Example:  xunge draw nonce 2026-W48 县司法局")
def draw_nonce(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="轮次，如 2026-W48 / round")],
    party: Annotated[str, typer.Argument(metavar="PARTY", help="承诺方名称 / name of the party")],
    *,
    secret: Annotated[
        str, typer.Option(help="自己选定的随机数，默认随机产生 / nonce, random by default")
    ] = "",
    digest: Annotated[str, typer.Option(help="sha256 或 or sm3（国密）")] = "sha256",
    as_json: JsonOpt = False,
) -> None:
    """为参加抽取的一方生成保密随机数和承诺值。

    Make the secret nonce of a party and its commitment; verify_draw.html does the same.
    """
    import secrets

    from scheduler.terms import LEAST_NONCE, TermsError, nonce_commitment

    nonce = secret.strip() or secrets.token_hex(16)
    if len(nonce) < LEAST_NONCE:
        raise TermsError("short_nonce", least=LEAST_NONCE)
    said = nonce_commitment(nonce, party=party, round_id=round_, digest=digest)
    made = {"round": round_, "party": party, "nonce": nonce, "commitment": said, "digest": digest}
    if as_json:
        print_json(made)
    else:
        typer.echo(sentence("nonce_made", **made))


@draw_app.command(
    "commit",
    epilog="例 Example:  xunge draw commit demo --date 2026-11-23 --party 县应急管理局=… "
    "--party 县司法局=… --public 福彩双色球2026135期 --public-day 2026-11-24",
)
def draw_commit(
    folder: FolderArg,
    *,
    date: DateOpt,
    party: Annotated[
        list[str], typer.Option(metavar="NAME=COMMITMENT", help="承诺方=承诺值，至少两方 / parties")
    ],
    public: Annotated[str, typer.Option(help="公开数的名称 / name of the public number")],
    public_day: Annotated[
        dt.date,
        typer.Option(metavar="DATE", parser=day_of, help="公开数产生的日期 / day of the number"),
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="列对应文件（TOML）/ column mapping for odd ledgers")
    ] = None,
    reason: Annotated[str, typer.Option(help="重抽的理由，会公开 / reason, is published")] = "",
    today: TodayOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """冻结一周的抽取名录并公布其哈希，这时种子还不存在。

    Freeze the frame of a week and publish its hash before a seed exists.
    """
    from scheduler.terms import Party, PublicNumber, TermsError
    from scheduler.tickets import nfc
    from xunge import commitments

    parties = []
    for text in party:
        name, equals, said = nfc(text).rpartition("=")
        if not equals:
            raise TermsError("bad_party", value=text)
        parties.append(Party(name=name.strip(), commitment=said.strip().lower()))
    opened = opened_folder(folder)
    with Progress() as progress:
        step = commitments.commit_week(
            opened, day=date, today=today or this_day(), parties=parties, mapping=mapping,
            public=PublicNumber(name=nfc(public.strip()), day=public_day.isoformat()),
            redraw_reason=reason.strip(), progress=progress,
        )  # fmt: skip
    frame = (step.round.committed or {})["frame"]
    if as_json:
        print_json({"link": step.link, "out": str(step.out)})
        return
    typer.echo(
        sentence("committed", round=step.round.name, eligible=len(frame["eligible"]),
                 excluded=len(frame["excluded"]))
    )  # fmt: skip
    typer.echo(f"  {step.record['commitment']}")
    typer.echo(
        sentence("committed_next", day=public_day, name=public, folder=folder, date=date)
    )  # fmt: skip


@draw_app.command(
    "open",
    epilog="例 Example:  xunge draw open demo --date 2026-11-23 --nonce … --nonce … "
    '--public-number "03 07 18 21 25 30"',
)
def draw_open(
    folder: FolderArg,
    *,
    date: DateOpt,
    nonce: Annotated[list[str], typer.Option(help="各方交出的随机数，次序不限 / nonces")],
    public_number: Annotated[str, typer.Option(help="公开数，照原样 / the public number")],
    as_json: JsonOpt = False,
) -> None:
    """用各方的随机数和公开数开启已承诺的抽取。

    Draw from the nonces of the parties and the public number of a committed round.
    """
    from xunge import commitments

    opened = opened_folder(folder)
    step = commitments.open_week(opened, day=date, nonces=nonce, public_number=public_number)
    if as_json:
        print_json({"link": step.link, "out": str(step.out)})
        return
    typer.echo(
        sentence("opened", round=step.round.name, count=len(step.record["selected"]),
                 seed=step.record["seed"])
    )  # fmt: skip
    typer.echo(sentence("opened_next", folder=folder, date=date))


@draw_app.command(
    "abandon", epilog="例 Example:  xunge draw abandon demo --date 2026-11-23 --reason 公证人未到场"
)
def draw_abandon(
    folder: FolderArg,
    *,
    date: DateOpt,
    reason: Annotated[str, typer.Option(help="理由，会公开 / why, is published")],
    today: TodayOpt = None,
) -> None:
    """放弃一次承诺；理由写入记录，无法抹去。

    Give up a commitment; the reason stays on the chain.
    """
    from xunge import commitments

    step = commitments.abandon_week(
        opened_folder(folder), day=date, today=today or this_day(), reason=reason
    )
    typer.echo(sentence("abandoned", **step.record))


@draw_app.command(
    "substitute",
    epilog="例 Example:  xunge draw substitute demo --date 2026-11-23 --object YX001234 "
    "--reason moved",
)
def draw_substitute(
    folder: FolderArg,
    *,
    date: DateOpt,
    object_: Annotated[
        str, typer.Option("--object", metavar="ID", help="不能检查的抽中对象 / drawn object")
    ],
    reason: Annotated[str, typer.Option(metavar="CODE", help="理由代码 / code of the reason")],
    note: Annotated[str, typer.Option(help="说明，会公开 / explanation, is published")] = "",
    today: TodayOpt = None,
) -> None:
    """抽中的对象不能检查时，由下一号替补；理由写入记录。

    Put the next ticket in the place of a drawn object that cannot be visited.
    """
    from xunge import commitments

    opened = opened_folder(folder)
    lang = opened.settings.bureau.language
    step = commitments.substitute(
        opened, day=date, today=today or this_day(), object_=object_, reason=reason, note=note
    )
    said = dict(step.record)
    said["reason"] = opened.tables["substitute_reason"].title_of(reason, lang=lang)
    said["stratum"] = sentence(f"stratum_{said['stratum']}", lang=lang)
    typer.echo(sentence("substituted", lang=lang, **said))
