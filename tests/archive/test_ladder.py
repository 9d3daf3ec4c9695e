"""Which article an entry is: every rung, and every guard that keeps two apart."""

import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from archive import Archive, Draft, Mention, connect
from archive.cards import Named
from archive.keeping.batch import Batch, Journalled
from archive.keeping.keeping import keep_document
from archive.record.article import Alias
from tests.builders import TurnedClock, draft, lorem, showing

OTHER = "https://other.example/feed"
ADDRESS = "https://site.example/story"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = connect(tmp_path, now=TurnedClock().now, linger=0.0)
    yield made
    made.close()


def keep(
    archive: Archive, *drafts: object, unchanged: tuple[Mention, ...] = ()
) -> list[tuple[str, str, int]]:
    (kept,) = archive.keep([showing(*drafts, unchanged=unchanged)])  # type: ignore[arg-type]
    return [(one.status, one.id, one.rev) for one in kept]


def statuses(archive: Archive, *drafts: object) -> list[str]:
    return [status for status, _, _ in keep(archive, *drafts)]


def test_a_guid_of_the_same_source_is_the_same_article_through_edits(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("1", "Title", lorem("a")))
    assert keep(archive, draft("1", "Title", lorem("a"))) == [("same", first, 1)]
    assert keep(archive, draft("1", "New title", lorem("a"), url="https://moved.example/x")) == [
        ("revised", first, 2)
    ]


def test_an_entry_that_goes_back_to_what_it_said_under_its_old_link_is_revised(archive: Archive) -> None:
    one = draft("1", "Minister resigns", lorem("a"), url="https://site.example/resigns")
    other = draft("1", "Minister stays", lorem("a"), url="https://site.example/stays")
    ((_, first, _),) = keep(archive, one)
    assert keep(archive, other) == [("revised", first, 2)]
    assert archive.digests([mention(one)]) == {mention(one).shelf: {other.origin.source.entry_sha256}}
    assert keep(archive, one) == [("revised", first, 3)]
    assert archive.digests([mention(one)]) == {mention(one).shelf: {one.origin.source.entry_sha256}}


def test_the_same_guid_in_two_sources_is_two_articles(archive: Archive) -> None:
    assert statuses(archive, draft("1", "One", lorem("a"))) == ["new"]
    assert statuses(archive, draft("1", "Two", lorem("b"), source=OTHER)) == ["new"]


def test_a_guid_that_moves_host_or_counts_revisions_is_the_same(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("http://old.example/p#0", "Title", lorem("a")))
    assert keep(archive, draft("https://new.example/p#3", "Title", lorem("a"))) == [("alias", first, 1)]
    assert keep(archive, draft("https://new.example/p#3", "Title", lorem("a"))) == [("same", first, 1)]


def test_an_entry_rewritten_under_a_guid_that_counts_its_edits_is_revised(archive: Archive) -> None:
    def news(number: int, title: str, text: str) -> Draft:
        return draft(
            f"https://news.example/world-1#{number}", title, text, url="https://news.example/world-1"
        )

    text = "The minister said on Monday that the harbour would stay open"
    ((_, first, _),) = keep(archive, news(0, "Harbour stays open", text))
    rewritten = news(
        1, "Minister resigns", f"{text} but hours later his office told the press that he had resigned"
    )
    assert keep(archive, rewritten) == [("revised", first, 2)]
    assert statuses(archive, news(2, "Snow in the hills", lorem("snow"))) == ["new"]


def test_a_guid_that_names_a_place_in_a_page_counts_nothing(archive: Archive) -> None:
    """A weblog whose posts are places in the page of a day, shown one at a time."""
    page = "https://blog.example/2026/01/05.html"
    for name in ("a064532", "a102030"):
        post = draft(f"{page}#{name}", f"Post {name}", f"{lorem(name, 30)} {ENDING}", url=page)
        assert statuses(archive, post) == ["new"]


