"""The terms of a draw: all that is fixed, and can be published as one hash, before a seed exists.

A party of the draw (the bureau, its supervisor) chooses a secret nonce and hands in only its
commitment. The seed follows from all nonces and from a public number that nobody controls and
that was named in advance, so that no single party decides who is drawn::

    commitment of a party = H(canonical JSON of ["xunge-nonce/2", round, name, nonce])
    seed = H(canonical JSON of ["xunge-seed/2", round, nonce 1, …, nonce k, public number])
    commitment of the draw = H(canonical JSON of the terms)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layers.refusals import CodedError
from scheduler.digests import DIGESTS, hex_of_json
from scheduler.tickets import nfc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METHOD = (
    "xunge-draw/2 tickets by SHA-256 or SM3; certainty and uniform by ticket; "
    "weighted by Pareto pi-ps"
)
STRATA = ("certainty", "weighted", "uniform")
LEAST_PARTIES = 2
LEAST_NONCE = 16
"""Characters of a nonce; a short one can be found from its commitment by trying."""


class TermsError(CodedError, ValueError):
    """Terms, nonces or a public number that make no verifiable draw.

    Attributes
    ----------
    code
        ``few_parties``, ``same_party``, ``bad_commitment``, ``no_public_number``,
        ``short_nonce``, ``wrong_nonces`` (their number) or ``wrong_nonce`` (not the committed one).
    detail
        What the sentence needs.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who takes part in making the seed, with the commitment of the secret nonce."""

    name: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNumber:
    """A number nobody controls, named before it exists; ``day`` is when it does."""

    name: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What makes the seed of a committed draw; nonces in the order of the parties."""

    nonces: tuple[str, ...]
    public_number: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"nonces": list(self.nonces), "public_number": self.public_number}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a draw is bound to, see :class:`scheduler.draw_record.DrawRecord` for the meaning.

    ``parties`` and ``public`` are empty in a direct draw, whose seed is simply given.
    """

    round_id: str
    quota: Mapping[str, int]
    frame_hash: str = ""
    carried: tuple[str, ...] = ()
    department: str = ""
    created: str = ""
    rules_version: str = ""
    redraw_reason: str = ""
    permanent: str = ""
    digest: str = "sha256"
    parties: tuple[Party, ...] = field(default=())
    public: PublicNumber | None = None

    @property
    def commitment(self) -> str:
        """The hash that is published before the seed exists."""
        return hex_of_json(self.to_json(), digest=self.digest)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        public = self.public
        return {
            "method": METHOD,
            "digest": self.digest,
            "round": self.round_id,
            "department": self.department,
            "created": self.created,
            "rules_version": self.rules_version,
            "redraw_reason": self.redraw_reason,
            "quota": {name: self.quota.get(name, 0) for name in STRATA},
            "carried": list(self.carried),
            "permanent": self.permanent,
            "frame_hash": self.frame_hash,
            "parties": [{"name": one.name, "commitment": one.commitment} for one in self.parties],
            "public": None if public is None else {"name": public.name, "day": public.day},
        }

    def commit_record(self) -> dict[str, Any]:
        """Return the record that goes on the chain before the seed exists."""
        return {"kind": "commit", **self.to_json(), "commitment": self.commitment}

    def normal(self) -> Terms:
        """Return the terms with round and names in Unicode normal form C, as they are hashed."""
        public = self.public
        return replace(
            self,
            round_id=nfc(self.round_id),
            permanent=nfc(self.permanent),
            parties=tuple(replace(one, name=nfc(one.name)) for one in self.parties),
            public=public and replace(public, name=nfc(public.name), day=nfc(public.day)),
        )

    def checked(self) -> Terms:
        """Return the terms of a committed draw after a look at its parties.

        Raises
        ------
        TermsError
            If there are fewer than two parties, two of one name, a commitment that is no hash, or
            no public number.
        """
        if len(self.parties) < LEAST_PARTIES:
            raise TermsError("few_parties", count=len(self.parties), least=LEAST_PARTIES)
        names = [one.name for one in self.parties]
        for one in self.parties:
            if not one.name or names.count(one.name) > 1:
                raise TermsError("same_party", name=one.name)
            if len(one.commitment) != 64 or set(one.commitment) - set("0123456789abcdef"):
                raise TermsError("bad_commitment", name=one.name, value=one.commitment)
        if self.public is None or not self.public.name:
            raise TermsError("no_public_number")
        return self

    def opened(self, opening: Opening) -> tuple[Terms, str]:
        """Return the terms as the nonces say that they are, and the seed.

        Whether the nonces are the committed ones shows in the commitments of the parties.

        Raises
        ------
        TermsError
            ``wrong_nonces`` if there is not one nonce for each party.
        """
        if len(opening.nonces) != len(self.parties):
            raise TermsError(
                "wrong_nonces", count=len(opening.nonces), parties=len(self.parties)
            )  # fmt: skip
        parties = tuple(
            replace(
                one,
                commitment=nonce_commitment(
                    nonce, party=one.name, round_id=self.round_id, digest=self.digest
                ),
            )
            for one, nonce in zip(self.parties, opening.nonces, strict=True)
        )
        seed = seed_of(opening, round_id=self.round_id, digest=self.digest)
        return replace(self, parties=parties), seed


def terms_of(record: Mapping[str, Any]) -> Terms:
    """Read the terms out of the record of a commitment or a draw.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a field is missing or of another type.
    """
    public = record["public"]
    if record["digest"] not in DIGESTS:
        raise ValueError(f"digest {record['digest']!r}")
    return Terms(
        round_id=_text(record["round"]),
        department=_text(record["department"]),
        created=_text(record["created"]),
        rules_version=_text(record["rules_version"]),
        redraw_reason=_text(record["redraw_reason"]),
        quota=dict(record["quota"]),
        carried=tuple(_text(id_) for id_ in record["carried"]),
        permanent=_text(record["permanent"]),
        digest=record["digest"],
        frame_hash=_text(record["frame_hash"]),
        parties=tuple(
            Party(name=_text(one["name"]), commitment=_text(one["commitment"]))
            for one in record["parties"]
        ),
        public=None
        if public is None
        else PublicNumber(name=_text(public["name"]), day=_text(public["day"])),
    )


def nonce_commitment(nonce: str, *, party: str, round_id: str, digest: str) -> str:
    """Return what a party hands in before the draw."""
    said = ["xunge-nonce/2", nfc(round_id), nfc(party), nfc(nonce)]
    return hex_of_json(said, digest=digest)


def seed_of(opening: Opening, *, round_id: str, digest: str) -> str:
    """Return the seed that follows from all nonces and the public number."""
    parts = map(nfc, (round_id, *opening.nonces, opening.public_number))
    return hex_of_json(["xunge-seed/2", *parts], digest=digest)


def match_nonces(terms: Terms, nonces: Sequence[str]) -> tuple[str, ...]:
    """Return *nonces*, given in any order, in the order of the parties that committed to them.

    Raises
    ------
    TermsError
        ``wrong_nonces`` or ``wrong_nonce``, which names the party whose nonce is not among them.
    """
    if len(nonces) != len(terms.parties):
        raise TermsError("wrong_nonces", count=len(nonces), parties=len(terms.parties))
    found = []
    for party in terms.parties:
        made = {
            nonce_commitment(
                nonce, party=party.name, round_id=terms.round_id, digest=terms.digest
            ): nonce
            for nonce in nonces
        }
        if party.commitment not in made:
            raise TermsError("wrong_nonce", name=party.name)
        found.append(nfc(made[party.commitment]))
    return tuple(found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
