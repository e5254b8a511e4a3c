"""Ask an online geocoder about the rows that the offline resolver does not know well enough.

Off unless a setting or an option names a service. What is asked, and how often, is known before
the first request; what was answered once is not asked again; who refuses is not pressed.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.online.compare import compared
from geo.online.service import Key, ServiceError
from geo.online.services import service_of
from geo.online.wording import question_of
from layers.refusals import CodedError
from xunge.http import AGENT, Client, HttpError, Patience
from xunge.online_store import DayUsedUpError, Store, user_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    import pandas as pd

    from geo.gazetteer import Gazetteer
    from geo.online.service import Found, Question, Service
    from xunge.sections import Online

LEVELS = ("coordinate", "address", "village", "town", "county", "none")
"""Levels of points, the finest first."""

_IN_A_ROW = 5  # addresses refused one after the other: then it is not the address
_ABOUT_ONE = ("online_bad_request", "online_out_of_step")
_CORRECTED = "place_corrected"
AGAINST = ("online_against_taken", "online_against_kept")
"""Notes of rows whose offline and online circles do not touch."""


class OnlineError(CodedError, ValueError):
    """A service cannot be asked at all; ``code`` says why, ``detail`` what the sentence needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is about to be asked.

    Attributes
    ----------
    rows
        Rows whose offline level is worse than wanted, and that have an address.
    questions
        The questions, each once, with the rows that wait for it; in the order of asking.
    known
        Of these, answers that are kept.
    left_today
        Addresses that may still be asked about today.
    """

    service: str
    rows: int
    questions: tuple[tuple[Question, tuple[Hashable, ...]], ...]
    known: int
    most: int
    left_today: int
    per_second: float
    batch: int

    def facts(self) -> dict[str, Any]:
        """Return the counts as plain values; ``minutes`` rounds up."""
        new = len(self.questions) - self.known
        asked = min(new, self.most, self.left_today)
        seconds = -(-asked // self.batch) / self.per_second
        return {
            "service": self.service,
            "rows": self.rows,
            "questions": len(self.questions),
            "known": self.known,
            "to_ask": asked,
            "later": new - asked,
            "left_today": self.left_today,
            "minutes": int(-(-seconds // 60)),
        }


@dataclass(slots=True, kw_only=True)
class Asked:
    """What asking has brought: answers by question, counts, and why it ended early."""

    found: dict[Question, Found | None] = field(default_factory=dict)
    sent: int = 0
    refused: int = 0
    stopped: OSError | DayUsedUpError | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Completed:
    """Answers of the offline resolver completed by a service, and what it took.

    ``facts`` are plain values; ``stopped`` is why asking ended early, None if it did not.
    """

    answers: pd.DataFrame
    facts: dict[str, Any]
    stopped: OSError | DayUsedUpError | None


def key_of(service: Service, *, settings: Online) -> Key:
    """Return the key of a service from the environment: ``XUNGE_AMAP_KEY``, ``…_SECRET``.

    Raises
    ------
    OnlineError
        ``online_no_key`` or, where a service without keys wants to know whom to write to,
        ``online_no_contact`` or ``online_bad_contact``.
    """
    if not service.needs_key:
        if service.most_per_second is not None and not settings.contact:
            raise OnlineError("online_no_contact", service=service.name)
        if not (settings.contact.isascii() and settings.contact.isprintable()):
            raise OnlineError("online_bad_contact", service=service.name)
        return Key()
    variable = f"XUNGE_{service.name.upper()}_KEY"
    value = os.environ.get(variable, "").strip()
    if not value:
        raise OnlineError("online_no_key", service=service.name, variable=variable)
    secret = os.environ.get(f"XUNGE_{service.name.upper()}_SECRET", "").strip()
    return Key(value=value, secret=secret)


class Desk:
    """One service with its settings, its key and the file of its answers.

    Parameters
    ----------
    clock, sleep
        Seconds since 1970, and how to wait.
    """

    def __init__(
        self,
        settings: Online,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self.service = service_of(settings.service, base=settings.url)
        self._clock = clock
        self._sleep = sleep
        self._per_second = _least(settings.per_second, self.service.most_per_second)
        self._per_day = int(_least(settings.per_day, self.service.most_per_day))
        self._folder = Path(settings.cache) if settings.cache else user_folder()
        self._shelf = settings.service
        if self.service != service_of(settings.service):  # its answers and caps are its own
            self._shelf += "@" + hashlib.sha256(settings.url.encode()).hexdigest()[:8]

    def survey(
        self, frame: pd.DataFrame, answers: pd.DataFrame, *, gazetteer: Gazetteer, home: str
    ) -> Asking:
        """Return what is to be asked about *answers* to the addresses of *frame*.

        What many rows wait for comes first, then what is known worst, then what stands first.
        """
        worse = LEVELS[LEVELS.index(self.settings.worse_than) + 1 :]
        wanted: dict[Question, list[Hashable]] = {}
        worst: dict[Question, int] = {}
        for index, level, question in _questions(frame, answers, gazetteer=gazetteer, home=home):
            if level in worse:
                wanted.setdefault(question, []).append(index)
                worst[question] = max(worst.get(question, 0), LEVELS.index(level))
        order = sorted(wanted, key=lambda one: (-len(wanted[one]), -worst[one]))
        with Store(self._folder) as store:
            now = self._clock()
            known = sum(self._kept(store, one, now)[0] for one in order)
            left = max(self._per_day - store.asked(self._shelf, now=now), 0)
        return Asking(
            service=self.service.name,
            rows=sum(map(len, wanted.values())),
            questions=tuple((one, tuple(wanted[one])) for one in order),
            known=known,
            most=self.settings.per_run,
            left_today=left,
            per_second=self._per_second,
            batch=self.service.batch,
        )

    def complete(self, answers: pd.DataFrame, asking: Asking, *, home: str) -> Completed:
        """Ask, and return *answers* with the better of both points in every row.

        Raises
        ------
        OnlineError, xunge.http.HttpError
            If nothing can be asked for want of a key, a contact or a usable proxy.
        xunge.online_store.StoreError
        """
        asked = self.ask([question for question, _ in asking.questions])
        found = {
            index: answer
            for question, rows in asking.questions
            if (answer := asked.found.get(question)) is not None
            and question.is_answered_by(answer.level)
            for index in rows
        }
        done = compared(answers, found, service=self.service.name, home=home)
        facts = {**asking.facts(), **_outcome(asking, asked, set(found), done)}
        return Completed(answers=done, facts=facts, stopped=asked.stopped)

    def ask(self, questions: Sequence[Question]) -> Asked:
        """Ask *questions* in order, what is kept first, until all are answered or it must stop."""
        asked, new = Asked(), []
        with Store(self._folder) as store:
            for question in questions:
                kept, answer = self._kept(store, question, self._clock())
                if kept:
                    asked.found[question] = answer
                else:
                    new.append(question)
            if new := new[: self.settings.per_run]:
                key = key_of(self.service, settings=self.settings)
                with self._client() as client:
                    _Errand(self, store=store, client=client, key=key, asked=asked).run(new)
        return asked

    def take_turn(self, store: Store, count: int) -> None:
        """Wait until *count* more addresses may be asked about."""
        wait = store.take_turn(
            self._shelf, count=count, per_second=self._per_second, per_day=self._per_day,
            now=self._clock(),
        )  # fmt: skip
        if wait > 0:
            self._sleep(wait)

    def keep(self, store: Store, answers: Sequence[tuple[Question, Found | None]]) -> None:
        """Keep answers for the days that the settings say."""
        if self.settings.keep_days > 0:
            store.keep(self._shelf, answers, now=self._clock(),
                       keep_days=self.settings.keep_days)  # fmt: skip

    def _kept(self, store: Store, question: Question, now: float) -> tuple[bool, Found | None]:
        return store.known(self._shelf, question, now=now, keep_days=self.settings.keep_days)

    def _client(self) -> Client:
        contact = self.settings.contact
        return Client(
            timeout_s=self.settings.timeout_s,
            agent=f"{AGENT} ({contact})" if contact and not self.service.needs_key else AGENT,
            patience=Patience(attempts=self.settings.attempts),
            sleep=self._sleep,
        )


class _Errand:
    """Asks new questions; stops where going on would be no use."""

    def __init__(self, desk: Desk, *, store: Store, client: Client, key: Key, asked: Asked) -> None:
        self._desk = desk
        self._store = store
        self._client = client
        self._key = key
        self._asked = asked
        self._failed = 0

    def run(self, questions: Sequence[Question]) -> None:
        """Ask all *questions*; :attr:`Asked.stopped` tells why some were left."""
        for batch in _batches(questions, self._desk.service.batch):
            try:
                self._ask(batch)
            except (ServiceError, HttpError, DayUsedUpError) as error:
                self._asked.stopped = error
                return

    def _ask(self, batch: Sequence[Question]) -> None:
        """Ask one request; one that is refused as a whole is asked again question by question."""
        try:
            answers = self._client.persist(lambda: self._attempt(batch))
        except (ServiceError, DayUsedUpError) as error:
            if error.code not in _ABOUT_ONE and not (error.code == "online_cap" and len(batch) > 1):
                raise
            self._refused(batch, error)
            return
        self._failed = 0
        pairs = list(zip(batch, answers, strict=True))
        self._desk.keep(self._store, pairs)
        self._asked.found.update(pairs)

    def _refused(self, batch: Sequence[Question], error: ServiceError | DayUsedUpError) -> None:
        """Ask the questions of a batch one by one; give up where one after the other is refused."""
        if len(batch) > 1:
            for question in batch:
                self._ask([question])
            return
        self._asked.refused += 1
        self._failed += 1
        if self._failed >= _IN_A_ROW:
            raise error

    def _attempt(self, batch: Sequence[Question]) -> list[Found | None]:
        """Count, wait, ask once and read the answer."""
        self._desk.take_turn(self._store, len(batch))
        self._asked.sent += 1
        service = self._desk.service
        reply = self._client.send("GET", service.request(batch, key=self._key).url)
        try:
            return service.read(reply, count=len(batch))
        except ServiceError as error:
            error.after_s = reply.after_s
            raise


def _outcome(
    asking: Asking, asked: Asked, found: set[Hashable], done: pd.DataFrame
) -> dict[str, Any]:
    """Return what came of asking in counts; *found* are the rows that have an answer."""
    answered = sum(rows[0] in found for _, rows in asking.questions)
    codes = Counter(code for note in done["note"] for code in note)
    return {
        "sent": asked.sent,
        "refused": asked.refused,
        "answered": answered,
        "not_found": len(asked.found) - answered,
        "unanswered": len(asking.questions) - len(asked.found),
        "taken": int((done["source"] == asking.service).sum()),
        "confirmed": codes["online_confirms"] + codes["online_agrees"],
        "disagree": sum(codes[code] for code in AGAINST),
        "stopped": getattr(asked.stopped, "code", ""),
    }


def _questions(
    frame: pd.DataFrame, answers: pd.DataFrame, *, gazetteer: Gazetteer, home: str
) -> Iterator[tuple[Hashable, str, Question]]:
    """Yield index, offline level and question of every row with an address.

    A county or town that was guessed is not put in front of the address: the user's county is.
    What people have corrected is not asked about.
    """
    if "address" not in frame:
        return
    rows = zip(answers.index, frame["address"], answers.to_dict("records"), strict=True)
    for index, address, answer in rows:
        if not isinstance(address, str) or _CORRECTED in answer["note"]:
            continue
        sure = answer["confidence"] != "low"
        region = (sure and (answer["town"] or answer["county"])) or home
        question = question_of(address, gazetteer=gazetteer, region=region)
        if question is not None:
            yield index, answer["level"], question


def _batches(questions: Iterable[Question], size: int) -> list[list[Question]]:
    """Return questions in requests: of one region each, in the order of their first question."""
    requests: list[list[Question]] = []
    open_: dict[str, list[Question]] = {}
    for question in questions:
        group = open_.get(question.region)
        if group is None or len(group) >= size:
            group = open_[question.region] = []
            requests.append(group)
        group.append(question)
    return requests


def _least(wanted: float, most: float | None) -> float:
    return wanted if most is None else min(wanted, most)