def test_two_guids_of_one_document_that_differ_only_behind_the_hash_are_two(archive: Archive) -> None:
    kept = keep(
        archive,
        draft("http://s.example/p#1", "One", lorem("a")),
        draft("http://s.example/p#2", "Two", lorem("a")),
    )
    assert [status for status, _, _ in kept] == ["new", "new"]


def test_an_address_in_two_feeds_is_one_article_and_the_second_an_alias(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("1", "Title", lorem("a"), url=ADDRESS))
    second = draft("x", "Title", lorem("a"), url=ADDRESS + "/?utm_source=y", source=OTHER)
    assert keep(archive, second) == [("alias", first, 1)]
    assert keep(archive, second) == [("same", first, 1)]


def test_both_feeds_at_once_are_one_article(archive: Archive) -> None:
    one, other = archive.keep(
        [
            showing(draft("1", "Title", lorem("a"), url=ADDRESS)),
            showing(draft("x", "Title", lorem("a"), url=ADDRESS, source=OTHER)),
        ]
    )
    assert (one[0].status, other[0].status) == ("new", "alias")
    assert one[0].id == other[0].id


def test_one_address_under_many_guids_of_a_feed_keeps_every_entry(archive: Archive) -> None:
    """A podcast whose episodes all link to its front page: 131 episodes are 131 articles."""
    episodes = [
        draft(f"ep{n}", f"Episode {n}", lorem(f"e{n}"), url="https://cast.example/show") for n in range(131)
    ]
    assert statuses(archive, *episodes) == ["new"] * 131
    assert statuses(archive, *episodes) == ["same"] * 131
    another = draft("ep999", "Episode 999", lorem("e999"), url="https://cast.example/show")
    assert statuses(archive, another) == ["new"]


def test_an_address_that_shows_something_else_now_is_another_article(archive: Archive) -> None:
    keep(archive, draft(None, "Morning brief", lorem("monday"), url=ADDRESS))
    assert statuses(archive, draft(None, "Evening brief", lorem("tuesday"), url=ADDRESS)) == ["new"]
    assert statuses(archive, draft(None, "Evening brief", lorem("tuesday"), url=ADDRESS)) == ["same"]
    assert statuses(archive, draft(None, "Morning brief", lorem("monday"), url=ADDRESS)) == ["same"]


def test_a_front_page_tells_nothing(archive: Archive) -> None:
    keep(archive, draft("1", "Title", lorem("a"), url="https://site.example/"))
    assert statuses(
        archive, draft("2", "Title", lorem("a", 20), url="https://site.example/", source=OTHER)
    ) == ["new"]


def test_links_that_differ_only_behind_the_hash_are_entries_of_their_own(archive: Archive) -> None:
    posts = [draft(None, f"Post {n}", lorem(f"p{n}"), url=f"https://blog.example/day#{n}") for n in range(5)]
    assert statuses(archive, *posts) == ["new"] * 5
    assert statuses(archive, *posts) == ["same"] * 5
    assert statuses(archive, posts[3]) == ["same"]


def test_a_volatile_link_without_guid_is_known_by_title_and_date(archive: Archive) -> None:
    date = "2026-01-04T10:00:00Z"
    ((_, first, _),) = keep(
        archive, draft(None, "Title", lorem("a"), url="https://s.example/?t=1", date=date)
    )
    again = draft(None, "Title", lorem("a"), url="https://s.example/?t=2", date=date)
    assert keep(archive, again) == [("alias", first, 1)]
    other_day = draft(None, "Title", lorem("b"), url="https://s.example/?t=3", date="2026-01-05T10:00:00Z")
    assert statuses(archive, other_day) == ["new"]


def test_the_same_long_words_on_one_site_are_one_article_for_a_fortnight(archive: Archive) -> None:
    text = lorem("a", 90)
    ((_, first, _),) = keep(archive, draft("1", "T", text, url="https://s.example/a"))
    copy = draft("2", "T", text, url="https://www.s.example/b", source=OTHER, at="2026-01-15T08:00:00Z")
    assert keep(archive, copy) == [("alias", first, 1)]
    late = draft("3", "T", text, url="https://s.example/c", source=OTHER, at="2026-02-25T08:00:00Z")
    assert statuses(archive, late) == ["new"]
    elsewhere = draft("4", "T", text, url="https://t.example/a", source="https://third.example/")
    assert statuses(archive, elsewhere) == ["new"]


