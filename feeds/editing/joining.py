"""An editor's request to merge, to split, to withhold -> done, or refused with what to do instead."""

from typing import Any

from archive import Gone
from feeds.curate import lines
from feeds.errors import CommandError
from feeds.intake.pipeline import publish
from feeds.intake.uniting import unite
from feeds.office.bureau import Bureau
from feeds.publish.text.urls import bare
from feeds.rounds import publish_all
from feeds.times import stamp


def merge(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Let the other article be part of the first from now on."""
    archive = bureau.archive
    first, other = archive.find_id(request["article"]), archive.find_id(request["other"])
    if first == other:
        raise CommandError(f"{first} was named twice; name the one that survives, then the one that joins it")
    article = archive.whole(first)
    if archive.whole(other) == article:
        raise CommandError(
            f"{first} and {other} count as one already (newsweir split {bare(_part(bureau, first, other))} parts them)"
        )
    if archive.whole(other) != other:
        whole = archive.whole(other)
        raise CommandError(
            f"{other} is part of {whole} already: merge that one (newsweir merge {bare(article)} {bare(whole)}), "
            f"or part them first (newsweir split {bare(other)})"
        )
    for one in (article, other):
        refuse_withheld(bureau, one)
    publish_all(bureau)  # What is new is judged as what it was until now.
    bureau.decide(lines.Merge(article=article, other=other, at=stamp(bureau.clock.now())))
    return _told(bureau, {"article": article, "other": other})


def split(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Let what was merged be an article of its own again."""
    article = bureau.archive.find_id(request["article"])
    part = article if _joined(bureau, article) else _only_part(bureau, article)
    whole = _joined(bureau, part)
    publish_all(bureau)
    bureau.decide(lines.Split(article=whole or part, other=part, at=stamp(bureau.clock.now())))
    return _told(bureau, {"article": whole, "other": part})


def withhold(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Withhold an article for good, with all that counts as one with it: from topics, pages and search."""
    article = bureau.archive.find_id(request["article"])
    refuse_withheld(bureau, article)
    now = stamp(bureau.clock.now())
    members = bureau.archive.members(article)
    shown = {
        item.topic for one in members for item in bureau.told.of_article(one) if item.state == "published"
    }
    slugs = [rule.slug for rule in bureau.book.in_force() if rule.topic in shown]
    gone = Gone(reason="withheld", at=now, by="editor", note=request.get("reason"))
    with bureau.at_work():
        bureau.archive.withhold(article, gone)
    return _told(bureau, {"article": article, "topics": slugs})


def refuse_withheld(bureau: Bureau, head: str) -> None:
    """Raise CommandError for an article that is withheld: that is for good."""
    article = bureau.archive.find_id(head)
    gone = bureau.archive.tombstone(article)
    if gone is not None and gone.withheld:
        raise CommandError(
            f"{article} is withheld since {gone.at}, for good: it stays in the archive "
            f"(newsweir show {bare(article)}) and comes into no feed, page or search again"
        )


def _told(bureau: Bureau, facts: dict[str, Any]) -> dict[str, Any]:
    with bureau.at_work():
        unite(bureau)
    publish(bureau)
    return {**facts, "waiting": "the clock is doubtful"} if bureau.trust.doubtful() else facts


def _joined(bureau: Bureau, article: str) -> str | None:
    """Return what *article* was made part of, or None where it is an article of its own."""
    decided = bureau.archive.decided(article)
    return decided[0] if decided is not None and decided[0] != article else None


def _only_part(bureau: Bureau, article: str) -> str:
    """Return the one article that was merged into *article*. Raises CommandError for none and for several."""
    parts = [one for one in bureau.archive.members(article) if _joined(bureau, one) == article]
    if not parts:
        raise CommandError(f"{article} was merged with nothing, so there is nothing to split")
    if len(parts) > 1:
        known = ", ".join(parts)
        raise CommandError(f"{article} has {len(parts)} parts: name the one that is to go ({known})")
    return parts[0]


def _part(bureau: Bureau, *articles: str) -> str:
    return next((one for one in articles if _joined(bureau, one)), articles[-1])
