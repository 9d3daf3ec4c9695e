"""An editor's word on all that is held of one source -> what readers will be told. Pure.

Only what came as the past (see feeds.past) is meant: what waits for its topic's
delay comes out by itself.
"""

from datetime import datetime

from archive import Article
from feeds.curate.judge import judge
from feeds.curate.kept import Kept
from feeds.curate.lines import DropSource, ReleaseSource
from feeds.curate.match import Reading
from feeds.curate.notices import drop, publish
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet
from feeds.curate.standing import EDITOR, RULE, Item
from feeds.curate.unions import lead_over
from feeds.times import parse


def end_holds(sheet: Sheet, decision: ReleaseSource | DropSource, book: Rulebook, kept: Kept) -> None:
    """Publish what is held of a source, oldest first; or say that none of it will be.

    What the decision has come to already is passed over: cut and come again, it goes on.
    """
    for rule in book.all():
        if decision.topic in {None, rule.topic}:
            held = _held(sheet, decision, rule, kept)
            if isinstance(decision, DropSource):
                for item, _ in held:
                    drop(sheet, item, "an editor decided so", EDITOR)
            elif not rule.define.removed:
                for item, article in held:
                    release(sheet, rule, item, article)


def release(sheet: Sheet, rule: Rule, item: Item, article: Article | None) -> None:
    """Publish what waits, as what it counts as now, where the rule in force lets it in; else drop it."""
    if article is None:
        drop(sheet, item, "what was kept of it cannot be read", RULE)
    elif article.id != item.article:
        lead_over(sheet, rule, item, article)
    else:
        verdict = judge(rule, Reading.of(article))
        if verdict.lets_in:
            publish(sheet, rule, article, verdict.shown)
        else:
            drop(sheet, item, "the rule lets it in no more", RULE)


def _held(
    sheet: Sheet, decision: ReleaseSource | DropSource, rule: Rule, kept: Kept
) -> list[tuple[Item, Article | None]]:
    """Return what a topic holds of the source since before the decision, the oldest first."""
    found: list[tuple[Item, Article | None]] = []
    for held in sheet.held_from(decision.source, rule.topic):
        item = sheet.item(held.topic, held.article)
        if item is None or item.state != "held":
            continue
        article = kept.get(sheet.members(item.article)[0])
        if article is None or parse(article.archive.first_seen) <= parse(decision.at):
            found.append((item, article))
    return sorted(found, key=lambda one: _age(one[1]))  # Stable: what has no date stays as it came.


def _age(article: Article | None) -> datetime:
    if article is None:
        return datetime.min.replace(tzinfo=parse("1970-01-01T00:00:00Z").tzinfo)
    return parse(article.date_published or article.archive.first_seen)
