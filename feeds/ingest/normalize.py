"""Entry, Page -> Draft: the last place where anything is guessed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive import Content, Draft, Extract, Http, Origin, Raw, Rights, Source
from archive.text.words import plain
from feeds import __version__
from feeds.ingest.dating import dated, is_ahead
from feeds.ingest.documents.slices import MOST
from feeds.ingest.pages.better import is_pages
from feeds.ingest.text import language
from feeds.ingest.text.clean import paragraphs
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.quality import of_text
from feeds.ingest.text.sanitize import address, paragraphs_to_html, sanitize
from feeds.model import Channel, Entry, Fetched, Page, SafeHtml
from feeds.settings import SourceRights
from feeds.times import parse, rfc3339

LONGEST_HEADING = 20_000
_NO_CHANNEL = Channel()
_ALL_ALLOWED = SourceRights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Whence and when a document came: the same for all its entries.

    key        the source's key, for ever
    via        feed or file
    charset    what it is in
    doubtful   our clock could not be believed
    rights     what its owner says that the source allows
    """

    key: str
    name: str
    via: str
    at: datetime
    channel: Channel = _NO_CHANNEL
    fetched: Fetched | None = None
    charset: str | None = None
    doubtful: bool = False
    rights: SourceRights = _ALL_ALLOWED

    @property
    def clock(self) -> datetime | None:
        """When it came, or None where our clock could not be believed."""
        return None if self.doubtful else self.at


def entry_digest(entry: Entry) -> str:
    """Return the digest of what makes an entry what it is.

    Over guid, link, title and texts; not over counters of comments and the like,
    which change with every poll and say nothing new.
    """
    parts = (entry.guid, entry.link, entry.title, entry.html, entry.text, entry.summary)
    hasher = hashlib.sha256()
    for part in parts:
        data = b"" if part is None else part.encode("utf-8", "replace")
        hasher.update(b"%d:%d:" % (part is not None, len(data)) + data)
    return hasher.hexdigest()


def words_digest(entry: Entry) -> str:
    """Return the digest of what an entry says: markup that changes with every poll, as counting pictures do, is left out."""
    text = entry.text if entry.text is not None else to_text(sanitize(entry.html or ""))
    return entry_digest(replace(entry, html=None, text=text))


def to_draft(entry: Entry, page: Page | None, coming: Coming) -> Draft:
    """Return the article that *entry* shows, with its page where one was fetched."""
    body = _body(_bounded(entry, coming), page)
    tongue = language.of(entry, page, coming.channel, body.text)
    when = dated(entry, page, coming.clock)
    title = _heading(entry.title or (page.title if page else None))
    raw = entry.raw if coming.via == "file" else entry.raw[:MOST]
    content = Content(
        # The guid finds it again; without one an article is known by the address that its feed gives.
        url=page.twin_of if page and page.twin_of and entry.guid else entry.link,
        external_url=entry.external_link,
        title=title,
        content_html=body.html or None,
        content_text=body.text,
        summary=_heading(_summary(entry, page, body.text)),
        image=_absolute(entry.image, entry.base) or (page.image if page else None),
        date_published=rfc3339(when.moment) if when.moment else None,
        date_modified=_modified(entry, coming.clock),
        authors=entry.authors or (page.authors if page else ()),
        tags=entry.tags or (page.tags if page else ()),
        language=tongue.tag,
        attachments=entry.attachments,
    )
    origin = Origin(
        source=_source(entry, coming),
        fetched=rfc3339(coming.at),
        date_source=when.source,
        date_raw=when.raw,
        lang_source=tongue.source,
        canonical_url=page.canonical_url if page else None,
        tags_scheme=entry.tags_scheme,
        http=_http(coming.fetched, coming.charset),
        raw=_raw(raw, entry),
        extract=Extract(
            name="trafilatura" if body.from_page else "newsweir",
            version=__version__,
            quality=of_text(body.text, complete=body.complete),
            words=len(body.text.split()),
        ),
        extensions=entry.extensions,
        extensions_cut=entry.extensions_cut,
        clock="doubtful" if coming.doubtful else None,
        rights=_rights(coming, page),
    )
    cut = body.from_page and page is not None and (page.walled or page.cut)
    return Draft(content, origin, raw, paged=body.from_page, cut=cut)


@dataclass(frozen=True, slots=True)
class _Body:
    html: SafeHtml
    text: str
    complete: bool
    from_page: bool = False


def _heading(text: str | None) -> str | None:
    """Return a title or summary no longer than any that is one: it is shown whole in every list."""
    return text[:LONGEST_HEADING] if text else text