def test_short_texts_are_never_joined_by_their_words(archive: Archive) -> None:
    keep(archive, draft("1", "Weather", "Sunny today.", url="https://s.example/1"))
    assert statuses(
        archive, draft("2", "Weather", "Sunny today.", url="https://s.example/2", source=OTHER)
    ) == ["new"]


def test_a_reused_guid_with_other_words_is_another_article(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("1", "Title", lorem("a")))
    ((status, second, _),) = keep(archive, draft("1", "Another", lorem("b")))
    assert status == "new"
    assert second != first
    assert keep(archive, draft("1", "Title", lorem("a") + " edited")) == [("revised", first, 2)]
    assert keep(archive, draft("1", "Another", lorem("b"))) == [("same", second, 1)]


def test_entries_that_share_a_guid_in_one_document_are_each_kept_and_each_found_again(
    archive: Archive,
) -> None:
    entries = [draft("same", f"Title {n}", lorem(f"t{n}")) for n in range(6)]
    first = keep(archive, *entries)
    assert [status for status, _, _ in first] == ["new"] * 6
    assert len({article for _, article, _ in first}) == 6
    again = keep(archive, *reversed(entries))
    assert again == [("same", article, 1) for _, article, _ in reversed(first)]
    edited = [draft("same", f"Title {n}", lorem(f"t{n}") + " more") for n in range(6)]
    assert keep(archive, *edited) == [("revised", article, 2) for _, article, _ in first]


def test_an_entry_that_stands_twice_in_one_document_is_kept_once(archive: Archive) -> None:
    kept = keep(archive, draft("1", "T", lorem("a")), draft("1", "T", lorem("a")))
    assert [status for status, _, _ in kept] == ["new", "same"]
    assert kept[0][1] == kept[1][1]


@pytest.mark.parametrize("told", [True, False])
def test_an_unchanged_entry_keeps_its_article_to_itself(archive: Archive, *, told: bool) -> None:
    """A new guid for the same address, beside the old one: two entries, whatever they say."""
    old = draft("1", "Title", lorem("a"), url=ADDRESS)
    keep(archive, old)
    new = draft("2", "Title", lorem("a"), url=ADDRESS)
    one = mention(old) if told else Mention(old.origin.source.key, "1", ADDRESS)
    assert [status for status, _, _ in keep(archive, new, unchanged=(one,))] == ["new"]


def mention(one: Draft) -> Mention:
    source = one.origin.source
    return Mention(source.key, source.guid, one.content.url, source.entry_sha256)


@pytest.mark.parametrize("guid", [None, "one for all"])
@pytest.mark.parametrize("link", ["/changes#v{}", "/changes/{}", "/changes"])
def test_an_entry_edited_beside_unchanged_ones_of_its_name_is_revised(
    archive: Archive, guid: str | None, link: str
) -> None:
    def release(number: int, more: str = "") -> Draft:
        url = "https://site.example" + link.format(number)
        return draft(guid, f"Release {number}", lorem(f"r{number}") + more, url=url)

    first = [article for _, article, _ in keep(archive, *(release(n) for n in range(4)))]
    others = tuple(mention(release(n)) for n in (0, 1, 3))
    for rev in (2, 3, 4):
        edited = release(2, f" edited {rev}")
        assert keep(archive, edited, unchanged=others) == [("revised", first[2], rev)]
    assert keep(archive, release(4), unchanged=(*others, mention(edited)))[0][0] == "new"


def test_two_feeds_never_take_turns(archive: Archive) -> None:
    full, teaser = lorem("a", 200), lorem("a", 20)
    ((_, first, _),) = keep(archive, draft("1", "T", full, url=ADDRESS))
    theirs = draft("x", "T", teaser, url=ADDRESS, source=OTHER, quality="teaser")
    assert keep(archive, theirs) == [("alias", first, 1)]
    changed = draft("x", "T!", teaser + " and", url=ADDRESS, source=OTHER, quality="teaser")
    assert keep(archive, changed) == [("same", first, 1)]


