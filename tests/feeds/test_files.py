"""Local files: what each kind holds, what is no article, and what of a folder is read when."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.errors import FetchError
from feeds.ingest.local.files import KINDS, decode, read_file
from feeds.ingest.local.folder import look_through, read_local
from feeds.ingest.normalize import Coming, entry_digest, to_draft
from tests.builders import START

COMING = Coming(key="inbox", name="inbox", via="file", at=START)
LONG = "A sentence of a story that goes on for a while, so that it can be told from a menu. " * 12


def content(name: str, data: bytes):  # type: ignore[no-untyped-def]
    (entry,) = read_file(name, data)
    return to_draft(entry, None, COMING)


def test_the_seed_article(seed_file: Path) -> None:
    """The page the project was begun for, exactly as promised."""
    found = content("seed.txt", seed_file.read_bytes())
    text = found.content.content_text
    assert found.content.title == "Is Russia Ready to Help the US with Afghanistan?"
    assert found.content.title not in text
    assert text.startswith("In an interview")
    assert text.endswith("Ukraine.")
    assert "Select Page" not in text
    assert "About The Author" not in text
    assert "Author’s Note" in text
    assert found.content.date_published is None
    assert found.origin.date_source == "none"
    assert found.content.url is None
    assert found.content.authors == ()


@pytest.mark.parametrize("way", ["crlf", "bom", "utf-16", "cp1252"])
def test_the_seed_article_in_other_bytes(seed_file: Path, way: str) -> None:
    text = seed_file.read_text("utf-8")
    data = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "bom": text.encode("utf-8-sig"),
        "utf-16": text.encode("utf-16"),
        "cp1252": text.encode("cp1252", "replace"),
    }[way]
    found = content("seed.txt", data).content
    assert found.content_text == content("seed.txt", seed_file.read_bytes()).content.content_text


def test_markdown_with_front_matter() -> None:
    found = content(
        "a.md",
        b"---\ntitle: 'Kabul: calls'\ndate: 2020-01-02\nauthor: [A. One, B. Two]\ntags: [x, y]\nurl: https://s.example/1\n"
        b"language: en\n---\n# Kabul: calls\n\nText *with* [a link](https://x.example/).\n\n- one\n- two\n",
    )
    assert found.content.title == "Kabul: calls"
    assert found.content.content_text == "Text with a link.\n\none\ntwo"
    assert found.content.date_published == "2020-01-02T00:00:00Z"
    assert [one.name for one in found.content.authors] == ["A. One", "B. Two"]
    assert (found.content.tags, found.content.url, found.content.language) == (
        ("x", "y"),
        "https://s.example/1",
        "en",
    )
    assert found.origin.date_source == "text"
    assert found.origin.date_raw == "2020-01-02"


def test_aliases_in_front_matter_make_no_endless_title() -> None:
    front = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(7)
    )
    found = content("a.md", f"---\n{front}title: *h\n---\n# Heading\n\nText.\n".encode())
    assert found.content.title == "Heading"


def test_markdown_without_front_matter_takes_its_first_heading() -> None:
    found = content("a.md", b"# A *title*\n\nBody & more.\n")
    assert (found.content.title, found.content.content_text) == ("A title", "Body & more.")


def test_html_with_metadata_and_page_chrome() -> None:
    html = f"""<!doctype html><html lang="en"><head><title>Site - Headline</title>
    <meta property="og:title" content="Headline"><link rel="canonical" href="https://s.example/story">
    <script type="application/ld+json">{{"@graph":[{{"@type":["NewsArticle"],"headline":"Headline","datePublished":"2020-01-02T03:04:05+01:00"}}]}}</script>
    </head><body><nav><a href="/">Home</a> <a href="/x">World</a></nav>
    <article><h1>Headline</h1><p>{LONG}</p><p>{LONG}</p></article><footer>Imprint</footer></body></html>"""
    found = content("a.html", html.encode())
    assert found.content.title == "Headline"
    assert found.content.date_published == "2020-01-02T02:04:05Z"
    assert found.origin.date_source == "jsonld"
    assert found.content.url == "https://s.example/story"
    assert found.content.language == "en"
    assert found.content.content_text.startswith("A sentence of a story")
    assert "Imprint" not in found.content.content_text
    assert "Home" not in found.content.content_text


def test_a_page_too_short_to_tell_apart_is_taken_whole() -> None:
    found = content(
        "a.html", b"<html><head><title>T</title></head><body><h1>T</h1><p>Short.</p></body></html>"
    )
    assert (found.content.title, found.content.content_text) == ("T", "Short.")


@pytest.mark.parametrize(
    "item",
    [
        {
            "title": "T",
            "content_text": "Body.",
            "url": "https://s.example/1",
            "date_published": "2020-01-02T03:04:05Z",
        },
        {
            "headline": "T",
            "articleBody": "Body.",
            "url": "https://s.example/1",
            "datePublished": "2020-01-02T03:04:05Z",
        },
        {
            "title": "T",
            "text": "<p>Body.</p>",
            "link": "https://s.example/1",
            "published": "2020-01-02T03:04:05+00:00",
        },
        {
            "title": "T",
            "maintext": "Body.",
            "source_url": "https://s.example/1",
            "date_publish": "2020-01-02 03:04:05",
        },
    ],
)
def test_json_by_any_of_its_usual_names(item: dict[str, str]) -> None:
    found = content("a.json", json.dumps(item).encode()).content
    assert (found.title, found.content_text, found.url, found.date_published) == (
        "T", "Body.", "https://s.example/1", "2020-01-02T03:04:05Z",
    )  # fmt: skip


def test_a_file_with_several_articles_names_each_behind_its_path() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "content_text": "a"}, {"id": 2, "content_text": "b"}],
    }
    assert [entry.guid for entry in read_file("f.json", json.dumps(feed).encode())] == [
        "f.json#1",
        "f.json#2",
    ]
    rows = [{"title": "A", "text": "a"}, {"title": "B", "text": "b"}, 7]
    assert [entry.guid for entry in read_file("r.json", json.dumps(rows).encode())] == [
        "r.json#1",
        "r.json#2",
    ]
    rss = b"<rss version='2.0'><channel><item><guid>x</guid><title>A</title></item><item><title>B</title></item></channel></rss>"
    assert [entry.guid for entry in read_file("f.xml", rss)] == ["f.xml#x", "f.xml#2"]


def test_xml_that_is_no_feed_but_an_article() -> None:
    found = content(
        "n.xml", b"<nitf><body><hedline><hl1>Head</hl1></hedline><p>One.</p><p>Two.</p></body></nitf>"
    ).content
    assert (found.title, found.content_text) == ("Head", "One.\n\nTwo.")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b"  \n ", "is empty"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is no text"),
        ("a.json", b"{", "is no JSON"),
        ("a.json", b"[1, 2]", "holds no article"),
        ("a.json", b'{"a": 1}', "holds no article"),
        ("a.xml", b"<a><b>", "is no whole XML"),
        ("a.xml", b"<a><b/></a>", "there is no paragraph in it"),
        ("a.md", b"---\n: : :\n\t-\n---\ntext", "front matter that is no YAML"),
        ("a.html", b"<html><body></body></html>", "holds no article"),
    ],
)
def test_what_is_no_article_says_so(name: str, data: bytes, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        for entry in read_file(name, data):
            assert to_draft(entry, None, COMING).content.content_text, name


def test_no_entity_opens_a_file() -> None:
    for name in ("a.xml", "a.html"):
        data = b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x><p>before &e; after</p></x>"
        assert "root:" not in content(name, data).content.content_text


def test_bytes_are_read_by_mark_then_utf8_then_statistics() -> None:
    assert decode("Grüße".encode("utf-16")) == "Grüße"
    assert decode("Grüße".encode()) == "Grüße"
    russian = "Правительство обсудило ход переговоров и поставило задачи на ближайшие месяцы. " * 5
    assert decode(russian.encode("cp1251")) == russian
    japanese = "昨日、首都で政府の会議が開かれた。"
    assert decode(japanese.encode("iso-2022-jp")) == japanese
    assert decode(b"a \x1b[1mbold\x1b[0m word") == "a \x1b[1mbold\x1b[0m word"


def test_no_kind_breaks_on_rubbish() -> None:
    import random

    chance = random.Random(7)
    for suffix in sorted(KINDS):
        for _ in range(40):
            data = chance.choice([b"<", b"{", b"# ", b"", b"<html>"]) + chance.randbytes(
                chance.randint(1, 200)
            )
            try:
                for entry in read_file(f"a{suffix}", data):
                    to_draft(entry, None, COMING)
                    entry_digest(entry)
            except FetchError:
                pass


# -- folders -------------------------------------------------------------------

NOW = time.time() + 3600  # Files written by the test have stood for an hour.


def names(folder: Path, seen: frozenset[bytes] = frozenset(), wall: float = NOW) -> list[str]:
    return [file.name for file in look_through(folder, seen, wall).files]


def test_every_readable_file_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "sub/deep").mkdir(parents=True)
    for name in ("b.txt", "a.md", "sub/c.html", "sub/deep/d.JSON"):
        (tmp_path / name).write_text("x")
    look = look_through(tmp_path, frozenset(), NOW)
    assert [file.name for file in look.files] == ["a.md", "b.txt", "sub/c.html", "sub/deep/d.JSON"]
    marks = frozenset(file.mark for file in look.files)
    again = look_through(tmp_path, marks, NOW)
    assert again.files == ()
    assert again.seen == marks
    (tmp_path / "b.txt").write_text("changed")
    assert names(tmp_path, marks) == ["b.txt"]


def test_a_name_that_is_not_utf8_is_spelled_with_escapes(tmp_path: Path) -> None:
    (tmp_path / "caf%E9.txt").write_text("a")
    (tmp_path / os.fsdecode(b"h\xe9")).mkdir()
    (tmp_path / os.fsdecode(b"h\xe9/caf\xe9 1%.txt")).write_text("A title\n\nText.")
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("b")
    (tmp_path / os.fsdecode(b"caf\xe9.exe")).write_text("c")
    look = look_through(tmp_path, frozenset(), time.time() + 60)
    assert [file.name for file in look.files] == ["./caf%E9.txt", "./h%E9/caf%E9%201%25.txt", "caf%E9.txt"]
    assert list(look.skipped) == ["./caf%E9.exe"]
    showing = read_local(look.files[1], COMING, 1000)
    assert showing is not None
    assert showing.drafts[0].origin.source.guid == "./h%E9/caf%E9%201%25.txt"
    assert look_through(tmp_path, frozenset({file.mark for file in look.files}), time.time() + 60).files == ()


def test_a_file_that_was_just_written_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("half")
    look = look_through(tmp_path, frozenset(), time.time())
    assert (look.files, look.waiting) == ((), 1)
    assert names(tmp_path, wall=time.time() + 2.1) == ["a.txt"]


def test_what_is_not_read_is_named_with_its_reason(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in (".hidden.txt", "a.txt~", "b.part", "c.tmp", "d.swp", "e.pdf"):
        (folder / name).write_text("x")
    (folder / "link.txt").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    deep = folder / "/".join(["d"] * 10)
    deep.mkdir(parents=True)
    (deep / "f.txt").write_text("x")
    os.mkfifo(folder / "pipe.txt")
    look = look_through(folder, frozenset(), NOW)
    skipped = look.skipped
    assert skipped[".hidden.txt"] == "hidden"
    assert "not finished" in skipped["a.txt~"]
    assert set(skipped) >= {"b.part", "c.tmp", "d.swp", "link.txt", "pipe.txt"}
    assert "leads out" in skipped["link.txt"]
    assert "not a kind that is read (.atom .htm" in skipped["e.pdf"]
    assert any("deeper than 8" in why for why in skipped.values())
    assert not any("outside" in file.name for file in look.files)


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    for name in ("nowhere", "n" * 300):
        with pytest.raises(FetchError, match="there is no folder"):
            look_through(tmp_path / name, frozenset(), NOW)


def test_links_that_lead_nowhere_or_to_themselves_cost_only_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "round").symlink_to("round")
    (tmp_path / "b" / "gone.txt").symlink_to("nothing.txt")
    look = look_through(tmp_path, frozenset(), NOW)
    assert [file.name for file in look.files] == ["a.txt"]
    assert set(look.skipped) == {"loop.txt", "b/round", "b/gone.txt"}


def test_a_folder_within_that_cannot_be_read_costs_only_itself() -> None:
    with tempfile.TemporaryDirectory() as made:  # Where others may look too.
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "a.txt").write_text("one")
        (folder / "locked").mkdir()
        (folder / "locked" / "b.txt").write_text("two")
        (folder / "locked").chmod(0)
        with as_nobody():
            look = look_through(folder, frozenset(), NOW)
        (folder / "locked").chmod(0o755)
    assert [file.name for file in look.files] == ["a.txt"]
    assert look.skipped == {"locked/": "it cannot be read: Permission denied"}


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """As root, become somebody whom permissions hold for."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_is_checked_again_after_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    (file,) = look_through(tmp_path, frozenset(), NOW).files
    showing = read_local(file, COMING, 100)
    assert showing is not None
    assert [draft.content.content_text for draft in showing.drafts] == ["one"]
    path.write_text("another")
    assert read_local(file, COMING, 100) is None
    with pytest.raises(FetchError, match="more than 3 bytes"):
        read_local(file, COMING, 3)
    path.unlink()
    with pytest.raises(FetchError, match="cannot be read"):
        read_local(file, COMING, 100)


@pytest.mark.parametrize(
    ("front", "mend"),
    [
        ("title: Kabul: a report\ndate: 2026-01-05", 'line 2 .*in quotes: title: "Kabul: a report"$'),
        ("title: x\nauthor: @me", 'line 3 .*in quotes: author: "@me"$'),
        ('title: Say "no": yes', "in quotes: title: 'Say \"no\": yes'$"),
        ("tags: [a, b", r"line 2 of the file: expected ',' or '\]', .*\)$"),
        ("a: b\n\tc: d", r"line 3 of the file: .*\)$"),
    ],
)
def test_front_matter_with_a_fault_is_told_with_its_place_and_mend(front: str, mend: str) -> None:
    with pytest.raises(FetchError, match=mend):
        read_file("a.md", f"---\n{front}\n---\ntext".encode())
