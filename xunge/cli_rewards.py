"""``xunge rewards``: what true reports are worth, what was paid, and what does not fit the rule."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from maps.messages import sentence
from xunge.cli_common import (
    AsOfOpt,
    FolderArg,
    JsonOpt,
    opened_folder,
    print_json,
    terminal,
    this_day,
)

if TYPE_CHECKING:
    from scheduler.rewards import Reward, RewardRule


def rewards(
    folder: FolderArg,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="包括已按规定发放的 / those paid as the rule says too")
    ] = False,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """举报奖励：查实的举报应奖多少、已发多少、哪些不合规定；不涉及举报人身份。

    Rewards for reports by the public: what true ones are worth, what was paid, what does not fit
    the rule. Nobody is named.
    """
    from scheduler.rewards import load_reward_rule, rewards_of
    from xunge.knowledge import know

    opened = opened_folder(folder, as_of=as_of)
    day = as_of or this_day()
    known = know(day, tables=opened.tables)
    rule = load_reward_rule(opened.settings.rewards)
    found = rewards_of(
        known.reports, cases=known.cases, penalties=known.penalties, accidents=known.accidents,
        rule=rule,
    )  # fmt: skip
    shown = [one for one in found if everything or one.open or one.doubt]
    if as_json:
        print_json({"rule": asdict(rule), "rewards": [asdict(one) for one in shown]})
        return
    _show(found, shown, rule, opened.settings.bureau.language)


def _show(found: list[Reward], shown: list[Reward], rule: RewardRule, lang: str) -> None:
    typer.echo(
        sentence("rewards_rule", lang=lang, source=rule.source,
                 status=sentence(f"status_{rule.status}", lang=lang))
    )  # fmt: skip
    true = sum(one.outcome == "substantiated" for one in found)
    typer.echo(
        sentence("rewards_sum", lang=lang, true=true,
                 paid=sum(one.paid > 0 for one in found), yuan=sum(one.paid for one in found),
                 open=sum(one.open for one in found), doubts=sum(bool(one.doubt) for one in found))
    )  # fmt: skip
    if not shown:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("report", "fines", "range", "paid", "remark"):
        right = {} if name in ("report", "remark") else {"justify": "right"}
        table.add_column(sentence(f"rewards_{name}", lang=lang), **right)  # type: ignore[arg-type]
    for one in shown:
        code = f"rewards_{one.doubt}" if one.doubt else "rewards_open" if one.open else ""
        span = f"{one.least:,.0f}" + (f"–{one.most:,.0f}" if one.most > one.least else "")
        table.add_row(one.report, f"{one.fines:,.0f}", span, f"{one.paid:,.0f}",
                      sentence(code, lang=lang) if code else "")  # fmt: skip
    terminal().print(table)
