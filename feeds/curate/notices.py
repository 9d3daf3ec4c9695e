"""A verdict on an article -> the line that tells of it, where there is anything to tell. Pure.

Each is idempotent: publish once per (topic, article), update only where what is
shown differs, hold while held.
"""

import msgspec

from archive import Article
from feeds.curate.judge import guid_of
from feeds.curate.lines import Drop, Hold, Publish, Update, Withdrawn
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule
from feeds.curate.sheet import Sheet
from feeds.curate.standing import Item
from feeds.past import FLOOD
from feeds.times import parse, stamp


def let_in(sheet: Sheet, rule: Rule, article: Article, shown: Shown, *, looking: bool = False) -> None:
    """Publish a match, or hold it: its source's past, and what its topic's delay keeps; not what is withheld.

    looking   the topic looks over the archive, where the past is in its place: but for a flood
    """
    if sheet.withheld(article.id) or sheet.let_go(rule.topic, article):
        return
    arrival = article.archive.arrival
    if arrival is not None and sheet.waits(rule.topic, article) and not (looking and arrival != FLOOD):
        sheet.write(hold(sheet, rule, article, shown, arrival, None, article.archive.source.key))
        return
    if rule.keys.delay is not None:
        until = parse(article.archive.first_seen) + rule.keys.delay
        if until > sheet.moment:
            sheet.write(hold(sheet, rule, article, shown, "delay", stamp(until)))
            return
    publish(sheet, rule, article, shown)


def hold(
    sheet: Sheet,
    rule: Rule,
    article: Article,
    shown: Shown,
    reason: str,
    until: str | None,
    source: str | None = None,
) -> Hold:
    """Return the line that makes a match wait."""
    return Hold(
        topic=rule.topic,
        article=article.id,
        rev=article.archive.rev,
        at=sheet.at,
        reason=reason,
        until=until,
        source=source,
        define=rule.seq,
        model=rule.model.id if rule.model else None,
        shown=shown,
    )


def publish(sheet: Sheet, rule: Rule, article: Article, shown: Shown) -> None:
    """Publish a match, unless it or what counts as one with it ever was, or is withheld."""
    item = sheet.counting(rule.topic, article.id)
    if (item is not None and item.state in {"published", "withdrawn"}) or sheet.withheld(article.id):
        return
    sheet.write(
        Publish(
            topic=rule.topic,
            n=sheet.next_n(rule.topic),
            article=article.id,
            rev=article.archive.rev,
            guid=guid_of(rule, article.id),
            at=sheet.at,
            published=_shown_date(article, sheet),
            updated=sheet.next_updated(rule.topic),
            define=rule.seq,
            model=rule.model.id if rule.model else None,
            shown=shown,
        )
    )


def _shown_date(article: Article, sheet: Sheet) -> str:
    """Return the item's date: the article's own if known and not to come, else now."""
    if article.date_published is not None and parse(article.date_published) <= sheet.moment:
        return article.date_published
    return sheet.at


def drop(sheet: Sheet, item: Item, reason: str, by: str) -> None:
    """Say that what is held will not be published."""
    sheet.write(Drop(topic=item.topic, article=item.article, at=sheet.at, reason=reason, by=by))


def show_revision(sheet: Sheet, item: Item, article: Article, shown: Shown) -> None:
    """Tell of a new revision of a published article, whether it still matches or not.

    article   the one that is shown: the item's own, or what that was merged into
    """
    now = sheet.item(item.topic, item.article)
    if now is None or now.state != "published" or now.updated is None:
        return
    shows = article.id if article.id != now.article else None
    revised = (now.rev, now.shows) != (article.archive.rev, shows)
    if revised or now.shown != shown:
        shown_now = msgspec.structs.replace(now, rev=article.archive.rev, shown=shown, shows=shows, gone=None)
        sheet.write(_update(sheet, shown_now, is_news=revised and _bumps(sheet, now.topic)))


def tell_gone(sheet: Sheet, item: Item) -> None:
    """Tell that the source took back what a published item shows, or shows it anew."""
    now = sheet.item(item.topic, item.article)
    if now is None or now.state != "published":
        return
    gone = sheet.tombstone(now.subject)
    at = gone.at if gone is not None and not gone.withheld else None
    if now.gone != at:
        sheet.write(_update(sheet, msgspec.structs.replace(now, gone=at)))


def _bumps(sheet: Sheet, topic: str) -> bool:
    """Say whether readers of the topic are shown a corrected item as new."""
    rule = sheet.rule(topic)
    return rule is not None and rule.keys.updates == "bump"


def _update(sheet: Sheet, item: Item, *, is_news: bool = False) -> Update:
    """Return the line that shows an item otherwise: silently, but where that is news."""
    return Update(
        topic=item.topic,
        article=item.article,
        rev=item.rev,
        at=sheet.at,
        updated=sheet.next_updated(item.topic) if is_news else item.updated or sheet.at,
        shown=item.shown,
        shows=item.shows,
        gone=item.gone,
    )


def take_back(sheet: Sheet, item: Item) -> None:
    """Tell that a published item was taken back; it leaves a tombstone."""
    updated = sheet.next_updated(item.topic)
    sheet.write(Withdrawn(topic=item.topic, article=item.article, at=sheet.at, updated=updated))
