"""A template's name and its values -> a page in the site's frame. No clock, no third-party request."""

import functools
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from archive import Article
from feeds.publish.formats import entries
from feeds.publish.text import wording
from feeds.publish.text.languages import foreign, language_name
from feeds.publish.text.urls import Urls
from feeds.settings import Site
from feeds.times import rfc3339

ABOUT = "static/about.html"
"""Where the one page lies that explains feeds, choice and removals."""


@functools.cache
def stylesheet() -> tuple[str, bytes]:
    """Return the path and bytes of the one stylesheet, named by its digest."""
    return _named("style.css", "css")


@functools.cache
def script() -> tuple[str, bytes]:
    """Return the path and bytes of the one script: it makes the Copy button work, and no more."""
    return _named("copy.js", "js")


def _named(name: str, ending: str) -> tuple[str, bytes]:
    data = _templates().joinpath(name).read_bytes()
    return f"static/site.{hashlib.sha256(data).hexdigest()[:12]}.{ending}", data


@functools.cache
def face() -> str:
    """Return a digest of all templates: what changes when any page may look otherwise."""
    hasher = hashlib.sha256()
    for file in sorted(_templates().iterdir(), key=lambda one: one.name):
        if file.is_file():
            hasher.update(file.name.encode() + b"\0" + file.read_bytes())
    return hasher.hexdigest()


def _templates() -> resources.abc.Traversable:
    return resources.files("feeds.publish.pages").joinpath("templates")


def render(name: str, site: Site, **values: object) -> bytes:
    """Return the page that a template makes of these values."""
    frame = {
        "site": site,
        "urls": Urls(site.base_url),
        "stylesheet": stylesheet()[0],
        "script": script()[0],
        "about": f"{site.base_url}{ABOUT}",
    }
    return _environment().get_template(name).render(**frame, **values).encode("utf-8")


def part(name: str, macro: str, *values: object) -> Markup:
    """Return what a macro of a template makes of these values: a part of a page."""
    return Markup(_macro(name, macro)(*values))  # noqa: S704 - escaped by it


@functools.cache
def _macro(name: str, macro: str) -> Callable[..., str]:
    found: Callable[..., str] = getattr(_environment().get_template(name).module, macro)
    return found


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feeds.publish.pages"),
        autoescape=True,
        auto_reload=False,  # Else each use of a template asks the disk whether it changed.
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        time=_time,
        said=_said,
        day_and_time=wording.day_and_time,
        slip_date=wording.slip_date,
        short=wording.short,
        short_date=wording.short_date,
        short_day=wording.short_day,
        day_and_month=wording.day_and_month,
        full_date=wording.full_date,
        clock=wording.clock,
        date=lambda moment: moment.astimezone(UTC).date(),
        counted=wording.counted,
        title=entries.title_of,
        summary=entries.summary_of,
        names=entries.names_of,
        language_name=language_name,
        foreign=foreign,
        source_name=wording.source_name,
        host=wording.host,
        without_scheme=wording.without_scheme,
        breakable=wording.breakable,
        dated=wording.dated,
        as_dated=wording.as_dated,
        date_in_full=wording.date_in_full,
        says=wording.says,
        text_facts=wording.text_facts,
        long_read=wording.long_read,
        revised=wording.revised,
    )
    environment.tests.update(part=wording.is_part)
    return environment


def _time(moment: datetime, shown: str) -> Markup:
    """Return a moment as it is shown, and as programs read it."""
    return Markup(f'<time datetime="{rfc3339(moment)}">{escape(shown)}</time>')  # noqa: S704 - escaped


def _said(article: Article) -> Markup:
    """Return how what an article says is marked: its language, and its own direction."""
    return Markup(f'lang="{entries.language_of(article) or ""}" dir="auto"')  # noqa: S704 - a tag that is known
