"""A new source's first answer -> kept, published and told, by the one writer; or that of one that had said 410.

The command that found the feed has asked for it already: nobody asks twice.
`expect` comes before config.yaml is written, so that no tick polls in between.
"""

from typing import Any

import msgspec

from feeds.errors import CommandError, ConfigError
from feeds.intake.asking import Answered
from feeds.intake.pipeline import poll
from feeds.model import Fetched, Outcome
from feeds.office.bureau import Bureau
from feeds.rounds import publish_all
from feeds.settings import address_of
from feeds.times import rfc3339

_SHOWN = 5
_MOST_EXPECTED = 1000


def expect(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Do not ask the source with this address when it turns up: its answer will be brought."""
    with bureau.lock:
        if len(bureau.expected) >= _MOST_EXPECTED:
            bureau.expected.clear()
        bureau.expected.add(request["url"])
    return {"file": str(bureau.config.file)}


def reload(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Take up config.yaml as it is now. Raises CommandError with its faults."""
    try:
        bureau.config.reload()
    except ConfigError as error:
        raise CommandError(f"the daemon runs on with its old settings: {'; '.join(error.faults)}") from error
    return {"sources": len(bureau.settings.sources), "topics": len(bureau.settings.topics)}


def adopt(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Take in a source that was written into config.yaml, with what it answered as its first poll."""
    url = request["url"]
    given = Answered(msgspec.convert(request["answer"], Fetched))
    try:
        reload(bureau, request)
    finally:  # Whatever comes of it, the next poll is no matter of ours any more.
        with bureau.lock:
            bureau.expected.discard(url)
    with bureau.lock:
        key = next((key for key, (source, _) in bureau.sources.items() if address_of(source) == url), None)
    if key is None:
        raise CommandError(f"the daemon reads {bureau.config.file}, and {url} is not among its sources")
    claim = bureau.ledger.claim_one(key, bureau.clock.now(), bureau.lease())
    outcome = poll(bureau, claim, given) if claim is not None else None
    if claim is not None and outcome is None:
        bureau.ledger.hasten(bureau.clock.now(), {key})
        raise CommandError("what it answered could not be kept (the log says why); it is asked again soon")
    publish_all(bureau)
    return _told(bureau, key, outcome)


def ask_again(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Ask a source that said 410 Gone once more, for its owner wants to know: if it answers, as ever from now on."""
    with bureau.lock:
        named = ((key, source) for key, (source, _) in bureau.sources.items())
        key = next((key for key, source in named if source.name == request["source"]), None)
    claim = bureau.ledger.claim_one(key, bureau.clock.now(), bureau.lease()) if key is not None else None
    if key is None or claim is None:
        raise CommandError(f"{request['source']} is being asked just now, or was taken out of config.yaml")
    outcome = poll(bureau, claim)
    if outcome is None:
        raise CommandError("what it answered could not be kept (the log says why); repeat the command then")
    publish_all(bureau)
    return _told(bureau, key, outcome)


def _told(bureau: Bureau, key: str, outcome: Outcome | None) -> dict[str, Any]:
    """Return what came of a first poll: how much is new, the newest of it, and where it stands."""
    account = next((one for one in bureau.ledger.accounts() if one.key == key), None)
    new = [one.id for one in outcome.kept if one.status in {"new", "revised"}] if outcome else []
    topics: dict[str, int] = {}
    for article in new:
        for slug in _published_in(bureau, article):
            topics[slug] = topics.get(slug, 0) + 1
    latest: list[dict[str, Any]] = []
    for article in reversed(new[-_SHOWN:]):
        record = bureau.archive.get(article)
        latest.append(
            {
                "id": record.id,
                "title": record.title,
                "date_published": record.date_published,
                "topics": _published_in(bureau, article),
            }
        )
    error = str(outcome.error) if outcome is not None and outcome.error is not None else None
    return {
        "source": account.name if account else key,
        "status": outcome.status if outcome is not None else "under way",
        "new": len(new),
        "known": len(outcome.kept) - len(new) if outcome else 0,
        "articles": latest,
        "topics": topics,
        "next_poll": rfc3339(account.due) if account and account.due else None,
        "error": error,
        "notes": list(outcome.notes) if outcome else [],
    }


def _published_in(bureau: Bureau, article: str) -> list[str]:
    topics = {item.topic for item in bureau.told.of_article(article) if item.state == "published"}
    return [rule.slug for rule in bureau.book.in_force() if rule.topic in topics]