def test_another_source_revises_only_with_more_of_the_text(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("1", "T", lorem("a", 20), url=ADDRESS, quality="teaser"))
    theirs = draft("x", "T", lorem("a", 200), url=ADDRESS, source=OTHER)
    assert keep(archive, theirs) == [("revised", first, 2)]
    worse = draft("1", "T", lorem("a", 22), url=ADDRESS, quality="teaser")
    assert keep(archive, worse) == [("same", first, 2)], "a teaser never replaces a full text"
    assert archive.get(first).content_text == lorem("a", 200)


def test_a_file_is_its_path_and_else_its_bytes(archive: Archive) -> None:
    def file(path: str, title: str, text: str, raw: bytes) -> object:
        return draft(path, title, text, source="inbox", via="file", raw=raw)

    ((_, first, _),) = keep(archive, file("a.txt", "T", lorem("a"), b"one"))
    assert keep(archive, file("a.txt", "T", lorem("a"), b"one")) == [("same", first, 1)]
    assert keep(archive, file("renamed.txt", "T", lorem("a"), b"one")) == [("alias", first, 1)]
    assert keep(archive, file("renamed.txt", "T", lorem("a") + " x", b"two")) == [("revised", first, 2)]
    assert statuses(archive, file("b.txt", "U", lorem("b"), b"three")) == ["new"]
    assert keep(archive, file("a.txt", "T", lorem("a"), b"one")) == [("same", first, 2)], (
        "known to the byte: no turns"
    )


FOOT = lorem("foot", 30)


def listed(*articles: tuple[str, str]) -> list[Draft]:
    """One file's list of articles without ids: each is called by its place."""
    return [
        draft(
            f"list.json#{n}",
            title,
            f"{text} {FOOT}",
            source="inbox",
            via="file",
            raw=f"{title}{text}".encode(),
        )
        for n, (title, text) in enumerate(articles, 1)
    ]


def test_an_article_put_on_top_of_a_list_moves_no_text_into_its_neighbours(archive: Archive) -> None:
    old = [(title, lorem(title[:6], 30)) for title in ("A bridge", "The school budget", "Snow ploughs")]
    first = [article for _, article, _ in keep(archive, *listed(*old))]
    on_top = ("A new mayor", lorem("mayor", 30))
    kept = keep(archive, *listed(on_top, *old))
    assert kept[0][0] == "new"
    assert kept[1:] == [("same", article, 1) for article in first]
    edited = ("The school budget", old[1][1] + " mended")
    kept = keep(archive, *listed(("Another", lorem("more", 30)), on_top, old[0], edited, old[2]))
    assert [status for status, _, _ in kept] == ["new", "same", "same", "revised", "same"]
    assert kept[3] == ("revised", first[1], 2)
    retitled = ("Snow ploughs at last", old[2][1])
    assert keep(archive, *listed(edited, retitled)) == [("same", first[1], 2), ("revised", first[2], 2)]
    assert (
        statuses(archive, *listed(*((f"Day two {n}", lorem(f"two{n}", 30)) for n in range(3)))) == ["new"] * 3
    )


@pytest.mark.parametrize("place", [0, 1])
def test_an_article_alone_in_its_file_and_among_several_is_one(archive: Archive, place: int) -> None:
    several = listed(("A bridge", lorem("bridge", 30)), ("Snow ploughs", lorem("snow", 30)))
    content = several[place].content
    alone = draft("list.json", content.title, content.content_text, source="inbox", via="file", raw=b"[1]")
    first = keep(archive, *several)[place][1]
    assert keep(archive, alone) == [("alias", first, 1)]
    other = [
        draft(
            f"x{one.origin.source.guid}",
            one.content.title,
            one.content.content_text + " x",
            source="inbox",
            via="file",
            raw=b"x%d" % n,
        )
        for n, one in enumerate(several)
    ]
    ((_, second, _),) = keep(
        archive,
        draft("xlist.json", content.title, content.content_text + " x", source="inbox", via="file", raw=b"y"),
    )
    assert keep(archive, *other)[place] == ("same", second, 1)


