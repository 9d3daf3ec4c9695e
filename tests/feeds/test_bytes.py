"""Bytes as they come -> what is read in them: encodings told and lied about, cuts, bombs, depth."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.config import load
from feeds.errors import ConfigError, FetchError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.text.encodings import decode
from feeds.model import MOST_ENTRIES, Document, Fetched
from tests.builders import item, rss
from tests.site import Page
from tests.world import PRIVATE, World

URL = "https://site.example/feed.xml"
RUSSIAN = "Правительство внесло в Думу проект бюджета. «Это непросто», — сказал министр."
TEXTS = {
    "ru": (RUSSIAN, ("windows-1251",)),
    "ru, plain": ("Правительство внесло в Думу проект бюджета.", ("koi8-r", "ibm866", "iso-8859-5")),
    "de": ("Größere Städte müssen länger für Übergänge büßen.", ("windows-1252",)),
    "cz": ("Příliš dlouhý žebřík stál u zdi, řekl učitel dětem.", ("iso-8859-2",)),
    "ja": ("政府は予算案を国会に提出した。これは簡単ではない。", ("shift_jis", "euc-jp", "iso-2022-jp")),
    "zh": ("政府向议会提交了预算草案，这并不容易。", ("gb18030",)),
    "ko": ("정부가 국회에 예산안을 제출했다고 장관이 말했다.", ("euc-kr",)),
    "el": ("Η κυβέρνηση κατέθεσε τον προϋπολογισμό στη Βουλή.", ("windows-1253",)),
}
CASES = [(text, encoding) for text, encodings in TEXTS.values() for encoding in encodings]


def read(body: bytes, content_type: str = "application/xml", encoding: str | None = None) -> Document:
    return parse_feed(Fetched(url=URL, status=200, body=body, content_type=content_type, encoding=encoding))


def feed(text: str, prolog: str = '<?xml version="1.0"?>') -> str:
    return (
        rss(item("1", text), item("2", "Two"))
        .decode()
        .replace('<?xml version="1.0" encoding="UTF-8"?>', prolog)
    )


@pytest.mark.parametrize(("text", "encoding"), CASES)
@pytest.mark.parametrize("said", ["the truth", "nothing", "utf-8", "iso-8859-1", "utf-16", "rot13"])
@pytest.mark.parametrize("where", ["header", "prolog"])
def test_an_encoding_is_found_whatever_is_said_of_it(text: str, encoding: str, said: str, where: str) -> None:
    name = {"the truth": encoding, "nothing": ""}.get(said, said)
    prolog = f'<?xml version="1.0" encoding="{name}"?>' if name and where == "prolog" else ""
    kind = f"text/xml; charset={name}" if name and where == "header" else "text/xml"
    first, second = read(feed(text, prolog).encode(encoding), kind).entries
    assert (first.title, second.title) == (text, "Two")


@pytest.mark.parametrize("said", ["windows-1251", "koi8-r", "iso-8859-1", "utf-16", "shift_jis", "us-ascii"])
def test_utf8_is_known_whatever_is_said_of_it_and_the_lie_is_told(said: str) -> None:
    document = read(feed(RUSSIAN, f'<?xml version="1.0" encoding="{said}"?>').encode())
    assert document.entries[0].title == RUSSIAN
    assert (document.encoding, document.encoding_source) == ("utf-8", "utf-8")
    assert f"says that it is in {said}, and is in utf-8" in (document.repaired or "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_known_by_its_shape(encoding: str) -> None:
    for prolog in ('<?xml version="1.0" encoding="utf-8"?>', ""):
        document = read(feed(RUSSIAN, prolog).encode(encoding))
        assert (document.entries[0].title, document.encoding) == (RUSSIAN, encoding)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_before_bytes_that_it_does_not_fit_costs_nothing(mark: bytes) -> None:
    document = read(mark + feed(RUSSIAN).encode("windows-1251"))
    assert [entry.title for entry in document.entries] == [RUSSIAN, "Two"]


def test_the_owners_word_counts_before_everything() -> None:
    body = feed("Ðóññêèé").encode("windows-1252")
    assert read(body, encoding="windows-1251").entries[0].title == "Русский"
    assert read(body, encoding="windows-1251").encoding_source == "told"


@pytest.mark.parametrize("word", ["windows-1251", "utf-16", "rot13", "no-such"])
def test_an_owners_encoding_is_a_key_of_a_source_and_checked(world: World, word: str) -> None:
    body = feed(RUSSIAN, '<?xml version="1.0" encoding="windows-1252"?>').encode(
        word if word in {"windows-1251", "utf-16"} else "utf-8"
    )
    world.site.pages["/f"] = Page(body)
    world.configure(f"  - {{feed: '{{site}}/f', name: paper, pages: never, encoding: {word}, {PRIVATE}}}")
    if word in {"rot13", "no-such"}:
        with pytest.raises(ConfigError, match="is no encoding"):
            load(world.home / "config.yaml")
        return
    assert world.round().news == 2
    assert RUSSIAN in world.kept()


def test_single_stray_bytes_cost_no_text_and_are_told() -> None:
    body = feed(RUSSIAN).encode().replace(b"Two", b"It\x92s \xe9t\xe9")
    document = read(body)
    assert [entry.title for entry in document.entries] == [RUSSIAN, "It\u2019s \u00e9t\u00e9"]
    assert "3 of its bytes are no characters in utf-8" in (document.repaired or "")


def test_control_characters_make_no_feed_ill_and_are_told() -> None:
    document = read(rss(item("1", "One\x00\x0b\x1b"), item("2", "Two")))
    assert [entry.title for entry in document.entries] == ["One", "Two"]
    assert document.repaired == "3 control characters in it are left out"


@given(st.binary(max_size=300), st.sampled_from(["", "text/xml; charset=utf-16", "text/xml; charset=koi8-r"]))
def test_no_bytes_at_all_break_the_ladder(data: bytes, kind: str) -> None:
    decode(data, kind)
    decode(data, kind, page=True)
    for told in ("utf-8", "utf-16", "big5", "cp932"):
        decode(data, told=told).text.encode("utf-8", "replace")


@given(st.integers(0, 100_000))
def test_entries_that_stand_whole_in_a_cut_feed_are_as_they_would_be(at: int) -> None:
    titles = [RUSSIAN, "Two <i>b</i>", "Three", "Four"]
    items = [
        item(str(n), "T", description=f"<![CDATA[<p>{title} </item> x</p>]]>".replace("<", "&lt;"))
        for n, title in enumerate(titles)
    ]
    body = rss(*items)
    at %= len(body) + 1
    whole = read(body).entries
    expected = sum(body[:at].count(one.encode()) for one in items)
    try:
        found = read(body[:at])
    except FetchError:
        assert not expected
        return
    assert list(found.entries[:expected]) == list(whole[:expected])
    if expected < len(items) and b"<item" in body[:at]:
        assert found.repaired


BOMBS = {
    "billion laughs": '<!DOCTYPE rss [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>",
    "quadratic": f'<!DOCTYPE rss [<!ENTITY i "{"x" * 50_000}">]>',
    "parameter": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;<!ENTITY i SYSTEM "file:///etc/passwd">]>',
    "external": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">',
    "endless": "<!DOCTYPE rss [<!-- " + "<!-- " * 50_000,
    "quotes": "<!DOCTYPE rss [<!ENTITY i \"'>'\"><!ENTITY j '\"]>'> ]>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_entity_is_ever_expanded(bomb: str) -> None:
    references = "&i;" * (20_000 if bomb == "quadratic" else 1)
    body = rss(f"<item><guid>1</guid><title>a {references} b</title></item>", item("2", "Two")).replace(
        b"<rss", BOMBS[bomb].encode() + b"<rss"
    )
    began = time.process_time()
    document = read(body)
    assert time.process_time() - began < 2
    first, second = document.entries
    assert second.title == "Two"
    assert (first.title or "").replace(" ", "").startswith("a&i;")
    assert len(first.title or "") < 100_000
    assert "root:" not in (first.title or "")


def test_what_an_entity_is_by_html_too_is_read_as_that() -> None:
    body = rss("<item><guid>1</guid><title>a&eacute;b &own;</title></item>").replace(
        b"<rss", b'<!DOCTYPE rss [<!ENTITY eacute "&#233;"><!ENTITY own "mine">]><rss'
    )
    document = read(body)
    assert document.entries[0].title == "a\u00e9b &own;"
    assert "declares 2 entities of its own, which are never expanded" in (document.repaired or "")


@pytest.mark.parametrize("ill", [False, True])
def test_two_hundred_thousand_tags_within_one_another_cost_no_entry(ill: bool) -> None:
    deep = b"<x>" * 200_000 + b"deep" + (b"" if ill else b"</x>" * 200_000)
    body = rss(item("1", "One"), item("2", "Two")).replace(b"</item>", deep + b"</item>", 1)
    began = time.process_time()
    document = read(body)
    assert time.process_time() - began < 10
    assert [entry.guid for entry in document.entries] == ["1", "2"]
    assert "deeper than 256" in (document.repaired or "")


@pytest.mark.slow
def test_a_hundred_thousand_items_are_cut_before_they_are_read() -> None:
    body = rss(*(f"<item><guid>{number}</guid></item>" for number in range(MOST_ENTRIES * 4)))
    began = time.process_time()
    document = read(body)
    print(f"{time.process_time() - began:.1f} s")
    assert len(document.entries) == MOST_ENTRIES
    assert (document.entries[-1].guid or "").endswith(str(MOST_ENTRIES - 1))
    assert any(str(MOST_ENTRIES) in one for one in document.passed_over)


@pytest.mark.parametrize(
    "unit",
    [b"<", b"<!--", b"<![CDATA[", b"<item", b"<item>", b"&#", b'<a b="', b"<?", b"\xe9", b"<a ", b"&i;"],
)
def test_what_never_ends_is_read_in_time_that_grows_with_its_length_alone(unit: bytes) -> None:
    body = b"<rss><channel><item><title>One</title></item>" + unit * (1_000_000 // len(unit))
    began = time.process_time()
    try:
        assert read(body).entries
    except FetchError:
        pass
    assert time.process_time() - began < 8


ENCODINGS = ("utf-16", "windows-1251", "koi8-r")


@pytest.mark.slow
def test_every_feed_of_the_corpus_survives_other_encodings_and_cuts(corpus: Path) -> None:
    """Each feed re-encoded, with right and lying declarations, with a mark, and cut: whole entries are all there."""
    paths = [
        p for p in sorted((corpus / "feeds").rglob("*")) if p.suffix in {".xml", ".rss", ".atom", ".rdf"}
    ]
    chance = random.Random(20260105)
    tried = 0
    wrong: list[str] = []
    for path in paths:
        data = path.read_bytes()
        if len(data) > 200_000:
            continue
        text = decode(data, "application/xml").text
        if text.lstrip().startswith("<?xml"):
            text = text[text.index("?>") + 2 :]
        plain = text.encode("utf-8", "replace")
        try:
            expected = len(read(plain).entries)
        except FetchError:
            continue
        for encoding in ENCODINGS:
            said = chance.choice([encoding, *ENCODINGS, "utf-8", "iso-8859-1"])
            prolog = f'<?xml version="1.0" encoding="{said}"?>'
            for body in (
                (prolog + text).encode(encoding, "xmlcharrefreplace"),
                b"\xef\xbb\xbf" + (prolog + text).encode("utf-8", "replace"),
            ):
                tried += 1
                if len(read(body, "text/xml").entries) < expected:
                    wrong.append(f"{path.name}: {encoding} said to be {said}")
        at = chance.randrange(len(plain) + 1)
        try:
            read(plain[:at])
        except FetchError:
            pass
    print(f"{tried} documents, {len(wrong)} with fewer entries: {wrong[:9]}")
    assert wrong == []


@pytest.mark.parametrize("told", [None, "koi8-r"])
def test_a_json_feed_in_an_old_encoding_is_read_as_its_owner_says_or_as_it_seems(told: str | None) -> None:
    title, text = "Мост открыт", "В понедельник мэр открыл новый мост через реку, и все были рады этому."
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "1", "title": "{title}", "content_text": "{text}"}}]}}'
    document = parse_feed(Fetched(url=URL, status=200, body=body.encode("koi8-r"), encoding=told))
    assert (document.entries[0].title, document.entries[0].text) == (title, text)
    assert (document.encoding, document.encoding_source) == ("koi8-r", "told" if told else "statistics")
    plain = parse_feed(Fetched(url=URL, status=200, body=b"\xef\xbb\xbf" + body.encode()))
    assert plain.entries[0].title == title


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_wide_json_feed_is_read_whatever_is_said_of_it(encoding: str, mark: str) -> None:
    text = (
        '\n {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Мост > открыт"}]}'
    )
    for said in ("application/feed+json", "text/html; charset=utf-8", ""):
        body = (mark + text).encode(encoding)
        document = parse_feed(Fetched(url=URL, status=200, body=body, content_type=said))
        assert [one.title for one in document.entries] == ["Мост > открыт"]
        assert (document.encoding, document.encoding_source) == (encoding, "bom" if mark else "shape")


def test_an_encoding_that_its_owner_changes_is_taken_up_though_nothing_changed(world: World) -> None:
    source = f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}, encoding: %s}}"
    body = rss(item("1", "TITLE", description="d")).replace(b"UTF-8", b"ascii")
    world.site.pages["/feed"] = Page(body.replace(b"TITLE", "Привет".encode("koi8-r")), etag='"1"')
    world.configure(source % "windows-1251")
    world.round()
    assert world.kept() == ["рТЙЧЕФ"]
    world.configure(source % "koi8-r")
    world.bureau.config.reload()
    world.round()
    assert world.kept() == ["Привет"]
    world.round()
    assert world.site.asked[-1].conditional
