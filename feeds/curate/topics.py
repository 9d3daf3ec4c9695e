"""What came in and what was decided -> the lines of one tick. Pure.

Each line makes sense alone and is idempotent, so a tick may be cut anywhere and
the next one completes it: publish once per (topic, article); hold while held;
update only where what is shown differs; withdraw once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from archive import Article
from feeds.curate.judge import Verdict, guid_of, judge
from feeds.curate.lines import (
    Backfill,
    Decision,
    Define,
    Drop,
    DropHeld,
    Hold,
    Line,
    Publish,
    Release,
    Shown,
    Update,
    Withdraw,
    Withdrawn,
)
from feeds.curate.match import Reading
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet, Told
from feeds.curate.standing import Item
from feeds.times import parse, stamp

EDITOR = "editor"
RULE = "rule"


@dataclass(frozen=True, slots=True)
class News:
    """One revision of an article, as the log has it."""

    seq: int
    article: Article


class Kept(Protocol):
    """What is kept: every article at its newest revision up to a seq."""

    def get(self, article: str) -> Article:
        """Return the newest revision of an article."""

    def up_to(self, seq: int) -> Iterator[News]:
        """Yield each article once, as it stood at *seq*, in the order they were first seen."""


def next_at(now: datetime, last: datetime | None) -> datetime:
    """Return the `at` of a tick: the clock's time, at least a second after the last tick's."""
    return now if last is None else max(now, last + timedelta(seconds=1))


def tick(
    at: datetime,
    news: Sequence[News],
    decisions: Sequence[tuple[int, Decision]],
    book: Rulebook,
    told: Told,
    kept: Kept,
) -> list[Line]:
    """Return the lines of one tick, without its advance.

    news        articles that no tick has seen, by seq
    decisions   likewise; *book* has taken them in already
    """
    sheet = Sheet(at, told)
    # A rule with a fault sees nothing: its topic stays as it is, and the others go on.
    rules = [rule for rule in book.in_force() if rule.fault is None]
    for rule in _fresh(decisions, book):
        _look(sheet, rule, kept)
    for item in told.due(at):
        _end_hold(sheet, item, book, kept)
    for found in _newest(news):
        reading = Reading.of(found.article)
        for rule in rules:
            _see(sheet, rule, found, reading)
        for item in told.of_article(found.article.id):  # Of topics that are no more.
            if all(rule.topic != item.topic for rule in rules):
                _show_revision(sheet, item, found.article, item.shown)
    # Last: an editor decides on what readers see by then, also where a tick was cut and comes again.
    for _, decision in decisions:
        _carry_out(sheet, decision, book, kept)
    return sheet.lines


def _newest(news: Iterable[News]) -> list[News]:
    """Return each article once, at its newest revision here, where it first stands."""
    found: dict[str, News] = {}
    for one in news:
        found[one.article.id] = one
    return list(found.values())


def _see(sheet: Sheet, rule: Rule, found: News, reading: Reading) -> None:
    """Let one topic see one new revision."""
    item = sheet.item(rule.topic, found.article.id)
    if item is None and found.seq <= rule.define.start:
        return  # The topic's look over the archive has judged it.
    if item is not None and item.state == "withdrawn":
        return
    verdict = judge(rule, reading)
    if item is not None and item.state == "published":
        _show_revision(sheet, item, found.article, verdict.shown)
    elif item is not None and item.state == "held":
        _see_held(sheet, rule, item, found.article, verdict)
    elif verdict.lets_in and not (item is not None and item.by == EDITOR):
        _let_in(sheet, rule, found.article, verdict.shown)


def _show_revision(sheet: Sheet, item: Item, article: Article, shown: Shown) -> None:
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


def _see_held(sheet: Sheet, rule: Rule, item: Item, article: Article, verdict: Verdict) -> None:
    """Let a new revision change what is held, or end the hold where it matches no more."""
    if not verdict.lets_in:
        _drop(sheet, item, "its new revision matches no more", RULE)
    elif (item.rev, item.shown) != (article.archive.rev, verdict.shown):
        reason = item.reason or ""
        sheet.write(_hold(sheet, rule, article, verdict.shown, reason, item.until))


def _let_in(sheet: Sheet, rule: Rule, article: Article, shown: Shown) -> None:
    """Publish a match, or hold it until its delay is over."""
    if rule.keys.delay is not None:
        until = parse(article.archive.first_seen) + rule.keys.delay
        if until > sheet.moment:
            sheet.write(_hold(sheet, rule, article, shown, "delay", stamp(until)))
            return
    _publish(sheet, rule, article, shown)


def _hold(sheet: Sheet, rule: Rule, article: Article, shown: Shown, reason: str, until: str | None) -> Hold:
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


def _publish(sheet: Sheet, rule: Rule, article: Article, shown: Shown) -> None:
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


def _end_hold(sheet: Sheet, item: Item, book: Rulebook, kept: Kept) -> None:
    """Publish what has waited long enough, under the rule in force now."""
    rule = book.of(item.topic)
    now = sheet.item(item.topic, item.article)
    if rule is None or rule.define.removed or now is None or now.state != "held":
        return
    article = kept.get(item.article)
    verdict = judge(rule, Reading.of(article))
    _publish(sheet, rule, article, verdict.shown if verdict.lets_in else now.shown)


def _drop(sheet: Sheet, item: Item, reason: str, by: str) -> None:
    sheet.write(Drop(topic=item.topic, article=item.article, at=sheet.at, reason=reason, by=by))


def _fresh(decisions: Sequence[tuple[int, Decision]], book: Rulebook) -> list[Rule]:
    """Return the rules in force of topics that are new or have come back, in order."""
    topics = dict.fromkeys(one.topic for _, one in decisions if isinstance(one, Define) and one.fresh)
    rules = (book.of(topic) for topic in topics)
    return [rule for rule in rules if rule is not None and not rule.define.removed]


def _carry_out(sheet: Sheet, decision: Decision, book: Rulebook, kept: Kept) -> None:
    """Turn one decision into what readers will be told."""
    match decision:
        case Backfill():
            rule = book.of(decision.topic)
            if rule is not None and not rule.define.removed:
                _backfill(sheet, rule, decision.through, kept)
        case Withdraw() | Release() | DropHeld():
            for topic in _topics(sheet, decision, book):
                item = sheet.item(topic, decision.article)
                if item is not None:
                    _decide(sheet, decision, item, book, kept)


def _topics(sheet: Sheet, decision: Withdraw | Release | DropHeld, book: Rulebook) -> list[str]:
    return [decision.topic] if decision.topic else [rule.topic for rule in book.all()]


def _decide(
    sheet: Sheet, decision: Withdraw | Release | DropHeld, item: Item, book: Rulebook, kept: Kept
) -> None:
    rule = book.of(item.topic)
    match decision, item.state:
        case Withdraw(), "published":
            updated = sheet.next_updated(item.topic)
            sheet.write(Withdrawn(topic=item.topic, article=item.article, at=sheet.at, updated=updated))
        case ((Withdraw() | DropHeld()), "held"):
            _drop(sheet, item, "an editor decided so", EDITOR)
        case Release(), ("held" | "dropped") if rule is not None and not rule.define.removed:
            article = kept.get(item.article)
            verdict = judge(rule, Reading.of(article))
            _publish(sheet, rule, article, verdict.shown if verdict.lets_in else item.shown)


def _look(sheet: Sheet, rule: Rule, kept: Kept) -> None:
    """Let a new topic look once over the archive and publish the newest matches, oldest first.

    A pure function of the articles up to `start`: a crash in it repeats it harmlessly.
    """
    found = list(_all_matches(rule, rule.define.start, kept))
    for article, shown in found[-rule.keys.limit :]:
        item = sheet.item(rule.topic, article.id)
        if item is None or (item.state == "dropped" and item.by != EDITOR):
            _let_in(sheet, rule, article, shown)


def _backfill(sheet: Sheet, rule: Rule, through: int, kept: Kept) -> None:
    """Publish every match that has no line in the topic yet, oldest first."""
    for article, shown in _all_matches(rule, through, kept):
        if sheet.item(rule.topic, article.id) is None:
            _publish(sheet, rule, article, shown)


def _all_matches(rule: Rule, through: int, kept: Kept) -> Iterator[tuple[Article, Shown]]:
    for found in kept.up_to(through):
        verdict = judge(rule, Reading.of(found.article))
        if verdict.lets_in:
            yield found.article, verdict.shown