def test_title_only_entries_follow_their_guid_through_a_new_title(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft("1", "Headline", ""))
    assert keep(archive, draft("1", "Better headline", "")) == [("revised", first, 2)]


ENDING = "support the show and follow us on every network that you like and tell your friends of us"


def test_a_feed_that_shows_its_newest_episode_alone_keeps_every_episode(archive: Archive) -> None:
    """One address for all, another guid and title each time: nothing but the words tells them apart."""
    titles = ["The fall of a city", "How bread is made", "A keeper of lighthouses"]
    for notes in ("", "Listen now", ENDING):
        source = f"https://cast.example/{len(notes)}"
        kept = [
            keep(
                archive,
                draft(
                    f"e{n}",
                    title,
                    f"{lorem(title[:5], 20 * bool(notes))} {notes}",
                    url=ADDRESS,
                    source=source,
                ),
            )
            for n, title in enumerate(titles)
        ]
        assert [one[0][0] for one in kept] == ["new"] * 3, notes


def test_another_guid_for_the_same_words_is_the_same_article(archive: Archive) -> None:
    text = lorem("a", 100)
    ((_, first, _),) = keep(archive, draft("?p=1", "Title", text, url=ADDRESS))
    assert keep(archive, draft("/story", "Title, mended", text + " and more", url=ADDRESS)) == [
        ("revised", first, 2)
    ]


def test_a_guid_with_the_path_of_anothers_is_the_same_only_with_the_same_words(archive: Archive) -> None:
    """Entries of two weblogs through one aggregator: the path is the same, the text `Comments`."""
    one, other = (f"https://{name}.example/blog/" for name in ("alice", "bob"))
    keep(archive, draft(one, "Writing a compiler", "Comments", url=one))
    assert statuses(archive, draft(other, "The bees of Patagonia", "Comments", url=other)) == ["new"]


def test_the_same_title_on_the_same_day_under_another_path_needs_the_same_words(archive: Archive) -> None:
    day = "2026-01-05T00:00:00Z"
    keep(archive, draft(None, "Order", lorem("a"), url="https://court.example/2026/17", date=day))
    assert statuses(
        archive, draft(None, "Order", lorem("b"), url="https://court.example/2026/99", date=day)
    ) == ["new"]
    keep(archive, draft(None, "Notice", "", url="https://court.example/notice/1", date=day))
    assert statuses(archive, draft(None, "Notice", "", url="https://court.example/notice/2", date=day)) == [
        "new"
    ]


def test_a_headline_without_text_follows_its_address_while_half_its_words_stay(archive: Archive) -> None:
    ((_, first, _),) = keep(archive, draft(None, "Harbour company wins appeal", "", url=ADDRESS))
    assert keep(archive, draft(None, "Harbour company wins the appeal", "", url=ADDRESS)) == [
        ("revised", first, 2)
    ]
    assert statuses(archive, draft(None, "Snow ploughs are late", "", url=ADDRESS)) == ["new"]


def test_what_an_alias_says_otherwise_is_kept_in_its_own_bytes(archive: Archive) -> None:
    keep(archive, draft("1", "Title", lorem("a"), url=ADDRESS, raw=b"ours"))
    keep(archive, draft("x", "Title", lorem("a"), url=ADDRESS, source=OTHER, raw=b"the same words"))
    other = draft(
        "y", "Title", lorem("a", 40) + " theirs", url=ADDRESS, source=OTHER + "2", raw=b"other words"
    )
    assert statuses(archive, other) == ["alias"]
    same, another = (one.record for one in archive.since(1, 10))
    assert isinstance(same, Alias)
    assert same.archive.raw is None
    assert isinstance(another, Alias)
    assert another.archive.raw is not None
    assert archive.blob(another.archive.raw.sha256) == b"other words"


