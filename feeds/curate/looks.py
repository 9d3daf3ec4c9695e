"""A topic and all that is kept -> what its look over the archive tells of. Pure.

The newest `limit` matches are let in, oldest first. What came as the past (see
feeds.past) counts as older than what came as news, by its own date: it was kept
later, and is none the newer for it. What an editor let go is passed over, and a
flood that nobody decided on waits here as it waits elsewhere.
"""

from collections.abc import Iterator, Sequence

from archive import Article
from feeds.curate.judge import judge
from feeds.curate.kept import Kept, News
from feeds.curate.lines import Decision, Define, Restored
from feeds.curate.match import Reading
from feeds.curate.notices import drop, let_in, publish
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet
from feeds.curate.standing import RULE, undecided
from feeds.past import FLOOD, PAST

Match = tuple[Article, Shown]


def fresh(decisions: Sequence[tuple[int, Decision]], book: Rulebook) -> list[Rule]:
    """Return the rules in force of topics that are new or have come back, in order."""
    topics = dict.fromkeys(one.topic for _, one in decisions if isinstance(one, Define) and one.fresh)
    rules = (book.of(topic) for topic in topics)
    return [rule for rule in rules if rule is not None and not rule.define.removed]


def look(sheet: Sheet, rule: Rule, kept: Kept) -> None:
    """Let a new topic look once over the archive and publish the newest matches, oldest first.

    A pure function of the articles up to `start`: a crash in it repeats it harmlessly.
    What a topic held when it went is judged like all else when it comes back.
    """
    waiting, found = _found(sheet, rule, kept)
    chosen = {article.id for article, _ in (*waiting, *found)}
    for held in sheet.held_before(rule):
        if held.article not in chosen:
            drop(sheet, held, "the topic came back without it", RULE)
    for article, shown in (*waiting, *found):
        item = sheet.counting(rule.topic, article.id)
        if undecided(item) or (item is not None and item.state == "held" and item.define < rule.seq):
            let_in(sheet, rule, article, shown, looking=True)


def restored(decisions: Sequence[tuple[int, Decision]], kept: Kept) -> list[News]:
    """Return what a repair brought back, in order: it may have been lost before any topic saw it."""
    seqs = {seq for _, one in decisions if isinstance(one, Restored) for seq in one.articles}
    return [found for seq in sorted(seqs) if (found := kept.revision(seq)) is not None]


def look_again(sheet: Sheet, rule: Rule, articles: set[str], kept: Kept) -> None:
    """Let a topic's first look find what it would have found, had these articles been there."""
    if articles:
        waiting, found = _found(sheet, rule, kept)
        for article, shown in (*waiting, *found):
            if article.id in articles and undecided(sheet.counting(rule.topic, article.id)):
                let_in(sheet, rule, article, shown, looking=True)


def backfill(sheet: Sheet, rule: Rule, through: int, kept: Kept) -> None:
    """Publish every match that the topic has not published and no editor decided on, oldest first."""
    for article, shown in _all_matches(sheet, rule, through, kept):
        if undecided(sheet.counting(rule.topic, article.id)):
            if _is_flood(sheet, rule, article):
                let_in(sheet, rule, article, shown)
            else:
                publish(sheet, rule, article, shown)


def _found(sheet: Sheet, rule: Rule, kept: Kept) -> tuple[list[Match], list[Match]]:
    """Return what waits as a flood does, and the newest `limit` of all other matches, oldest first."""
    found = list(_all_matches(sheet, rule, rule.define.start, kept))
    waiting = [one for one in found if _is_flood(sheet, rule, one[0])]
    others = [one for one in found if not _is_flood(sheet, rule, one[0])]
    others.sort(key=lambda one: _age(one[0]))  # Stable: news stays in the order it was first seen.
    return waiting, others[-rule.keys.limit :]


def _age(article: Article) -> tuple[bool, str]:
    past = article.archive.arrival in PAST
    return not past, (article.date_published or "") if past else ""


def _is_flood(sheet: Sheet, rule: Rule, article: Article) -> bool:
    return article.archive.arrival == FLOOD and sheet.waits(rule.topic, article)


def _all_matches(sheet: Sheet, rule: Rule, through: int, kept: Kept) -> Iterator[Match]:
    for found in kept.up_to(through):
        if sheet.let_go(rule.topic, found.article):
            continue
        verdict = judge(rule, Reading.of(found.article))
        if verdict.lets_in and not sheet.is_part(found.article.id) and not sheet.withheld(found.article.id):
            yield found.article, verdict.shown
