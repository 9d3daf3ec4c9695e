"""What is left of an erased article: its id, and what keeps it out."""

import gzip
import random
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import brotli
import pytest
from backports import zstd

from archive import Alias, Archive, Mention, NotKept, Source, connect, faults, verify
from archive.disk import seekable
from archive.disk.parked import DiskQuarantine
from archive.errors import ReadOnly
from archive.knowing.identity import article_id, url_key
from archive.record.article import AliasOf, encode
from archive.wanted import Run
from tests.builders import TurnedClock, draft, lorem, showing

CANARY = "zanzibarquoll"
AT = "2026-01-06T08:00:00Z"
STEPS = [
    "erase.parked", "erase.blobs", "erase.again", "erase.lines", "erase.catalog", "erase.search", "seal.write", "seal.fsync",
    "seal.packed", "seal.proven", "seal.named", "seal.told", "seal.sealed", "seal.unlink", "catalog.before",
]  # fmt: skip


UNPACK = {".gz": gzip.decompress, ".br": brotli.decompress}
"""Of published files' twins; zstd's are found as the archive's own frames are."""


def opened(folder: Path, clock: TurnedClock | None = None) -> Archive:
    return connect(folder / "data", now=(clock or TurnedClock()).now, linger=0)


def hits(folder: Path, word: str = CANARY) -> list[str]:
    """Every file below *folder* in which the word stands, packed or not."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        frames = [zstd.decompress(data[at : at + size]) for at, size in seekable.walk(data)]
        frames += [unpack(data) for unpack in (UNPACK.get(path.suffix),) if unpack is not None and data]
        if word.encode() in b"\n".join([str(path).encode(), data, *frames]).lower():
            found.append(str(path.relative_to(folder)))
    return found


def canary(number: int, edit: str = "", **more: str) -> dict[str, str]:
    return {
        "guid": f"tag:{CANARY}",
        "title": f"About {CANARY} {edit}",
        "text": f"{CANARY} {edit} " + lorem("c", 100),
        "url": f"https://site.example/{CANARY}",
        **more,
    }


def cut_erasure(archive: Archive, article: str, fault: str) -> None:
    """Erase with a fault in the way, met or not."""
    faults.plan(fault)
    try:
        archive.erase(article, AT)
    except (ReadOnly, OSError):
        pass
    finally:
        faults.plan("")


def filled(folder: Path, clock: TurnedClock, *, raw: bool = False) -> tuple[Archive, str]:
    """An archive with an article of three revisions and an alias, in sealed and in open segments.

    raw   the other articles have bytes of their own as well
    """
    archive = opened(folder, clock)
    for day, edit in enumerate(("", "once", "twice")):
        others = [
            draft(
                f"o{day}.{n}",
                f"Other {day} {n}",
                url=f"https://site.example/{day}/{n}",
                raw=b"<item>%d %d</item>" % (day, n) if raw else None,
            )
            for n in range(8)
        ]
        own = f"<item>{CANARY} {edit}</item>".encode()
        archive.keep([showing(*others[:4], draft(**canary(0, edit), raw=own), *others[4:])])  # type: ignore[arg-type]
        clock.advance(days=1)
        archive.seal()
    archive.keep(
        [showing(draft(**canary(0, "twice", guid=f"other:{CANARY}"), source="https://other.example/rss"))]
    )  # type: ignore[arg-type]
    while archive.feed_search():
        pass
    ((article,),) = [[one.id for one in archive.newest(100) if CANARY in one.title]]
    assert len(archive.revisions(article)) == 3
    return archive, article


def test_nothing_is_left_but_the_id(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    before = {one.id: one for one in archive.newest(100)}
    done = archive.erase(article, AT)
    assert (done.revisions, done.names, len(done.blobs)) == (3, 1, 3)
    assert hits(tmp_path) == []
    with pytest.raises(NotKept):
        archive.get(article)
    assert archive.count() == len(before) - 1
    for one in archive.newest(100):
        assert archive.get(one.id).title == before[one.id].title
        assert [r.archive.rev for r in archive.revisions(one.id)] == [1]
    assert article.encode() in b"".join(line.body for line in archive._ports.articles.since(0, 1000))
    archive.close()
    report = verify(tmp_path / "data")
    assert report.flaws == []


def test_the_source_shows_it_again_and_nothing_comes_back(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    archive.erase(article, AT)
    shown = {
        "as it was": draft(**canary(0, "twice")),  # type: ignore[arg-type]
        "edited": draft(**canary(0, "thrice")),  # type: ignore[arg-type]
        "under another guid": draft(**canary(0, "four", guid="new")),  # type: ignore[arg-type]
        "by the other source": draft(
            **canary(0, "five", guid=f"other:{CANARY}"), source="https://other.example/rss"
        ),  # type: ignore[arg-type]
        "by a third, under its address": draft(
            **canary(0, "six", guid="x"), source="https://third.example/rss"
        ),  # type: ignore[arg-type]
    }
    for again in range(2):
        lines = archive.position
        for what, one in shown.items():
            ((kept,),) = archive.keep([showing(one)])
            assert (kept.status, kept.id, kept.rev) == ("erased", article, 0), what
        assert archive.position == lines
        if not again:  # And by what the journal alone says.
            archive.close()
            (tmp_path / "data/index/catalog.sqlite").unlink()
            archive = opened(tmp_path, clock)
    source = "https://feed.example/rss"
    names = [Mention(source, "tag:else", None), Mention(source, f"tag:{CANARY}", None)]
    assert archive.erased(names) == [None, article]
    assert hits(tmp_path) == []
    ((kept,),) = archive.keep([showing(draft("fresh", "A fresh one", url="https://site.example/fresh"))])
    assert kept.status == "new"
    archive.close()


def test_a_name_that_others_have_too_shuts_nobody_out(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    place = "https://site.example/show"
    ((first, second),) = archive.keep(
        [showing(draft("one", "Episode one", url=place), draft("two", "Episode two", url=place))]
    )
    archive.erase(first.id, AT)
    ((again, edited, third),) = archive.keep(
        [showing(draft("one", "Episode one", url=place), draft("two", "Episode two, edited", lorem("Episode two"), url=place), draft("three", "Episode three", url=place))]
    )  # fmt: skip
    assert (again.status, again.id) == ("erased", first.id)
    assert (edited.status, edited.id) == ("revised", second.id)
    assert third.status == "new"
    archive.close()


@pytest.mark.parametrize(
    "place", ["https://site.example/", "https://site.example/show", "https://site.example", None]
)
def test_an_address_over_many_entries_shuts_nobody_out(tmp_path: Path, place: str | None) -> None:
    archive = opened(tmp_path)
    ((kept,),) = archive.keep([showing(draft("one", "One", url=place))])
    archive.erase(kept.id, AT)
    document = [draft(guid, guid.title(), url=place) for guid in ("one", "two", "three")]
    statuses = [kept.status for kept in archive.keep([showing(*document)])[0]]
    assert statuses == ["erased", "new", "new"]
    archive.close()


def test_a_guid_that_two_articles_share_keeps_out_only_what_says_the_same(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    first = draft("g", "About rivers", lorem("river", 90))
    ((kept, other),) = archive.keep([showing(first, draft("g", "About stones", lorem("stone", 90)))])
    archive.erase(kept.id, AT)
    ((again, same, fresh),) = archive.keep(
        [showing(first, draft("g", "About stones", lorem("stone", 90)), draft("g", "About wood", lorem("wood", 90)))]
    )  # fmt: skip
    assert (again.status, same.id, same.status) == ("erased", other.id, "same")
    assert fresh.status == "new"
    assert fresh.id != kept.id, "an id is never given again"
    archive.close()


def test_bytes_that_another_article_has_too_are_named_and_not_missed(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    one, two = draft("a", "A", lorem("a"), raw=b"the same"), draft("b", "B", lorem("b"), raw=b"the same")
    ((first, second),) = archive.keep([showing(one, two)])
    assert archive.sharing(first.id) == [second.id]
    archive.erase(first.id, AT)
    assert archive.get(second.id).title == "B"
    archive.close()
    assert verify(tmp_path / "data").flaws == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("count", [1, 2])
def test_an_erasure_cut_at_any_step_is_completed_when_it_is_asked_again(
    tmp_path: Path, step: str, count: int
) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    cut_erasure(archive, article, f"{step}:{count}:eio")
    archive._ports.close_writing()
    again = opened(tmp_path, clock)
    again.erase(article, AT)
    assert hits(tmp_path) == []
    while again.feed_search():
        pass
    for one in again.newest(100):
        assert again.get(one.id).title == one.title
    assert len(list(again.candidates(Run(words=("other",))))) == 24
    ((kept,),) = again.keep([showing(draft(**canary(0, "thrice")))])  # type: ignore[arg-type]
    assert kept.status == "erased"
    again.close()
    assert verify(tmp_path / "data").flaws == []


@pytest.mark.parametrize("step", STEPS)
def test_the_bytes_of_others_are_found_when_a_cut_erasure_is_completed(tmp_path: Path, step: str) -> None:
    archive = opened(tmp_path)
    kept = archive.keep([showing(*(draft(f"g{n}", f"Title {n}", raw=b"raw %d" % n) for n in range(3)))])
    faults.plan(f"{step}:1:eio")
    try:
        archive.erase(kept[0][0].id, AT)
    except (ReadOnly, OSError):
        archive.reopen()
    finally:
        faults.plan("")
    archive.erase(kept[0][0].id, AT)
    for n in (1, 2):
        raw = archive.get(kept[0][n].id).archive.raw
        assert raw is not None
        assert archive.blob(raw.sha256) == b"raw %d" % n
    archive.close()


@pytest.mark.parametrize("fault", ["articles.write:1:eio", "articles.torn:1:crash"])
@pytest.mark.parametrize("lost", [False, True])
def test_bytes_that_no_line_names_go_too(tmp_path: Path, fault: str, *, lost: bool) -> None:
    """Those of an edit whose line was not written: nobody can say any more whose they are."""
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock, raw=True)
    expected = readable(archive, article)
    faults.plan(fault)
    edited = draft(**canary(0, "lost"), raw=b"<p>Nothing that was there before: quaggawombat</p>")  # type: ignore[arg-type]
    with pytest.raises((ReadOnly, faults.Crash)):
        archive.keep([showing(edited)])
    faults.plan("")
    assert hits(tmp_path, "quaggawombat") != []
    if lost:
        archive.close()
        shutil.rmtree(tmp_path / "data/index")
        archive = opened(tmp_path, clock)
    else:
        archive.reopen()
    (one,) = [one for one in archive.newest(100) if one.id == article]
    assert one.rev == 3
    archive.erase(article, AT)
    assert hits(tmp_path) == hits(tmp_path, "quaggawombat") == []
    assert readable(archive, article) == expected
    archive.close()
    assert verify(tmp_path / "data").flaws == []


def test_bytes_that_were_torn_go_too(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock, raw=True)
    faults.plan("blobs.torn:1:crash")
    with pytest.raises(faults.Crash):
        archive.keep(
            [showing(draft(**canary(0, "lost"), raw=b"quaggawombat" + random.Random(1).randbytes(900)))]
        )  # type: ignore[arg-type]
    faults.plan("")
    archive.close()
    assert any(b"quaggawombat" in path.read_bytes() for path in tmp_path.rglob("*.pack"))
    archive = opened(tmp_path, clock)
    archive.erase(article, AT)
    archive.close()
    assert not any(b"quaggawombat" in path.read_bytes() for path in tmp_path.rglob("*.pack"))


@pytest.mark.parametrize("closed", [False, True])
def test_bytes_of_a_line_that_may_come_back_stay(tmp_path: Path, *, closed: bool) -> None:
    """A line that rots is parked at the next start; in a file that is closed it stands there."""
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock, raw=True)
    drafts = [draft(f"r{n}", f"Rotten {n}", raw=b"the bytes of %d" % n) for n in range(3)]
    ((_, rotten, _),) = archive.keep([showing(*drafts)])
    raw = archive.get(rotten.id).archive.raw
    assert raw is not None
    path = max((tmp_path / "data/archive/articles").glob("*/*.jsonl"))
    if closed:
        clock.advance(days=1)
        archive.keep([showing(draft("next day", "Next day"))])
    archive.close()
    path.write_bytes(path.read_bytes().replace(b"Rotten 1", b"Rotted 1"))
    archive = opened(tmp_path, clock)
    assert (archive.parked() > 0) != closed
    archive.erase(article, AT)
    assert hits(tmp_path) == []
    assert archive.blob(raw.sha256) == b"the bytes of 1"
    archive.close()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("count", [1, 2])
def test_others_are_read_as_before_while_an_erasure_stands_cut(tmp_path: Path, step: str, count: int) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock, raw=True)
    expected = readable(archive, article)
    assert len(expected) == 24
    assert all(blob is not None for _, blob in expected.values())
    beside = connect(tmp_path / "data", writable=False)
    readable(beside, article)
    cut_erasure(archive, article, f"{step}:{count}:eio")
    for one in (archive, beside, connect(tmp_path / "data", writable=False)):
        assert readable(one, article) == expected
    archive.reopen()
    assert readable(archive, article) == expected
    archive.close()


def readable(archive: Archive, but: str) -> dict[str, tuple[str | None, bytes | None]]:
    """Title and own bytes of every article but one, read as anybody reads them."""
    found: dict[str, tuple[str | None, bytes | None]] = {}
    for card in archive.newest(100):
        if card.id != but:
            (one,) = archive.revisions(card.id)
            assert archive.get(card.id) == one
            raw = one.archive.raw
            found[card.id] = (one.title, archive.blob(raw.sha256) if raw is not None else None)
    return found


def test_who_reads_meanwhile_reads_on(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    along = connect(tmp_path / "data", writable=False)
    for one in along.newest(100):
        along.get(one.id)
    archive.erase(article, AT)
    fresh = connect(tmp_path / "data", writable=False)
    assert len(fresh.newest(100)) == 24
    for one in fresh.newest(100):
        assert fresh.get(one.id).id == one.id
    archive.close()


def test_no_page_of_the_index_keeps_a_copy(tmp_path: Path) -> None:
    """Rows that SQLite moved between pages leave copies behind, also with secure_delete."""
    archive = opened(tmp_path)
    for turn in range(6):
        drafts = [
            draft(f"{CANARY if n == 20 else 'o'}{n}", f"{CANARY if n == 20 else 'Other'} {n} " + "t" * (turn * n % 90), lorem(f"{n}") + f" {turn}")
            for n in range(120)
        ]  # fmt: skip
        archive.keep([showing(*drafts)])
    (article,) = [one.id for one in archive.newest(500) if CANARY in one.title]
    archive.erase(article, AT)
    archive.close()
    assert hits(tmp_path) == []
    found = sqlite3.connect(tmp_path / "data/index/catalog.sqlite")
    assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found.close()


@pytest.mark.parametrize(
    ("parked", "gone"),
    [
        (b"xx" + b"a title that nobody else would have in this world" + b"xx", True),
        (b"y" * 300 + b"that nobody else would have in t" + b"y" * 9, True),
        (b"y" * 300 + b"that nobody else would have in " + b"y" * 9, False),
        (b"... a short title ...", True),
        (b'{"_archive":{"kind":"article"', False),
        (zstd.compress(b"torn: that nobody else would have in this"), True),
        (b"", False),
    ],
)
def test_what_was_parked_goes_where_it_holds_a_piece(tmp_path: Path, parked: bytes, gone: bool) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "2026-01-05.000+0.0").write_bytes(parked)
    wanted = [b"a title that nobody else would have in this world", b"a short title"]
    quarantine = DiskQuarantine(tmp_path)
    assert quarantine.size() == len(parked)
    assert quarantine.purge(wanted, lambda pieces: pieces) == [], "others have them too"
    assert quarantine.purge(wanted) == (["articles/2026-01-05.000+0.0"] if gone else [])


def test_what_was_parked_of_the_article_is_taken_away(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    folder = tmp_path / "data/archive/quarantine/articles"
    folder.mkdir(parents=True)
    (folder / "one").write_bytes(f'"title":"About {CANARY} once'.encode())
    (folder / "two").write_bytes(b'{"_store":{"seq":"000000000042","sum":"0","title":"Other 1 1"')
    archive.erase(article, AT)
    assert [path.name for path in folder.iterdir()] == ["two"]
    assert hits(tmp_path) == []
    archive.close()


def test_what_was_parked_of_others_stays_though_it_shares_their_site_and_author(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    folder = tmp_path / "data/archive/quarantine/articles"
    folder.mkdir(parents=True)
    site = "https://site.example/2026/11/22/world/"
    url = f"{site}{CANARY}"
    archive.keep([showing(draft(**canary(0, "four", url=url)), draft("near", "Near", url=f"{site}near"))])  # type: ignore[arg-type]
    (folder / "other").write_bytes(f'"url":"{site}never-seen"'.encode())
    (folder / "own").write_bytes(f'"url":"{url[:-3]}'.encode())
    archive.erase(article, AT)
    assert [path.name for path in folder.iterdir()] == ["other"]
    assert hits(tmp_path) == []
    archive.close()


def test_the_line_says_when_and_nothing_of_what(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    ((kept,),) = archive.keep([showing(draft("a", "A title"))])
    archive.erase(kept.id, AT)
    (line,) = archive._ports.articles.since(0, 10)
    assert line.body.startswith(b'{"id":"%s","_archive":{"kind":"erased","at":"%s","keys":["' % (kept.id.encode(), AT.encode()))  # fmt: skip
    assert archive.since(0, 10)[0].record is None
    assert archive._ports.catalog.erased([f"id\n{kept.id}"]) == {f"id\n{kept.id}": kept.id}
    archive.close()


def test_what_is_on_its_way_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    clock = TurnedClock()
    archive = connect(tmp_path / "data", now=clock.now, linger=0.005)
    ((first,),) = archive.keep([showing(draft(**canary(0)))])  # type: ignore[arg-type]
    done = threading.Event()

    def bring(source: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            edited = draft(**canary(0, f"edit {source} {number}"))  # type: ignore[arg-type]
            archive.keep([showing(edited, draft(f"o{source}.{number}", f"Other {source} {number}"))])

    def feed() -> None:
        while not done.is_set():
            archive.feed_search(3)

    threads = [threading.Thread(target=bring, args=(one,)) for one in range(4)]
    threads.append(threading.Thread(target=feed))
    for thread in threads:
        thread.start()
    until = time.monotonic() + 20
    while archive.count() < 30 and time.monotonic() < until:
        time.sleep(0.01)
    archive.erase(first.id, AT)
    kept = archive.count()
    while archive.count() < kept + 30 and time.monotonic() < until:
        time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert archive.count() > kept
    while archive.feed_search():
        pass
    assert hits(tmp_path) == []
    archive.close()
    assert verify(tmp_path / "data").flaws == []


@pytest.mark.parametrize("way", ["a crash", "no room for the second segment", "the old file does not go"])
def test_what_is_not_erased_can_be_read_before_a_cut_erasure_is_asked_for_again(
    tmp_path: Path, way: str
) -> None:
    """Its lines have new places, and there may be no room to complete it for days."""
    clock = TurnedClock()
    archive, article = filled(tmp_path, clock)
    before = {one.id: one.title for one in archive.newest(100) if one.id != article}
    fault = {
        "a crash": "erase.lines:1:crash",
        "no room for the second segment": "seal.packed:5:enospc",  # Three are packs of blobs.
        "the old file does not go": "seal.told:5:eio",
    }[way]
    faults.plan(fault)
    with pytest.raises((ReadOnly, OSError, faults.Crash)):
        archive.erase(article, AT)
    faults.plan("")
    if way == "a crash":
        archive.close()
        archive = opened(tmp_path, clock)
    else:
        archive.reopen()
    assert {one: archive.get(one).title for one in before} == before
    assert all([r.archive.rev for r in archive.revisions(one)] == [1] for one in before)
    edited = draft("o0.3", "Other 0 3 corrected", lorem("Other 0 3"), url="https://site.example/0/3")
    ((kept,),) = archive.keep([showing(edited)])
    assert kept.status == "revised"
    archive.erase(article, AT)
    assert hits(tmp_path) == []
    archive.close()


def test_a_name_that_a_power_loss_left_without_its_article_goes_too(tmp_path: Path) -> None:
    """Of a batch that was lost some lines may stand: they are nobody's, and name what is shown again."""
    archive = opened(tmp_path)

    def stray(number: int, url: str) -> bytes:
        source = Source(
            key="https://two.example/rss", via="feed", guid=f"two:{number}", entry_sha256="a" * 64
        )
        about = AliasOf(at=AT, source=source, url_key=url_key(url))
        return encode(Alias(id=article_id(url), url=url, title=f"Of {url}", archive=about))

    archive.give_up("articles", 3)
    urls = [f"https://site.example/{CANARY}", "https://site.example/another"]
    archive._ports.articles.append([stray(number, url) for number, url in enumerate(urls)])
    archive.reopen()
    ((kept, _),) = archive.keep([showing(draft(**canary(0)), draft("b", "B", url="https://site.example/b"))])  # type: ignore[arg-type]
    assert (kept.status, len(hits(tmp_path)) > 0) == ("new", True)
    archive.erase(kept.id, AT)
    assert hits(tmp_path) == []
    assert any(b"/another" in line.body for line in archive._ports.articles.since(0, 100))
    archive.close()
    assert verify(tmp_path / "data").flaws == []
