"""A source's answer -> what of it is kept, slice by slice: each durable before the next is begun."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from archive import Company, Draft, Kept, Mention, Showing
from feeds import events
from feeds.errors import stumble
from feeds.ingest.extract import Pages
from feeds.ingest.normalize import Coming, entry_digest, oldest_first, to_draft
from feeds.intake import gaps
from feeds.intake.boilerplate import unburdened
from feeds.intake.guarding import Arrivals, arrivals, as_they_came, unknown
from feeds.intake.missed import Missed
from feeds.intake.report import acknowledge
from feeds.intake.sorting import (
    Recalled,
    deletions,
    mark_of,
    missed_last,
    print_of,
    recalled,
    sorted_out,
    to_recall,
)
from feeds.model import Document, Entry, Fetched, Outcome
from feeds.office.bureau import Bureau
from feeds.schedule.ledger import Claim
from feeds.schedule.states import Remembered, Walk
from feeds.settings import FeedSource, FetchLimits
from feeds.times import rfc3339

OFTEN = "changes an article at every visit; what it says then is kept at intervals, the last of it always"
PAGES_SECONDS = 240.0
"""What one poll may spend on articles' pages, at most; with two deadlines it is well within the lease."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer that was read.

    document   None where it is the very same answer as the last
    last       by what its last document is remembered
    answer     without its body, which is needed no more
    print      of it with its body; empty where it was cut, or is of the past
    """

    document: Document | None
    last: Recalled
    answer: Fetched
    print: bytes


def read(bureau: Bureau, state: Remembered, answer: Fetched, claim: Claim, *, past: bool = False) -> Reading:
    """Read an answer. Raises FetchError where it is no feed.

    claim   by what its last document is remembered; for an older one, by nothing
    past    it is an older document
    """
    # Of a first document all that it holds counts, whatever the ledger remembers.
    last = recalled(bureau.archive, state.key, b"" if state.first else claim.shown, claim.seen)
    whole = b"" if past or answer.truncated else print_of(answer)
    is_the_same = whole and whole == last.print
    document = None if is_the_same else last.complete(bureau.workers.feed(answer, last.known))
    return Reading(document, last, replace(answer, body=b""), whole)


def take(
    bureau: Bureau,
    source: FeedSource,
    state: Remembered,
    reading: Reading,
    claim: Claim,
    *,
    past: Walk | None = None,
) -> Outcome:
    """Keep what is new in an answer.

    past    it is an older document, to which this walk led: what is known is no older for what it said then
    """
    document, last, answer = reading.document, reading.last, reading.answer
    if document is None:
        return Outcome(status="same", earlier=last.earlier)
    skipped = last.of(document)
    now = bureau.clock.now()
    missed = Missed(claim.seen, now.date())
    found = sorted_out(bureau.archive, state.key, document, missed, skipped, last.digests)
    if past is not None:
        fresh = unknown(bureau.archive, state.key, found.fresh, but=found.missed)
        come, met = gaps.arrivals(bureau.archive, source, state.key, document, fresh, past)
    else:
        fresh, met = found.fresh, False
        come = arrivals(bureau, source, state, document, fresh, skipped)
        gaps.note(bureau, source, state, document, fresh, answer.url, now)
    lacking = [one for one in fresh if found.missed and mark_of(entry_digest(one)) in found.missed]
    come = come.but(as_they_came(bureau.archive, state.key, lacking))
    coming = _coming(bureau, source, state.key, document, answer, now)
    pages = _pages(bureau)
    deleted = [] if past is not None else deletions(state.key, document, coming.at, skipped)
    if deleted:
        bureau.archive.keep([Showing([], deleted=deleted)])
    fresh = missed_last(come.in_order(fresh, coming.clock), found.missed, claim.token)
    taken = _keep(bureau, source, fresh, found.unchanged, pages, coming, come)
    # What was left is not kept yet: seen, an edited entry would be taken for unchanged.
    left = {mark_of(entry_digest(one)) for one in fresh[len(fresh) - pages.left :]}
    again = {mark_of(entry_digest(one)) for one in pages.again} | (left & found.missed)
    marks = found.marks - left - taken.put_off
    still = missed.still(again)
    return Outcome(
        status="new" if any(one.status in {"new", "revised"} for one in taken.kept) else "same",
        kept=tuple(taken.kept),
        seen=marks | {found.words[one] for one in found.words.keys() & marks - again} | still,
        shown=to_recall(document, skipped, marks - found.erased - again, reading.print),
        notes=_notes(document, answer, taken, pages, bureau.settings.fetch),
        left=pages.left,
        later=len(taken.put_off) + len(again),
        earlier=document.earlier,
        met=met,
        broke=rfc3339(now) if answer.broke else None,
        missed=still,
    )


@dataclass(slots=True)
class _Taken:
    """What became of a document's entries.

    odd       a sentence for each that nothing can be made of
    put_off   marks of those that change so often that they are kept later
    """

    kept: list[Kept] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    put_off: set[bytes] = field(default_factory=set)


def _coming(
    bureau: Bureau, source: FeedSource, key: str, document: Document, answer: Fetched, now: datetime
) -> Coming:
    """Return what is the same of all entries of a document."""
    return Coming(
        key=key,
        name=source.name,
        via="feed",
        at=now,
        channel=document.channel,
        fetched=answer,
        charset=document.encoding if document.encoding_source != "ascii" else None,
        doubtful=bureau.trust.doubtful(),
        rights=source.rights,
    )


def _pages(bureau: Bureau) -> Pages:
    """Return what fetches articles' pages, as long as a poll may spend on them."""
    until = bureau.clock.monotonic() + min(PAGES_SECONDS, bureau.lease().total_seconds() / 3)
    return Pages(
        bureau.settings.fetch, bureau.door, lambda: bureau.clock.monotonic() > until, bureau.workers.page
    )


