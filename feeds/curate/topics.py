"""What came in and what was decided -> the lines of one tick. Pure.

Each line makes sense alone and is idempotent, so a tick may be cut anywhere and
the next one completes it: publish once per (topic, article); hold while held;
update only where what is shown differs; withdraw once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from archive import Article, Gone
from feeds.curate.judge import Verdict, judge
from feeds.curate.lines import (
    Backfill,
    Decision,
    Define,
    DropHeld,
    Erase,
    Line,
    Merge,
    Release,
    Restored,
    Shown,
    Split,
    Withdraw,
)
from feeds.curate.match import Reading
from feeds.curate.notices import drop, hold, let_in, publish, show_revision, take_back
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet, Told
from feeds.curate.standing import EDITOR, RULE, Item, undecided
from feeds.curate.unions import MERGED, lead_over, tell_of_fates
from feeds.times import parse


@dataclass(frozen=True, slots=True)
class News:
    """One revision of an article, as the log has it."""

    seq: int
    article: Article


class Kept(Protocol):
    """What is kept: every article at its newest revision up to a seq."""

    def revision(self, seq: int) -> News | None:
        """Return the revision that the line with this seq holds."""

    def get(self, article: str) -> Article | None:
        """Return the newest revision of an article, or None where it cannot be read."""

    def up_to(self, seq: int) -> Iterator[News]:
        """Yield each article once, as it stood at *seq*, in the order they were first seen."""

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None where it stands."""


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
    sheet = Sheet(at, told, kept)
    # A rule with a fault sees nothing: its topic stays as it is, and the others go on.
    rules = [rule for rule in book.in_force() if rule.fault is None]
    for rule in _fresh(decisions, book):
        _look(sheet, rule, kept)
    for item in told.due(at):
        _end_hold(sheet, item, book, kept)
    back = _restored(decisions, kept)
    for rule in rules:
        _look_again(sheet, rule, {one.article.id for one in back if one.seq <= rule.define.start}, kept)
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
    return sheet.lines


def _newest(news: Iterable[News]) -> list[News]:
    """Return each article once, at its newest revision here, where it first stands."""
    found: dict[str, News] = {}
    for one in news:
        found[one.article.id] = one
    return list(found.values())


def _restored(decisions: Sequence[tuple[int, Decision]], kept: Kept) -> list[News]:
    """Return what a repair brought back, in order: it may have been lost before any topic saw it."""
    seqs = {seq for _, one in decisions if isinstance(one, Restored) for seq in one.articles}
    return [found for seq in sorted(seqs) if (found := kept.revision(seq)) is not None]


def _is_newest(found: News, kept: Kept) -> bool:
    """Say whether no later revision was seen in its stead."""
    newest = kept.get(found.article.id)
    return newest is not None and newest.archive.rev == found.article.archive.rev


def _look_again(sheet: Sheet, rule: Rule, articles: set[str], kept: Kept) -> None:
    """Let a topic's first look find what it would have found, had these articles been there."""
    if articles:
        for article, shown in list(_all_matches(sheet, rule, rule.define.start, kept))[-rule.keys.limit :]:
            if article.id in articles and undecided(sheet.counting(rule.topic, article.id)):
                let_in(sheet, rule, article, shown)


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
        sheet.write(hold(sheet, rule, article, verdict.shown, reason, item.until))


def _end_hold(sheet: Sheet, item: Item, book: Rulebook, kept: Kept) -> None:
    """Publish what has waited long enough, where the rule in force now lets it in; else drop it."""
    rule = book.of(item.topic)
    now = sheet.item(item.topic, item.article)
    if rule is None or rule.define.removed or now is None or now.state != "held":
        return
    if now.until is not None and parse(now.until) > sheet.moment:
        return  # A look has just held it anew, for longer.
    article = kept.get(sheet.members(item.article)[0])
    if article is None:
        drop(sheet, now, "what was kept of it cannot be read", RULE)
        return
    if article.id != item.article:
        lead_over(sheet, rule, now, article)
        return
    verdict = judge(rule, Reading.of(article))
    if verdict.lets_in:
        publish(sheet, rule, article, verdict.shown)
    else:
        drop(sheet, now, "the rule lets it in no more", RULE)


def _fresh(decisions: Sequence[tuple[int, Decision]], book: Rulebook) -> list[Rule]:
    """Return the rules in force of topics that are new or have come back, in order."""
    topics = dict.fromkeys(one.topic for _, one in decisions if isinstance(one, Define) and one.fresh)
    rules = (book.of(topic) for topic in topics)
    return [rule for rule in rules if rule is not None and not rule.define.removed]


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
                    _backfill(sheet, rule, decision.through, kept)
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


def _look(sheet: Sheet, rule: Rule, kept: Kept) -> None:
    """Let a new topic look once over the archive and publish the newest matches, oldest first.

    A pure function of the articles up to `start`: a crash in it repeats it harmlessly.
    What a topic held when it went is judged like all else when it comes back.
    """
    found = list(_all_matches(sheet, rule, rule.define.start, kept))[-rule.keys.limit :]
    chosen = {article.id for article, _ in found}
    for held in sheet.held_before(rule):
        if held.article not in chosen:
            drop(sheet, held, "the topic came back without it", RULE)
    for article, shown in found:
        item = sheet.counting(rule.topic, article.id)
        if undecided(item) or (item is not None and item.state == "held" and item.define < rule.seq):
            let_in(sheet, rule, article, shown)


def _backfill(sheet: Sheet, rule: Rule, through: int, kept: Kept) -> None:
    """Publish every match that the topic has not published and no editor decided on, oldest first."""
    for article, shown in _all_matches(sheet, rule, through, kept):
        if undecided(sheet.counting(rule.topic, article.id)):
            publish(sheet, rule, article, shown)


def _all_matches(sheet: Sheet, rule: Rule, through: int, kept: Kept) -> Iterator[tuple[Article, Shown]]:
    for found in kept.up_to(through):
        verdict = judge(rule, Reading.of(found.article))
        if verdict.lets_in and not sheet.is_part(found.article.id) and not sheet.withheld(found.article.id):
            yield found.article, verdict.shown
