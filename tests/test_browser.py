"""The pages in a real browser: nothing sideways, nothing foreign, nothing that axe-core finds."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.served import CORRECTED, FOREIGN, OFTEN, Served

FLAGS = [
    *"--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split(),
    *"--disable-component-update --disable-sync".split(),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # Nobody else is ever asked.
]
WIDTHS = (320, 390, 1280)
PAGES = {
    "front": "", "topic": "kabul/", "empty": "empty/", "liked": "liked/", "article": "ARTICLE", "foreign": "FOREIGN",
    "corrected": "CORRECTED", "often": "OFTEN", "chinese": "CHINESE",
    "about": "static/about.html", "blank": "search", "search": "search?q=kabul AND said",
    "fault": 'search?q=(opium OR "northern border', "nothing": "search?q=kabul AND zzzz", "kept": "KEPT",
    "unknown": "world/kabul-story", "gone": "articles/00000001-0000-8000-8000-000000000000/", "broken": "broken",
}  # fmt: skip
NO_PAGES = {"fault": 400, "unknown": 404, "gone": 410, "broken": 500}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs chromium")
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield Browser(running)
        running.close()


class Browser:
    """A running browser. Visits of one kind share a window: a new one is a process, and half a second."""

    def __init__(self, running: Any) -> None:
        self._running = running
        self._windows: dict[str, Any] = {}

    def new_context(self, **how: Any) -> Any:
        """Return a context that is the caller's own to close."""
        return self._running.new_context(**how)

    def window(self, **how: Any) -> Any:
        """Return a page of this kind: as wide, and by such a light, as who has it sets."""
        kind = repr(how)
        if kind not in self._windows:
            self._windows[kind] = self._running.new_context(bypass_csp=False, **how).new_page()
        self._windows[kind].emulate_media(media="screen", color_scheme=how.get("color_scheme", "light"))
        return self._windows[kind]


@pytest.fixture(scope="module")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="needs axe-core")
    return (Path(package.__file__).parent / "axe.min.js").read_text()


def path_of(served: Served, name: str) -> str:
    named = {
        "ARTICLE": "Kabul story 39",
        "FOREIGN": "نگاهی به مرز شمالی کابل",
        "KEPT": "Nobody asks for this",
        "CORRECTED": CORRECTED,
        "OFTEN": OFTEN,
        "CHINESE": FOREIGN[3][0],
    }
    path = PAGES[name]
    return served.article(named[path]) if path in named else path


class Visit:
    """One page, looked at; with all that it asked for and said."""

    def __init__(self, browser: Browser, served: Served, name: str, width: int = 1280, **how: Any) -> None:
        self.page = browser.window(**how)
        self.page.set_viewport_size({"width": width, "height": 844})
        self.asked: list[str] = []
        self.said: list[str] = []
        self._heard = {
            "request": lambda request: self.asked.append(request.url),
            "console": lambda said: self.said.append(f"{said.type}: {said.text}"),
            "pageerror": lambda error: self.said.append(str(error)),
        }
        for event, hear in self._heard.items():
            self.page.on(event, hear)
        self.reply = self.page.goto(served.url + path_of(served, name))

    def look_at(self, width: int, scheme: str) -> None:
        """Look at the same page in another window, by another light."""
        self.page.set_viewport_size({"width": width, "height": 844})
        self.page.emulate_media(color_scheme=scheme)

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)


def faults(visit: Visit, axe: str) -> set[str]:
    """What axe-core finds on a page with all its folds open.

    Only that comes over here: what is in order is a hundred times as much.
    """
    if not visit.page.evaluate("'axe' in window"):
        visit.page.evaluate(axe)  # By the debugger's door: the page's own policy lets in no script of others.
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = visit.page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    return {
        f"{rule['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in found
        for node in rule["nodes"]
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_keeps_to_itself_says_nothing_and_is_clean_by_axe(
    browser: Browser, served: Served, axe: str, name: str
) -> None:
    with Visit(browser, served, name) as visit:
        assert visit.reply.status == NO_PAGES.get(name, 200)
        for width, scheme in (*((width, "light") for width in WIDTHS), (390, "dark")):
            visit.look_at(width, scheme)
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} scrolls sideways at {width}: {wide}"
        foreign = [one for one in visit.asked if not one.startswith((served.url, "data:"))]
        assert foreign == []
        assert len([one for one in visit.asked if not one.startswith("data:")]) <= 3, "page, style, script"
        said = [one for one in visit.said if not ("Failed to load" in one and name in NO_PAGES)]
        assert said == []
        assert faults(visit, axe) == set(), "on a phone, in the dark"
        visit.look_at(1280, "light")
        assert faults(visit, axe) == set()


