"""The hash functions of records: SHA-256, and SM3 where a bureau uses Chinese cryptography."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layers.events import canonical_json

if TYPE_CHECKING:
    from hashlib import _Hash

DIGESTS = ("sha256", "sm3")
"""SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016); both have 256 bits."""


class DigestError(ValueError):
    """A hash function that is unknown, or that this Python was built without.

    Attributes
    ----------
    code
        ``unknown_digest`` or ``digest_not_built_in``.
    value
        Its name.
    """

    def __init__(self, code: str, value: str) -> None:
        self.code, self.value = code, value
        super().__init__(f"{code}: {value!r}")


def hasher(digest: str) -> _Hash:
    """Return a new hash object.

    Raises
    ------
    DigestError
        If there is no such function here. SM3 comes from OpenSSL, which few builds leave out.
    """
    if digest not in DIGESTS:
        raise DigestError("unknown_digest", digest)
    try:
        return hashlib.new(digest)
    except ValueError as error:
        raise DigestError("digest_not_built_in", digest) from error


def hex_of(text: str, *, digest: str) -> str:
    """Return the hash of *text* in UTF-8, 64 lower-case hexadecimal digits."""
    whole = hasher(digest)
    whole.update(text.encode("utf-8"))
    return whole.hexdigest()


def hex_of_json(value: object, *, digest: str) -> str:
    """Return the hash of *value* as canonical JSON."""
    return hex_of(canonical_json(value), digest=digest)
