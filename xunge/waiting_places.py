"""Addresses that wait for the online geocoder are asked about, as many as the caps allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps.messages import sentence
from xunge.lock import alone
from xunge.occasions import settle
from xunge.online import OnlineError
from xunge.placing import place_all
from xunge.second_opinion import notes_of
from xunge.words import run_on

if TYPE_CHECKING:
    from xunge.occasions import Occasion

_ENOUGH_FOR_TODAY = "online_cap"


def ask_about_places(occasion: Occasion) -> str:
    """Ask the online geocoder of the settings about the rows that the offline one does not know.

    What was answered once is not asked again; what the caps of a run and a day leave waits for the
    next time. Nothing is asked where nothing was imported yet.

    Raises
    ------
    xunge.online.OnlineError
        If the service cannot be asked; the offline answers stand.
    """
    from xunge.web.ledger import frames

    if frames.register("enterprises").empty:
        settle(occasion, {"waiting": 0})
        return sentence("places_none", lang=occasion.lang)
    with alone(occasion.folder.path):
        _, opinion = place_all(occasion.folder.path, settings=occasion.folder.settings)
    occasion.progress("placed")
    record = {"facts": {}, "stopped": {}} if opinion is None else opinion.record()
    stopped = dict(record["stopped"])
    code = stopped.pop("code", "")
    if code not in ("", _ENOUGH_FOR_TODAY):
        raise OnlineError(code, **stopped)
    facts = record["facts"]
    waiting = int(facts.get("unanswered", 0))
    settle(occasion, {"waiting": waiting, "asked": facts.get("sent", 0)})
    lines = notes_of(record, lang=occasion.lang) or [sentence("places_none", lang=occasion.lang)]
    return run_on([*lines, sentence("places_wait", lang=occasion.lang, count=waiting)]
                  if waiting else lines, occasion.lang)  # fmt: skip
