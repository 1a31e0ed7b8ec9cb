"""Whoever goes a way through the page by keyboard or by touch, and how many steps it takes them.

A step is one decision: a key that does something or moves on, a tap, a swipe to reach what is out
of sight, a text that is typed. The hands count; a journey can do nothing but by its hands, and
waiting and reading are free.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

FAR = 40
"""Presses of Tab after which somebody gives up."""
_FOCUSED = """() => {
    const at = document.activeElement;
    const named = at.ariaLabel || at.labels?.[0]?.innerText || at.innerText || at.value || '';
    return named.trim();
}"""
_IN_SIGHT = """element => {
    const {top, bottom, left, right} = element.getBoundingClientRect();
    const bar = matchMedia('(max-width: 47.9rem)').matches ? 64 : 0;
    const inBar = element.closest('nav');
    return top >= 0 && left >= 0 && right <= innerWidth
        && bottom <= innerHeight - (inBar ? 0 : bar);
}"""


@dataclass
class Hands:
    page: Page
    steps: list[str] = field(default_factory=list)

    def sees(self, what: Locator | str) -> None:
        """Waits for it; costs nobody anything."""
        shown = self.page.get_by_text(what) if isinstance(what, str) else what
        expect(shown.first).to_be_visible()

    def in_brand(self, workspace_id: str) -> None:
        """Waits until the header shows it; costs nobody anything."""
        expect(self.page.get_by_label("Workspace", exact=True)).to_have_value(workspace_id)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)


class Keys(Hands):
    """Somebody without a mouse."""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.steps.append(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.steps.append(f"“{text}”")

    def rewrite(self, text: str) -> None:
        self.press("Control+a")
        self.write(text)

    def to(self, name: str) -> None:
        """Tab, until the focus is on what is called so."""
        passed = []
        for _ in range(FAR):
            self.press("Tab")
            here = str(self.page.evaluate(_FOCUSED))
            if name in here:
                return
            passed.append(here)
        raise AssertionError(f"Tab never came to {name!r}; it passed {passed}")

    def at(self, name: str) -> None:
        """Waits until the focus is there by itself."""
        self.page.wait_for_function(f"name => ({_FOCUSED})().includes(name)", arg=name)


class Thumb(Hands):
    """Somebody with a telephone."""

    def tap(self, what: Locator) -> None:
        what.first.wait_for()
        if not what.first.evaluate(_IN_SIGHT):
            self.steps.append("swipe")
        what.first.tap()
        self.steps.append(f"tap {what.first}")

    def write(self, where: Locator, text: str) -> None:
        """Into a field, in place of what it says; pickers of dates are filled in as one text."""
        self.tap(where)
        where.first.fill(text)
        self.steps.append(f"“{text}”")

    def choose(self, where: Locator, option: str) -> None:
        """Of the system's own list: it opens with one tap and closes with another."""
        where.wait_for()
        where.select_option(label=option)
        self.steps += [f"open {where}", f"tap {option}"]


def keep_to(limit: int, why: str, hands: Hands) -> None:
    """Raises AssertionError with every step when it took more of them than it may."""
    taken = len(hands.steps)
    story = ", ".join(hands.steps)
    assert taken <= limit, f"{taken} steps instead of {limit} ({why}): {story}"