@pytest.mark.parametrize("title", [None, "\U0001f389\U0001f389", "A title"])
@pytest.mark.parametrize("url", [None, "https://site.example/"])
@pytest.mark.parametrize("date", [None, "2026-01-05T00:00:00Z"])
def test_an_entry_without_a_name_is_told_by_what_it_says(
    archive: Archive, title: str | None, url: str | None, date: str | None
) -> None:
    def note(seed: str, more: str = "") -> Draft:
        return draft(None, title, lorem(seed, 40) + more, url=url, date=date)

    first, second = (article for _, article, _ in keep(archive, note("a"), note("b")))
    for _ in range(2):
        assert keep(archive, note("b"), note("a")) == [("same", second, 1), ("same", first, 1)]
    there, not_there = mention(note("a")), mention(note("c"))
    assert archive.digests([not_there, there]) == {there.shelf: {note("a").origin.source.entry_sha256}}
    assert keep(archive, note("a", " mended"), unchanged=(mention(note("b")),)) == [("revised", first, 2)]
    assert statuses(archive, note("c")) == ["new"]


def test_a_few_words_without_a_name_are_another_article_when_they_change(archive: Archive) -> None:
    assert statuses(archive, draft(None, None, "Sunny today.")) == ["new"]
    assert statuses(archive, draft(None, None, "Rain today.")) == ["new"]
    assert (
        statuses(archive, draft(None, None, "Sunny today."), draft(None, None, "Rain today.")) == ["same"] * 2
    )


@pytest.mark.parametrize("guid", ["one for all", None])
def test_a_document_of_thousands_under_one_name_does_not_hold_the_writer(
    archive: Archive, guid: str | None
) -> None:
    """Each with each would be millions of comparisons: minutes in which nobody else is kept."""

    def entries(more: str = "") -> list[Draft]:
        return [draft(guid, f"Entry {n}{more}", f"a{n} b{n} " * 8 + more, url=ADDRESS) for n in range(1500)]

    began = time.monotonic()
    first = [article for _, article, _ in keep(archive, *entries())]
    assert len(set(first)) == 1500
    assert keep(archive, *entries(" edited")) == [("revised", article, 2) for article in first]
    others = tuple(mention(one) for one in entries(" edited")[1:])
    assert keep(archive, entries(" again")[0], unchanged=others) == [("revised", first[0], 3)]
    assert time.monotonic() - began < 30


def test_what_repeats_an_unchanged_entry_under_another_link_is_no_article_of_its_own(
    archive: Archive,
) -> None:
    one, twin = (draft("1", "T", lorem("a"), url=f"https://site.example/{n}") for n in (1, 2))
    ((_, first, _), _) = keep(archive, one, twin)
    assert keep(archive, twin, unchanged=(mention(one),)) == [("same", first, 1)]


def test_of_a_long_document_only_what_may_be_confused_is_looked_up(archive: Archive) -> None:
    """All is decided in the one thread that keeps: others wait for it."""
    many = [draft(str(n), f"T {n}", lorem(n), url=f"https://site.example/{n}") for n in range(300)]
    keep(archive, *many)
    unchanged = tuple(mention(one) for one in many[1:])

    class Counting(Batch):
        asked = 0

        def called(self, keys: Collection[str]) -> dict[str, list[Named]]:
            self.asked += len(keys)
            return super().called(keys)

    for one, most in ((draft("0", "T 0, edited", lorem(0)), 2), (draft("new", "N", lorem("n")), 4)):
        view = Counting(archive._ports.catalog, Journalled(lambda _: lorem(0), lambda *_: None))
        (kept,) = keep_document(showing(one, unchanged=unchanged), view)
        assert kept.status in {"revised", "new"}
        assert 0 < view.asked <= most
    held = draft("another", "T 5", lorem(5), url="https://site.example/5")
    ((status, _, _),) = keep(archive, held, unchanged=unchanged)
    assert status == "new", "an unchanged entry keeps what is its own"
    alone = draft("other", "T 6", lorem(6), url="https://site.example/6")
    assert statuses(archive, alone) == ["alias"], "else it would be that"
