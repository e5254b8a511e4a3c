"""Put a week's files where people find them, so that a crash at any moment loses nothing.

Files are first written to ``.staging`` inside the output folder; then the week is recorded in the
database together with the manifest (name and SHA-256 of every file); then the files are moved into
place one by one and the manifest last. Whoever finds a recorded week with files missing moves what
is still staged. A file of an earlier round is never overwritten: it moves to ``superseded/``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STAGING = ".staging"
MANIFEST = "manifest.json"
SUPERSEDED = "superseded"


def digest(content: bytes) -> str:
    """Return the SHA-256 of *content* in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def stage(out: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write *files* (name with ``/`` to content) to the staging folder; return the manifest."""
    staging = out / STAGING
    if staging.exists():
        shutil.rmtree(staging)
    for name, content in files.items():
        path = staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
    return {name: digest(content) for name, content in sorted(files.items())}


def lost(out: Path, manifest: Mapping[str, str]) -> list[str]:
    """Return the files of *manifest* that are neither in place nor staged."""
    return [
        name
        for name, wanted in manifest.items()
        if not (out / name).is_file() and not _holds(out / STAGING / name, wanted)
    ]


def in_place(out: Path, manifest: Mapping[str, str]) -> bool:
    """Tell whether the files of *manifest* were all moved into place and are still there.

    A file that people have changed since (the results workbook, say) is in place.
    """
    return _read_manifest(out) == dict(manifest) and all(
        (out / name).is_file() for name in manifest
    )


def settle(out: Path, manifest: Mapping[str, str], *, label: str) -> None:
    """Move the staged files into place; what stood there moves to ``superseded/<label>``.

    Parameters
    ----------
    out
        Output folder.
    manifest
        What :func:`stage` returned.
    label
        Name of the round whose files give way.
    """
    earlier = _read_manifest(out)
    if earlier is not None and earlier != dict(manifest):
        for name in [*(name for name in earlier if name not in manifest), MANIFEST]:
            _retire(out, name, label=label)
    for name, wanted in manifest.items():
        staged, final = out / STAGING / name, out / name
        if not staged.is_file():
            continue
        if final.is_file() and not _holds(final, wanted):
            _retire(out, name, label=label)
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(final)
    draft = out / f".{MANIFEST}"
    draft.write_text(json.dumps(dict(manifest), indent=1, ensure_ascii=False), "utf-8")
    draft.replace(out / MANIFEST)
    shutil.rmtree(out / STAGING, ignore_errors=True)


def _holds(path: Path, wanted: str) -> bool:
    return path.is_file() and digest(path.read_bytes()) == wanted


def _read_manifest(out: Path) -> dict[str, str] | None:
    path = out / MANIFEST
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _retire(out: Path, name: str, *, label: str) -> None:
    if (out / name).is_file():
        kept = out / SUPERSEDED / label / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        (out / name).replace(kept)
