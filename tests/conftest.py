"""What tests of every room share: folders built once, and Chromium cut off from any network."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from xunge.lock import alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# How long it takes to make examples up says how busy the machine is, and nothing about a rule.
settings.register_profile(
    "busy", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")
# As many processes of tests as cores: threads of the arrays would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Playwright keeps an event loop in the thread of the tests; Django would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Return the browser named by XUNGE_CHROMIUM, else the first on the PATH, else None."""
    named = os.environ.get("XUNGE_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


@dataclass(slots=True)
class OpenedPage:
    """A page opened from disk, with every request it made and every error it wrote."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def beyond_the_file(self) -> list[str]:
        """Requests other than the one for the file itself and for data: pictures."""
        return [url for url in self.requests[1:] if not url.startswith("data:")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no Chromium: all in one line of the summary."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        pytest.skip("browser tests: no Chromium found (install chromium or set XUNGE_CHROMIUM)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that others wait for."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Give a function that builds a folder once for all processes of the run; copy, do not change.

    Who comes second waits. Where the first one fails, the second begins anew.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def built(name: str, build: Callable[[Path], object]) -> Path:
        room = shared / f"once {name}"
        room.mkdir(exist_ok=True)
        with alone(room):
            if not (room / "whole").exists():
                shutil.rmtree(room / name, ignore_errors=True)
                build(room / name)
                (room / "whole").touch()
        return room / name

    return built


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the machine's Chromium once."""
    path = find_chromium()
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def offline_page(
    chromium: Any,  # noqa: ANN401 (playwright may be absent)
) -> Iterator[Callable[..., OpenedPage]]:
    """Give a function that opens a file with the network blocked and listens to the page."""
    contexts: list[Any] = []

    def open_file(
        path: Path, *, width: int = 1366, height: int = 768, **options: object
    ) -> OpenedPage:
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        opened = OpenedPage(page=context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on(
            "console",
            lambda line: (
                opened.errors.append(line.text) if line.type in ("error", "warning") else None
            ),
        )
        opened.page.goto(path.resolve().as_uri())
        opened.page.wait_for_load_state("load")
        return opened

    yield open_file
    for context in contexts:
        context.close()