def _bounded(entry: Entry, coming: Coming) -> Entry:
    """Return the entry with a body no longer than what is kept of its bytes; a local file's is its owner's."""
    if coming.via == "file" or max(len(entry.html or ""), len(entry.text or "")) <= MOST:
        return entry
    html, text = (whole and whole[:MOST] for whole in (entry.html, entry.text))
    return replace(entry, html=html, text=text, complete=False)


def _body(entry: Entry, page: Page | None) -> _Body:
    """Return the better of the entry's own text and its page's, without the title on top."""
    if entry.text is not None:
        text = paragraphs(entry.text)
        own = _Body(paragraphs_to_html(text), text, entry.complete)
    else:
        own = _of_html(entry.html or "", entry.base, entry.title, complete=entry.complete)
    if page is None or not page.html:
        return own
    paged = _of_html(page.html, page.url, entry.title or page.title, complete=not page.walled)
    whole = of_text(own.text, complete=own.complete) == "full" and own.complete
    titles = (entry.title, page.title)
    better = is_pages(own.text, paged.text, titles, whole=whole, walled=page.walled)
    return replace(paged, from_page=True) if better else own


def _of_html(html: str, base: str | None, title: str | None, *, complete: bool) -> _Body:
    safe = _without_title(sanitize(html, base, rel=False), title)
    return _Body(safe, to_text(safe), complete)


def _without_title(html: SafeHtml, title: str | None) -> SafeHtml:
    """Return *html* without a heading on top that only repeats the title."""
    match = re.match(r"\s*<(h[1-3])[^>]*>(.*?)</\1>\s*", html, re.DOTALL)
    if match and title and plain(to_text(SafeHtml(match[2]))) == plain(title):
        return SafeHtml(html[match.end() :])
    return html


def _summary(entry: Entry, page: Page | None, text: str) -> str | None:
    """Return a summary if it says more than the text's own beginning."""
    summary = entry.summary or (page.summary if page else None)
    if summary is None or plain(text).startswith(plain(summary)):
        return None
    return summary


def _modified(entry: Entry, at: datetime | None) -> str | None:
    """Return when the entry says that it was changed, where that is another moment and no coming one."""
    moment = entry.updated
    if moment is None or moment == entry.published or is_ahead(moment, at):
        return None
    return rfc3339(moment)


def _source(entry: Entry, coming: Coming) -> Source:
    channel = coming.channel
    return Source(
        key=coming.key,
        via=coming.via,
        name=coming.name,
        feed_url=channel.url,
        feed_id=channel.id,
        feed_title=channel.title,
        feed_updated=channel.updated,
        feed_language=channel.language,
        feed_link=channel.link,
        feed_rights=channel.rights,
        guid=entry.guid,
        guid_is_permalink=entry.guid_is_permalink,
        entry_sha256=entry_digest(entry),
    )


def _http(fetched: Fetched | None, charset: str | None) -> Http | None:
    if fetched is None:
        return None
    return Http(
        status=fetched.status,
        final_url=fetched.url,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        content_type=fetched.content_type or None,
        charset=charset,
        redirects=fetched.redirects,
        truncated=fetched.truncated,
    )


def _raw(kept: bytes, entry: Entry) -> Raw | None:
    if not kept:
        return None
    digest = hashlib.sha256(kept).hexdigest()
    whole = len(kept) == len(entry.raw)
    return Raw(sha256=digest, bytes=len(kept), mime_type=entry.raw_type, truncated=not whole)


def _rights(coming: Coming, page: Page | None) -> Rights | None:
    """Return what is allowed, where that is less than all; of what is said twice each once."""
    said = (*(coming.fetched.reserved if coming.fetched else ()), *(page.reserved if page else ()))
    rights = Rights(
        words=coming.rights.words, publish=coming.rights.publish, reserved=tuple(dict.fromkeys(said))
    )
    return rights if rights != Rights() else None


def _absolute(url: str | None, base: str | None) -> str | None:
    return address(url, base) if url else None


def oldest_first(drafts: list[Draft]) -> list[Draft]:
    """Return a document's drafts in the order they came about: by date, else from its end."""
    backwards = list(reversed(drafts))
    if any(draft.content.date_published is None for draft in drafts):
        return backwards
    return sorted(backwards, key=lambda draft: parse(draft.content.date_published or ""))


def by_age(entries: Sequence[Entry], at: datetime | None) -> list[Entry]:
    """Return entries in the order they came about, as `oldest_first` does with what is made of them."""
    backwards = list(reversed(entries))
    moments = {id(entry): dated(entry, None, at).moment for entry in entries}
    if None in moments.values():
        return backwards
    return sorted(backwards, key=lambda entry: moment.timestamp() if (moment := moments[id(entry)]) else 0.0)
