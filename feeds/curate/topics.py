"""What came in and what was decided -> the lines of one tick. Pure.

Each line makes sense alone and is idempotent, so a tick may be cut anywhere and
the next one completes it: publish once per (topic, article); hold while held;
update only where what is shown differs; withdraw once; a page once per (topic, number).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from archive import Article
from feeds.curate import looks
from feeds.curate.judge import Verdict, judge
from feeds.curate.kept import Kept, News
from feeds.curate.lines import (
    Backfill,
    Decision,
    DropHeld,
    DropSource,
    Erase,
    Line,
    Merge,
    Release,
    ReleaseSource,
    Split,
    Withdraw,
)
from feeds.curate.match import Reading
from feeds.curate.notices import drop, hold, let_in, publish, show_revision, take_back
from feeds.curate.releasing import end_holds, release
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet, Told
from feeds.curate.standing import EDITOR, RULE, Item, undecided
from feeds.curate.unions import MERGED, lead_over, tell_of_fates
from feeds.times import parse


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
    taken_back: Sequence[str] = (),
) -> list[Line]:
    """Return the lines of one tick, without its advance.

    news         articles that no tick has seen, by seq
    decisions    likewise; *book* has taken them in already
    taken_back   articles of whose tombstones no tick has seen
    """
    sheet = Sheet(at, told, kept, book)
    # A rule with a fault sees nothing: its topic stays as it is, and the others go on.
    rules = [rule for rule in book.in_force() if rule.fault is None]
    for rule in looks.fresh(decisions, book):
        looks.look(sheet, rule, kept)
    for item in told.due(at):
        _end_hold(sheet, item, book, kept)
    back = looks.restored(decisions, kept)
    for rule in rules:
        looks.look_again(sheet, rule, {one.article.id for one in back if one.seq <= rule.define.start}, kept)
    for found in [*(one for one in back if _is_newest(one, kept)), *_newest(news)]:
        if sheet.is_part(found.article.id):
            continue  # It counts as another, whose own revisions tell.
        reading = Reading.of(found.article)
        for rule in rules:
            _see(sheet, rule, found, reading)
        for rule in book.all():  # Of topics that are no more.
            known = sheet.counting(rule.topic, found.article.id)
            if known is not None and all(one.topic != rule.topic for one in rules):
                show_revision(sheet, known, found.article, known.shown)
    # Last: an editor decides on what readers see by then, also where a tick was cut and comes again.
    _carry_out(sheet, [decision for _, decision in decisions], book, kept)
    tell_of_fates(sheet, [*taken_back, *(one.article.id for one in news)], book)
    sheet.cut_pages()
    return sheet.lines


def _newest(news: Iterable[News]) -> list[News]:
    """Return each article once, at its newest revision here, where it first stands."""
    found: dict[str, News] = {}
    for one in news:
        found[one.article.id] = one
    return list(found.values())


def _is_newest(found: News, kept: Kept) -> bool:
    """Say whether no later revision was seen in its stead."""
    newest = kept.get(found.article.id)
    return newest is not None and newest.archive.rev == found.article.archive.rev


def _see(sheet: Sheet, rule: Rule, found: News, reading: Reading) -> None:
    """Let one topic see one new revision."""
    item = sheet.counting(rule.topic, found.article.id)
    if item is None and found.seq <= rule.define.start:
        return  # The topic's look over the archive has judged it.
    if item is not None and item.state == "withdrawn":
        return
    verdict = judge(rule, reading)
    if item is not None and item.state == "published":
        show_revision(sheet, item, found.article, verdict.shown)
    elif item is not None and item.state == "held" and item.article != found.article.id:
        lead_over(sheet, rule, item, found.article)
    elif item is not None and item.state == "held":
        _see_held(sheet, rule, item, found.article, verdict)
    elif verdict.lets_in and undecided(item):
        let_in(sheet, rule, found.article, verdict.shown)


def _see_held(sheet: Sheet, rule: Rule, item: Item, article: Article, verdict: Verdict) -> None:
    """Let a new revision change what is held, or end the hold where it matches no more."""
    if not verdict.lets_in:
        drop(sheet, item, "its new revision matches no more", RULE)
    elif (item.rev, item.shown) != (article.archive.rev, verdict.shown):
        reason = item.reason or ""
        sheet.write(hold(sheet, rule, article, verdict.shown, reason, item.until, item.source))


def _end_hold(sheet: Sheet, item: Item, book: Rulebook, kept: Kept) -> None:
    """Publish what has waited long enough, where the rule in force now lets it in; else drop it."""
    rule = book.of(item.topic)
    now = sheet.item(item.topic, item.article)
    if rule is None or rule.define.removed or now is None or now.state != "held":
        return
    if now.until is not None and parse(now.until) > sheet.moment:
        return  # A look has just held it anew, for longer.
    release(sheet, rule, now, kept.get(sheet.members(item.article)[0]))


def _carry_out(sheet: Sheet, decisions: Sequence[Decision], book: Rulebook, kept: Kept) -> None:
    """Turn decisions into what readers will be told: of those about one item, the editor's last word.

    So a tick gives an item one such line: cut behind it and come again, it finds it done.
    """
    last = {
        (topic, decision.article): decision
        for decision in decisions
        if isinstance(decision, Withdraw | Release | DropHeld | Erase)
        for topic in _topics(decision, book)
    }
    for decision in decisions:
        match decision:
            case Backfill():
                rule = book.of(decision.topic)
                if rule is not None and not rule.define.removed:
                    looks.backfill(sheet, rule, decision.through, kept)
            case ReleaseSource() | DropSource():
                end_holds(sheet, decision, book, kept)
            case Merge() | Split():
                _show_anew(sheet, decision, book, kept)
            case Withdraw() | Release() | DropHeld() | Erase():
                for topic in _topics(decision, book):
                    item = sheet.item(topic, decision.article)
                    if item is not None and last[topic, decision.article] is decision:
                        _decide(sheet, decision, item, book, kept)


def _topics(decision: Withdraw | Release | DropHeld | Erase, book: Rulebook) -> list[str]:
    only = None if isinstance(decision, Erase) else decision.topic
    return [only] if only else [rule.topic for rule in book.all()]


def _decide(
    sheet: Sheet, decision: Withdraw | Release | DropHeld | Erase, item: Item, book: Rulebook, kept: Kept
) -> None:
    rule = book.of(item.topic)
    match decision, item.state:
        case ((Withdraw() | Erase()), "published"):
            take_back(sheet, item)
        case ((Withdraw() | DropHeld() | Erase()), "held"):
            drop(sheet, item, "an editor decided so", EDITOR)
        case Release(), ("held" | "dropped") if rule is not None and not rule.define.removed:
            article = kept.get(sheet.members(item.article)[0])
            if article is None:
                return
            verdict = judge(rule, Reading.of(article))
            # Against the rule, the old reason stands; but of another revision it would tell falsely.
            same = (item.article, item.rev) == (article.id, article.archive.rev)
            as_was = not verdict.lets_in and same
            publish(sheet, rule, article, item.shown if as_was else verdict.shown)
            if article.id != item.article and item.state == "held":
                drop(sheet, item, MERGED, RULE)


def _show_anew(sheet: Sheet, decision: Merge | Split, book: Rulebook, kept: Kept) -> None:
    """Let every item of what was merged or split show what it counts as now."""
    members = dict.fromkeys([*sheet.members(decision.article), *sheet.members(decision.other)])
    for rule in book.all():
        for one in members:
            item = sheet.item(rule.topic, one)
            if item is None or item.state not in {"published", "held"}:
                continue
            whole = sheet.members(one)[0]
            known = sheet.item(rule.topic, whole)
            # What both were published stays: then each shows its own.
            alone = whole == one or not undecided(known)
            article = kept.get(one if alone and item.state == "published" else whole)
            if article is None:
                continue
            if item.state == "published":
                show_revision(sheet, item, article, judge(rule, Reading.of(article)).shown)
            elif article.id != one:
                lead_over(sheet, rule, item, article)
