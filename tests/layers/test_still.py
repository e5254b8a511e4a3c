"""Collection of cycles pauses for a task and goes on after it, whatever happens."""

from __future__ import annotations

import gc

import pytest

from layers.still import still


def test_collection_is_off_within_and_on_after() -> None:
    """Also where the task fails, and where one task holds another."""
    assert gc.isenabled()
    with still():
        assert not gc.isenabled()
        with still():
            pass
        assert not gc.isenabled()
    with pytest.raises(KeyError), still():
        raise KeyError
    assert gc.isenabled()


def test_it_decorates_a_function() -> None:
    """Each call pauses anew."""

    @still()
    def off() -> bool:
        return not gc.isenabled()

    assert [off(), off(), gc.isenabled()] == [True, True, True]
