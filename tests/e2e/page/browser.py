"""Chromium, driven by Playwright, strict about everything that a reader would not see."""

import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    Locator,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from local.web import BIN

ROOT = Path(__file__).parents[3]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / ".build" / "screenshots"
ZONE = "Europe/Madrid"
WIDE: ViewportSize = {"width": 1280, "height": 860}
NARROW: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 15_000
"""Milliseconds until something that should appear counts as missing; nothing is measured by it."""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(Exception):
    """There is no Chromium; the message says how to get one."""


def chromium() -> str:
    """The system's own browser: Playwright's is a download from elsewhere.

    Best the one without toolbars, which draws nothing but the page.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    wanted = "sudo apt-get install -y chromium-headless-shell"
    raise NoBrowser(f"The page's tests need Chromium: {wanted}")


@contextmanager
def started() -> Iterator[Browser]:
    # Playwright brings a Node.js that needs a library which a bare Debian lacks; ours needs none.
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(BIN / "node")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Tab:
    """One reader's page, with everything that went wrong behind their back."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)
    """Parts of messages that belong to the test: a refusal is logged by the browser, too."""

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note(f"error: {error}"))
        self.page.on("requestfailed", lambda r: self._note(f"failed: {r.url} {r.failure}"))
        self.page.on("response", self._answered)
        # The policy's breaches are events; the console shows them too, but not from workers.
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) =>"
            " console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`))"
        )

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            request = response.request
            self._note(f"{response.status}: {request.method} {request.url}")

    def _note(self, text: str) -> None:
        if "ERR_ABORTED" not in text and not any(part in text for part in self.expected):
            self.wrong.append(text)

    def sign_in(self, key: str) -> None:
        """With an API key, as somebody without a link does."""
        self.page.goto(self.url)
        self.page.get_by_label("Sign-in link or API key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("navigation", name="Main").wait_for()

    def come_back(self, key: str) -> None:
        """As somebody who signed in before."""
        script = f"localStorage.setItem('tidings.key', {json.dumps(key)})"
        self.page.context.add_init_script(script)
        self.page.goto(self.url)
        self.page.get_by_role("navigation", name="Main").wait_for()

    def open(self, place: str) -> None:
        """A place of the signed-in page, such as `#/accounts`."""
        self.page.goto(f"{self.url}/{place}")

    def look(self, name: str, of: Locator | None = None) -> Path:
        """A screenshot for people to look at, in .build/screenshots; `of` one part of the page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(150)  # transitions end; nothing is asserted on time
        path = SHOTS / f"{name}.png"
        (self.page if of is None else of).screenshot(path=path)
        return path

    def serious(self) -> list[str]:
        """What axe-core finds that is serious or critical."""
        if not self.page.evaluate("typeof axe === 'object'"):
            # Through the debugger, since the page's policy would not load it.
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{v['id']}: {v['help']}: {json.dumps([n['target'] for n in v['nodes']][:4])}"
            for v in found["violations"]
            if v["impact"] in {"serious", "critical"}
        ]

    def words(self) -> str:
        """Everything that the page says, to eyes and to screen readers."""
        return str(self.page.evaluate("document.body.innerText + ' ' + document.title"))


@contextmanager
def tab(
    browser: Browser, url: str, *, expected: Collection[str] = (), **context: Any
) -> Iterator[Tab]:
    """A fresh reader, in Madrid and in English. Fails when anything went wrong unseen."""
    settings: dict[str, Any] = {"viewport": WIDE, "locale": "en-GB", "timezone_id": ZONE}
    opened = browser.new_context(**(settings | context))
    opened.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    shown = Tab(opened.new_page(), url, expected=set(expected))
    shown.watch()
    try:
        yield shown
    finally:
        opened.close()
    if shown.wrong:
        raise AssertionError("behind the page: " + "\n".join(shown.wrong))
