"""The decision that an article is erased -> nothing of it is left in anything that we keep or publish.

The decision is durable first. Each part of the work may be done again, and as long as
no `erased` line says that all of it is done, it is: at a start, or with a tick. So it
may be cut anywhere.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from shlex import quote
from typing import Any

from archive import Erasure, Journal, faults
from feeds import events
from feeds.care.noticing import tell
from feeds.care.targets import fall_behind, targets
from feeds.care.upkeep import places
from feeds.curate import lines, redact
from feeds.intake.pipeline import publish
from feeds.office.bureau import Bureau
from feeds.office.examples import erased_example
from feeds.times import stamp

BECAUSE = "an article was erased"
_CHUNK = 500


def erase(bureau: Bureau, article: str, reason: str | None) -> dict[str, Any]:
    """Erase an article for good; return what was done, or that it waits for a clock that is trusted."""
    with bureau.at_work():
        _publish_all(bureau)  # What is on its way to readers is there, and can be taken back.
        whole = _as_one(bureau, article)
        states = {(item.topic, item.state) for one in whole for item in bureau.told.of_article(one)}
        at = stamp(bureau.clock.now())
        bureau.decide(*(lines.Erase(article=one, at=at, reason=reason) for one in whole))
        faults.at("erase.decided")
        done = carry_on(bureau, heard=whole)
    rules = bureau.book.all()
    facts = {
        "article": article,
        "withdrawn": [rule.slug for rule in rules if (rule.topic, "published") in states],
        "dropped": [rule.slug for rule in rules if (rule.topic, "held") in states],
    }
    if any(one not in done for one in whole):
        return {**facts, "waiting": "the clock is doubtful"}
    return {
        **facts,
        "revisions": sum(done[one][0].revisions for one in whole),
        "names": sum(done[one][0].names for one in whole),
        "blobs": len({digest for one in whole for digest in done[one][0].blobs}),
        "parked": [name for one in whole for name in done[one][0].parked],
        "backups": done[whole[-1]][1],
        "targets": list(targets(bureau.archive.state)),
    }


def _as_one(bureau: Bureau, article: str) -> list[str]:
    """Return the articles that count as one with *article*: each is erased."""
    return bureau.archive.members(article)


def carry_on(
    bureau: Bureau, *, starting: bool = False, heard: Collection[str] = ()
) -> dict[str, tuple[Erasure, list[str]]]:
    """Do what is left of every erasure; return what was taken away and which backups still have it.

    The log names these backups, but for articles of which a command hears: it brings them up itself.

    Nobody is told anything while our clock cannot be believed: then it waits. Only at a
    start the archive is put in order all the same: places may have changed under the index.
    """
    done: dict[str, tuple[Erasure, list[str]]] = {}
    with bureau.at_work():
        for seq, order in sorted(bureau.book.erasures.items()):
            if bureau.trust.doubtful() and not starting:
                break
            erasure = bureau.archive.erase(order.article, order.at)
            bureau.habits.forget(order.article)
            bureau.ledger.forget()
            if bureau.trust.doubtful():
                continue
            _publish_all(bureau)
            _take_back(bureau, order.article, erasure.given)
            left = places(bureau.archive.state)
            fall_behind(bureau)
            for path in left if order.article not in heard else ():
                events.record("noticed", level=logging.WARNING, what=again(path))
                bureau.inbox.unreached[path] = f"newsweir backup {quote(path)}"
            tell(
                bureau
            )  # Before all of it is said to be done: else a crash here would keep it from its owner.
            faults.at("erase.done")
            bureau.decide(lines.Erased(of=seq, at=stamp(bureau.clock.now())))
            events.record("erased", article=order.article, revisions=erasure.revisions)
            done[order.article] = (erasure, left)
    return done


def _publish_all(bureau: Bureau) -> None:
    while publish(bureau) is not None:
        pass


def _take_back(bureau: Bureau, article: str, given: Collection[tuple[str, int]]) -> None:
    """Let publications, decisions and published files say nothing of the article any more.

    given   revisions of others that came under its name
    """

    def quoted(name: str) -> bool:
        return erased_example(bureau.archive, bureau.settings, bureau.sources, name) == article

    decisions, publications = bureau.archive.decisions, bureau.archive.publications
    by_title: dict[str, set[str]] = defaultdict(set)
    for _, body in _bodies(decisions):
        if (found := redact.titles(body, article, quoted)) is not None:
            by_title[found[0]] |= found[1]
    topics, articles = set(by_title), {article}
    told: dict[int, bytes] = {}
    for seq, body in _bodies(publications):
        shown = redact.publication(body, article, by_title, given)
        line = lines.publication(shown) if shown is not None else None
        if shown is not None and isinstance(line, lines.Publish | lines.Update | lines.Hold):
            topics.add(line.topic)
            articles.add(line.article)
            told[seq] = shown
    publications.rewrite(told, BECAUSE)
    faults.at("erase.told")
    decided: dict[int, bytes] = {}
    for seq, body in _bodies(decisions):
        if (after := redact.decision(body, article, quoted)) is not None:
            decided[seq], topic = after
            topics |= {topic} if topic is not None else set()
    decisions.rewrite(decided, BECAUSE)
    faults.at("erase.decisions")
    bureau.read_anew()
    # What a place shows may have gone though its article is another: it came while both were one.
    pages = bureau.told.pages.holding({*articles, *(other for other, _ in given)})
    bureau.press.render(topics, articles, pages)
    faults.at("erase.rendered")


def _bodies(journal: Journal) -> Iterator[tuple[int, bytes]]:
    seq = 0
    while found := journal.since(seq, _CHUNK):
        for line in found:
            yield line.seq, line.body
        seq = found[-1].seq


def again(path: str) -> str:
    """Return what is to be done about a backup that may still hold what was erased."""
    return f"the backup in {path} may still hold it: run newsweir backup {quote(path)} again"