def test_axe_would_find_a_fault(browser: Browser, served: Served, axe: str) -> None:
    with Visit(browser, served, "front") as visit:
        visit.page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<h5><input></h5>')"
        )
        assert {one.partition(":")[0] for one in faults(visit, axe)} >= {"label", "heading-order"}


def test_targets_on_a_phone_can_be_hit(browser: Browser, served: Served) -> None:
    for name in ("front", "topic", "search"):
        with Visit(browser, served, name, 390) as visit:
            small = visit.page.evaluate(
                """[...document.querySelectorAll('button, .button, input, summary, nav a')]
                   .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
                   .filter(([, box]) => box.width && box.height < 44).map(([text, box]) => text + ' ' + box.height)"""
            )
            assert small == []


def test_copy_works_and_hides_without_a_script(browser: Browser, served: Served) -> None:
    with Visit(browser, served, "topic", permissions=["clipboard-read", "clipboard-write"]) as visit:
        button = visit.page.locator(".copy")
        assert button.is_visible()
        button.click()
        visit.page.wait_for_function("document.querySelector('.copy').textContent == 'Copied'")
        assert visit.page.evaluate("navigator.clipboard.readText()") == f"{served.url}kabul/rss.xml"
    with Visit(browser, served, "topic", java_script_enabled=False) as visit:
        assert not visit.page.locator(".copy").is_visible()


def test_everything_is_reached_by_keyboard_and_seen_to_be(browser: Browser, served: Served) -> None:
    with Visit(browser, served, "front") as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.className") == "skip"
        assert visit.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        for _ in range(4):
            visit.page.keyboard.press("Tab")
            outline = visit.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "2px"


def test_an_article_prints_with_its_slip_first_and_no_menus(browser: Browser, served: Served) -> None:
    with Visit(browser, served, "article") as visit:
        visit.page.emulate_media(media="print")
        top = "document.querySelector('{}').getBoundingClientRect().top"
        assert visit.page.evaluate(top.format(".slip")) < visit.page.evaluate(top.format(".text"))
        for gone in ("nav", "footer", ".seek"):
            assert not visit.page.locator(gone).first.is_visible()


def shown_panels(visit: Visit) -> list[str]:
    """What of the comparisons can be seen."""
    found = visit.page.locator(".panel").all()
    return [one.inner_text() for one in found if one.is_visible()]


@pytest.mark.parametrize("script", [True, False])
def test_revisions_are_chosen_by_hand_or_keyboard_without_a_script(
    browser: Browser, served: Served, *, script: bool
) -> None:
    with Visit(browser, served, "corrected", java_script_enabled=script) as visit:
        (compared,) = shown_panels(visit)
        assert "confirmed that messages had been exchanged" in compared
        assert "1 paragraph unchanged" in compared
        visit.page.get_by_text("Revision 1", exact=True).click()
        (first,) = shown_panels(visit)
        assert first.startswith("Moscow will sit with Washington on Kabul\n")
        visit.page.keyboard.press("ArrowRight")
        (newest,) = shown_panels(visit)
        assert newest == "Revision 2 is the text above"
        visit.page.keyboard.press("ArrowRight")
        assert shown_panels(visit) == [compared]
        visit.page.get_by_role("link", name="The whole text of revision 1").click()
        assert shown_panels(visit) == [first, compared]
        visit.page.get_by_role("link", name="Revised once").click()
        assert visit.page.url.endswith("#changes")


def test_every_tab_of_many_shows_its_own_change(browser: Browser, served: Served) -> None:
    with Visit(browser, served, "often", 390) as visit:
        tabs = visit.page.locator(".revisions label")
        assert tabs.count() == 7
        seen: set[str] = set()
        for number in range(7):
            assert tabs.nth(number).bounding_box()["height"] >= 44
            tabs.nth(number).click()
            (text,) = shown_panels(visit)
            seen.add(text)
        assert len(seen) == 7
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_comparison_prints_in_black_on_white(browser: Browser, served: Served) -> None:
    with Visit(browser, served, "corrected", color_scheme="dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        style = "(one => [one.color, one.backgroundColor, one.textDecorationLine])(getComputedStyle(document.querySelector('.panel {}')))"
        for kind, line in (("ins", "underline"), ("del", "line-through")):
            black, white = "rgb(0, 0, 0)", "rgb(255, 255, 255)"
            shown = visit.page.evaluate(style.format(kind).replace(".panel", ":checked + label + .panel"))
            assert shown == [black, white, line]
        assert visit.page.locator(".revisions label:visible").count() == 1
        assert "Revised once" in visit.page.locator(".byline").inner_text()


def test_text_grows_to_twice_its_size_without_scrolling_sideways(browser: Browser, served: Served) -> None:
    for name in ("front", "topic", "article", "search"):
        with Visit(browser, served, name, 1280) as visit:
            visit.page.set_viewport_size({"width": 640, "height": 844})  # What 200 % of zoom leaves.
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 640, name