def _keep(
    bureau: Bureau,
    source: FeedSource,
    fresh: Sequence[Entry],
    unchanged: Sequence[Mention],
    pages: Pages,
    coming: Coming,
    come: Arrivals,
) -> _Taken:
    """Keep the fresh entries, those of some pages at once; the others of their document stand beside them."""
    taken = _Taken()
    if not fresh:  # As at most polls: nobody asks who stands beside.
        return taken
    company = _company(coming.key, fresh, unchanged)
    end = 0
    for found in pages.beside(source, fresh):
        begin, end = end, end + len(found)
        drafts, odd = _drafts(found, pages, coming, come)
        drafts = unburdened(bureau.archive, drafts)
        ordered = oldest_first(drafts[::-1])
        (now_kept,) = bureau.archive.keep([Showing(ordered, company.without(range(begin, end)))])
        taken.put_off |= {
            mark_of(one.origin.source.entry_sha256)
            for one, so in zip(ordered, now_kept, strict=True)
            if so.status == "later"
        }
        acknowledge(source, now_kept)
        taken.kept += now_kept
        taken.odd += odd
    return taken


def _company(key: str, fresh: Sequence[Entry], unchanged: Sequence[Mention]) -> Company:
    """Return a document's entries as those beside whom some are kept: the fresh first, in their order."""

    def mention(place: int) -> Mention:
        if place >= len(fresh):
            return unchanged[place - len(fresh)]
        return Mention(key, fresh[place].guid, fresh[place].link)

    return Company.of(len(fresh) + len(unchanged), mention)


def _drafts(
    found: Sequence[Entry], pages: Pages, coming: Coming, come: Arrivals
) -> tuple[list[Draft], list[str]]:
    """Return what is to be kept, and a sentence for each entry that nothing can be made of."""
    drafts: list[Draft] = []
    odd: list[str] = []
    for entry in found:
        try:
            draft = to_draft(entry, pages.of(entry), coming)
            draft = replace(draft, gone="410") if entry.link in pages.gone else draft
            drafts.append(_arrived(draft, come.of(entry, draft.content.date_published)))
        except Exception as error:  # noqa: BLE001 - an entry we stumble over costs itself, not its feed
            name = entry.guid or entry.link or entry.title
            events.bug("broke", error, what="entry", source=coming.name, entry=name)
            odd.append(f"its entry {name} is passed over: {stumble(error)}")
    return drafts, odd


def _arrived(draft: Draft, arrival: str | None) -> Draft:
    """Return the draft with a word on how it came, where it is no news."""
    if arrival is None:
        return draft
    return replace(draft, origin=msgspec.structs.replace(draft.origin, arrival=arrival))


def _notes(
    document: Document, answer: Fetched, taken: _Taken, pages: Pages, limits: FetchLimits
) -> tuple[str, ...]:
    """Return what the owner should know of a document and what became of it, a sentence each."""
    notes = [*document.passed_over, *pages.faults, *taken.odd]
    if pages.left:
        notes.append(f"has {pages.left} entries more whose pages are fetched with the next poll")
    if document.repaired:
        notes.append(f"is not well-formed, and was read all the same: {document.repaired}")
    if answer.broke:
        notes.append("broke off on its way here; all of it will be asked for again")
    elif answer.truncated:
        notes.append(f"is longer than fetch.max_bytes ({limits.max_bytes}) and was cut there")
    if taken.put_off:
        notes.append(OFTEN)
    if pages.again:
        notes.append(f"has {len(pages.again)} entries whose pages are asked for again, for a day")
    return tuple(notes)
