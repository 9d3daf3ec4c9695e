"""A verdict on an article -> the line that tells of it, where there is anything to tell. Pure.

Each is idempotent: publish once per (topic, article), update only where what is
shown differs, hold while held.
"""

from archive import Article
from feeds.curate.judge import guid_of
from feeds.curate.lines import Drop, Hold, Publish, Shown, Update
from feeds.curate.rules import Rule
from feeds.curate.sheet import Sheet
from feeds.curate.standing import Item
from feeds.times import parse, stamp


def let_in(sheet: Sheet, rule: Rule, article: Article, shown: Shown) -> None:
    """Publish a match, or hold it until its delay is over."""
    if rule.keys.delay is not None:
        until = parse(article.archive.first_seen) + rule.keys.delay
        if until > sheet.moment:
            sheet.write(hold(sheet, rule, article, shown, "delay", stamp(until)))
            return
    publish(sheet, rule, article, shown)


def hold(sheet: Sheet, rule: Rule, article: Article, shown: Shown, reason: str, until: str | None) -> Hold:
    """Return the line that makes a match wait."""
    return Hold(
        topic=rule.topic,
        article=article.id,
        rev=article.archive.rev,
        at=sheet.at,
        reason=reason,
        until=until,
        define=rule.seq,
        model=rule.model.id if rule.model else None,
        shown=shown,
    )


def publish(sheet: Sheet, rule: Rule, article: Article, shown: Shown) -> None:
    """Publish a match, unless it ever was."""
    item = sheet.item(rule.topic, article.id)
    if item is not None and item.state in {"published", "withdrawn"}:
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
    """Tell of a new revision of a published article, whether it still matches or not."""
    now = sheet.item(item.topic, item.article)
    if now is None or now.state != "published" or now.updated is None:
        return
    if (now.rev, now.shown) != (article.archive.rev, shown):
        sheet.write(
            Update(
                topic=now.topic,
                article=now.article,
                rev=article.archive.rev,
                at=sheet.at,
                updated=now.updated,  # Silent: a correction reaches readers, and flags nothing as new.
                shown=shown,
            )
        )
