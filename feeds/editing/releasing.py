"""An editor's word on all that is held of one source -> decided, and what came of it."""

import re
from typing import Any

from feeds.curate import lines
from feeds.curate.standing import Item
from feeds.errors import CommandError
from feeds.intake.pipeline import publish
from feeds.office.bureau import Bureau
from feeds.rounds import publish_all
from feeds.times import stamp

_ID = re.compile(r"(urn:uuid:)?[0-9a-fA-F-]+")
_NAMED = 5


def sources_called(bureau: Bureau, text: str) -> list[str]:
    """Return the keys of the sources that go by this name or address; none where it is an article's id.

    Raises CommandError for a text that can be neither.
    """
    found = [state.key for state in bureau.states.called(text)]
    found += [key for key, (source, _) in bureau.sources.items() if source.name == text and key not in found]
    if found or _ID.fullmatch(text):
        return found
    names = [source.name for source, _ in bureau.sources.values()]
    known = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    raise CommandError(
        f"{text!r} is neither the name of a source (sources: {known or 'none yet'}) nor the beginning of an "
        "article's id (newsweir search WORDS shows articles with their ids)"
    )


def end_holds(bureau: Bureau, request: dict[str, Any], keys: list[str], *, out: bool) -> dict[str, Any]:
    """Publish what is held as the past of these sources, or let it go. Done twice, nothing is left to do."""
    rule = next((rule for rule in bureau.book.in_force() if rule.slug == request.get("topic")), None)
    if request.get("topic") and rule is None:
        known = ", ".join(rule.slug for rule in bureau.book.in_force()) or "none yet"
        raise CommandError(f"no topic is called {request['topic']!r} (topics: {known})")
    topic = rule.topic if rule is not None else None
    publish_all(bureau)  # What has just come is held by then, and meant too.
    held = [item for key in keys for item in _held(bureau, key, topic)]
    at = stamp(bureau.clock.now())
    kind = lines.ReleaseSource if out else lines.DropSource
    if held:
        bureau.decide(*(kind(source=key, at=at, topic=topic) for key in keys))
        publish(bureau)
    now = [bureau.told.item(item.topic, item.article) for item in held]
    published = {item.article for item in now if item is not None and item.state == "published"}
    slugs = {one.topic: one.slug for one in bureau.book.all()}
    facts: dict[str, Any] = {
        "source": request["article"],
        "held": len({item.article for item in held}),
        "published": len(published),
        "topics": [slug for key, slug in slugs.items() if any(item.topic == key for item in held)],
    }
    return {**facts, "waiting": "the clock is doubtful"} if bureau.trust.doubtful() else facts


def _held(bureau: Bureau, key: str, topic: str | None) -> list[Item]:
    topics = [rule.topic for rule in bureau.book.all() if topic in {None, rule.topic}]
    return [item for one in topics for item in bureau.told.held_from(key, one)]
