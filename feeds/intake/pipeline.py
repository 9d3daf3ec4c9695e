"""The whole way of an article, on one page.

    claim -> fetch -> parse -> (pages) -> normalize -> keep -> acknowledge -> settle
    the log -> match -> append -> render -> swap

Every effect is here; the stages are handed values and return values. An article
is acknowledged when it is durable, and only then are validators remembered: a
crash means a second fetch, never a hole. What readers are told is durable before
a file changes: a crash means a file rendered later, never a second notification.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from archive import Article, Kept, ReadOnly, Showing, Tombstone, faults
from feeds import events
from feeds.curate import lines
from feeds.curate.kept import News
from feeds.curate.sheet import owes_pages
from feeds.curate.topics import next_at, tick
from feeds.errors import FetchError, PutOff, Stopped, stumble
from feeds.ingest.local.folder import look_through, read_local
from feeds.ingest.normalize import Coming
from feeds.intake.asking import Answered, ask
from feeds.intake.report import acknowledge, polled, walked
from feeds.intake.taking import OFTEN, read, take
from feeds.intake.uniting import unite
from feeds.model import PUT_OFF, NotModified, Outcome
from feeds.office.bureau import Bureau
from feeds.schedule import walks
from feeds.schedule.enrolling import is_walking
from feeds.schedule.ledger import Claim
from feeds.schedule.settling import postponed, remember, settle
from feeds.schedule.states import Remembered
from feeds.settings import FeedSource, FolderSource, Source
from feeds.times import stamp

TICK_ARTICLES = 2000
FILES_AT_ONCE = 100


def poll(bureau: Bureau, claim: Claim, given: Answered | None = None) -> Outcome | None:
    """Poll one source from claim to settlement; None where we were stopped meanwhile.

    given   what the source answered a moment ago: it is not asked again
    """
    found = bureau.sources.get(claim.key)
    if found is None:  # Taken out of config.yaml since it was claimed.
        bureau.ledger.give_back(claim)
        return None
    source, state = found
    return attempt(
        bureau,
        claim,
        source,
        lambda: _ask(bureau, source, state, claim, given),
        lambda outcome: _settle(bureau, claim, state, outcome),
    )


def attempt(
    bureau: Bureau,
    claim: Claim,
    source: Source,
    work: Callable[[], Outcome],
    conclude: Callable[[Outcome], None],
) -> Outcome | None:
    """Do what a claim is for, and settle it, whatever comes of it; None where we were stopped meanwhile."""
    began = time.monotonic()
    try:
        try:
            outcome = work()
        except Stopped as stopped:
            put_off = isinstance(stopped, PutOff)
            bureau.ledger.give_back(claim, slow=put_off)
            return Outcome(status=PUT_OFF) if put_off else None
        except FetchError as error:
            outcome = Outcome(status="failed", error=error)
        except ReadOnly:
            raise
        except Exception as error:  # noqa: BLE001 - a bug met in one source must hurt neither it for good nor the others
            if bureau.closed:
                return None
            events.bug("broke", error, what="poll", source=source.name)
            mend = FetchError(f"met a fault of newsweir: {stumble(error)} (the log has it whole)")
            outcome = Outcome(status="failed", error=mend)
        conclude(outcome)
    except ReadOnly as error:
        if bureau.closed:
            return None
        # Our own disk: the source did nothing wrong; it is asked again soon, but not at once.
        bureau.broken = str(error)
        events.record("refused", level=logging.ERROR, source=source.name, why=error)
        with contextlib.suppress(ReadOnly):  # A ledger that is opened anew knows of no claims.
            if isinstance(source, FeedSource):
                bureau.ledger.settle(claim, postponed(claim, bureau.clock.now()))
            else:
                bureau.ledger.give_back(claim)
        return None
    polled(source, outcome, time.monotonic() - began)
    return outcome


def _settle(bureau: Bureau, claim: Claim, asked: Remembered, outcome: Outcome) -> None:
    """Remember what the poll left, and when the next one is: of the source as it is configured by now."""
    now = bureau.clock.now()
    with bureau.at_work():
        source, state = bureau.sources.get(claim.key, (None, asked))
        if source is None or (state.url, state.encoding) != (asked.url, asked.encoding):
            # Taken out, moved or read otherwise since: what was kept stays, nothing else is left of it.
            bureau.ledger.give_back(claim)
            return
        remembered = walks.begin(source, remember(state, outcome, now), outcome)
        bureau.states.remember(remembered, bureau.archive.state)
        bureau.sources[claim.key] = (source, remembered)
        bureau.ledger.settle(claim, settle(claim, source, outcome, now))
        if remembered.walk is not None and remembered.walk != state.walk:
            walked(source, remembered.walk)
        if is_walking(source, remembered) and not is_walking(source, asked):
            bureau.enrol(live=True)  # Its past is asked for by turns of its own.


def _ask(bureau: Bureau, source: Source, state: Remembered, claim: Claim, given: Answered | None) -> Outcome:
    if isinstance(source, FolderSource):
        return _read_folder(bureau, source, state.key, claim.seen)
    with bureau.door.on_behalf(source.url, source.proxy):
        answered = given
        if answered is None:
            answered = ask(
                source, state, bureau.settings.fetch, bureau.door, bureau.clock.now(), bureau.workers.feed
            )
        if isinstance(answered.answer, NotModified):
            return Outcome(status="unchanged")
        feed, reading = answered.feed, read(bureau, state, answered.answer, claim)
        del answered, given  # With the body, which may be large.
        outcome = take(bureau, source, state, reading, claim)
    return replace(outcome, answer=reading.answer, feed=feed)


def _read_folder(bureau: Bureau, source: FolderSource, key: str, seen: frozenset[bytes]) -> Outcome:
    look = look_through(source.path, seen, bureau.clock.now().timestamp())
    most = bureau.settings.fetch.max_bytes
    kept: list[Kept] = []
    notes = [f"{name} is passed over: {why}" for name, why in look.skipped.items()]
    marks = set(look.seen)
    for start in range(0, len(look.files), FILES_AT_ONCE):
        showings: list[Showing] = []
        files: list[bytes] = []
        for file in look.files[start : start + FILES_AT_ONCE]:
            coming = Coming(
                key=key,
                name=source.name,
                via="file",
                at=bureau.clock.now(),
                doubtful=bureau.trust.doubtful(),
                rights=source.rights,
            )
            try:
                showing = read_local(file, coming, most)
            except FetchError as error:
                notes.append(f"{file.name} {error}")
                marks.add(file.mark)  # Named once; when it changes it is read again.
                continue
            if showing is not None:
                showings.append(showing)
                files.append(file.mark)
        for mark, found in zip(files, bureau.archive.keep(showings), strict=True):
            acknowledge(source, found)
            kept += found
            if any(one.status == "later" for one in found):
                notes.append(OFTEN)
            else:
                marks.add(mark)
    status = "new" if any(one.status in {"new", "revised"} for one in kept) else "same"
    changed = frozenset(marks) if marks != seen else None
    return Outcome(status=status, kept=tuple(kept), seen=changed, notes=tuple(notes), waiting=look.waiting)


def publish(bureau: Bureau) -> int | None:
    """Let the topics see what is new and tell their readers: one tick.

    Return how many items were published, or None where there was nothing to see.
    Nothing is published while our clock cannot be believed.
    """
    with bureau.at_work():
        if bureau.trust.doubtful():
            return None
        told, archive = bureau.told, bureau.archive
        # It is behind where it failed after the journal had taken a tick: told already is told.
        told.catch_up(archive.publications)
        unite(bureau)
        advance = told.advance
        seen_articles = advance.articles if advance is not None else 0
        seen_decisions = advance.decisions if advance is not None else 0
        found = archive.since(seen_articles, TICK_ARTICLES)
        decisions = _decisions_behind(bureau, seen_decisions)
        at = next_at(bureau.clock.now(), told.last_at)
        in_force = {rule.topic for rule in bureau.book.in_force()}
        waited = any(item.topic in in_force for item in told.due(at))
        if not (found or decisions or waited or owes_pages(told, bureau.book)):
            return None
        news = [News(one.seq, one.record) for one in found if isinstance(one.record, Article)]
        taken_back = [one.record.id for one in found if isinstance(one.record, Tombstone)]
        written = tick(at, news, decisions, bureau.book, told, bureau, taken_back)
        end = lines.Advance(
            first=archive.publications.last + 1,
            at=stamp(at),
            articles=found[-1].seq if found else seen_articles,
            decisions=bureau.decisions_read,
        )
        appended = archive.publications.append([lines.encode(line) for line in [*written, end]])
        faults.at("publish.advanced")
        told.apply(appended)
        faults.at("publish.told")
        _render(bureau, written, decisions)
        return sum(isinstance(line, lines.Publish) for line in written)


def _decisions_behind(bureau: Bureau, seq: int) -> list[tuple[int, lines.Decision]]:
    """Return the decisions that no tick has seen, up to what the rulebook has taken in."""
    found: list[tuple[int, lines.Decision]] = []
    while more := bureau.archive.decisions.since(seq, TICK_ARTICLES):
        for line in more:
            seq = line.seq
            if (decision := lines.decision(line.body)) is not None:
                found.append((line.seq, decision))
    return found


def _render(
    bureau: Bureau, written: Sequence[lines.Line], decisions: Sequence[tuple[int, lines.Decision]]
) -> None:
    """Render what the tick touched; everything that a changed definition shows otherwise."""
    if any(isinstance(decision, lines.Define | lines.Model) for _, decision in decisions):
        bureau.press.refresh()
    else:
        shown = [line for line in written if isinstance(line, lines.Publish | lines.Update | lines.Withdrawn)]
        cut = {line.topic for line in written if isinstance(line, lines.Page)}
        if shown or cut:
            bureau.press.render(cut | {line.topic for line in shown}, {line.article for line in shown})
    counts = {
        "published": lines.Publish,
        "updated": lines.Update,
        "held": lines.Hold,
        "withdrawn": lines.Withdrawn,
        "pages": lines.Page,
    }
    numbers = {name: sum(isinstance(line, kind) for line in written) for name, kind in counts.items()}
    if any(numbers.values()):
        events.record("cut", **{name: number for name, number in numbers.items() if number})
    faults.at("publish.rendered")
