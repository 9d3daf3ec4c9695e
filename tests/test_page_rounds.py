"""Articles whose text is on their own pages, from a feed to what is kept."""

from archive import Article
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.sanitize import sanitize
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

FEED = f"  - {{feed: '{{site}}/feed', name: paper, {PRIVATE}}}"


def html(body: str, title: str = "A bridge opens", head: str = "") -> Page:
    text = f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{body}</article></body></html>"
    return Page(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def story(*marks: str) -> str:
    return "".join(f"<p>{lorem(mark, 40)}.</p>" for mark in marks)


def kept(world: World) -> list[Article]:
    """Everything kept, in the order it was first kept."""
    cards = sorted(world.bureau.archive.newest(1000), key=lambda card: card.first_seq)
    return [world.bureau.archive.get(card.id) for card in cards]


def show(world: World, *entries: bytes) -> None:
    world.site.pages["/feed"] = Page(rss(*entries))


def thin(world: World, guid: str, path: str, title: str = "A bridge opens", text: str = "Bridge.") -> bytes:
    return item(guid, title, description=text, link=f"{world.site.url}{path}")


def test_an_article_on_several_pages_is_joined(world: World) -> None:
    world.configure(FEED)
    box = "<p>Our correspondent has lived at the harbour for thirty years and writes on ships.</p>"
    nexts = [f'<link rel="next" href="/story/{n}">' for n in (2, 3)]
    world.site.pages["/story"] = html(story("one", "two") + box, head=nexts[0])
    world.site.pages["/story/2"] = html(story("three", "four") + box, "A bridge opens (page 2)", nexts[1])
    world.site.pages["/story/3"] = html(story("five"), "A bridge opens - 3")
    show(world, thin(world, "1", "/story"))
    world.round()
    (found,) = kept(world)
    for mark in ("one", "two", "three", "four", "five"):
        assert f"{mark}39." in found.content_text
    assert found.content_text.count("Our correspondent") == 1
    assert to_text(sanitize(found.content_html or "")) == found.content_text


def test_another_author_alone_makes_no_revision(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/story"] = html(story("one", "two"))
    show(world, thin(world, "1", "/story"))
    world.round()
    world.site.pages["/story"] = html(story("one", "two"), head='<meta name="author" content="Ann Bell">')
    show(world, thin(world, "1", "/story", text="Bridge, again."))
    world.round()
    assert len(world.site.asked_for("/story")) == 2
    assert kept(world)[0].archive.rev == 1


def test_the_next_article_is_not_taken_for_the_next_page(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/part-1"] = html(story("one", "two"), "The harbour", '<link rel="next" href="/part-2">')
    world.site.pages["/part-2"] = html(story("three"), "The lighthouse")
    show(world, thin(world, "1", "/part-1", "The harbour"))
    world.round()
    assert "three" not in kept(world)[0].content_text


def test_pages_that_lead_in_a_ring_or_break_off_end(world: World) -> None:
    world.configure(FEED)
    for n in range(1, 15):
        path = "/long" if n == 1 else f"/long/{n}"
        world.site.pages[path] = html(story(f"p{n}x"), head=f'<link rel="next" href="/long/{n + 1}">')
    world.site.pages["/cut"] = html(story("cut"), "Cut", '<link rel="next" href="/cut/2">')
    show(world, thin(world, "1", "/long"), thin(world, "2", "/cut", "Cut"))
    world.round()
    texts = {one.title: one.content_text for one in kept(world)}
    assert "p10x39." in texts["A bridge opens"]
    assert "p11x" not in texts["A bridge opens"]
    assert "cut39." in texts["Cut"]


def test_what_stands_instead_of_an_article_does_not_take_its_place(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/lost"] = html("<p>The page that you look for has moved on.</p>", "404 Page not found")
    world.site.pages["/wall"] = html(
        "<p>Subscribe now to continue reading. Our subscribers read all of it, on every day of the year.</p>"
    )
    text = "A bridge opens on Monday after nine years of work, and the mayor will be there."
    show(world, thin(world, "1", "/lost", "Lost", text), thin(world, "2", "/wall", "Walled", text))
    world.round()
    assert [one.content_text for one in kept(world)] == [text, text]


def test_an_edition_is_kept_under_the_articles_own_address(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/story/amp/"] = html(story("one", "two"), head='<link rel="canonical" href="/story">')
    show(world, thin(world, "1", "/story/amp/"))
    world.round()
    assert kept(world)[0].url == f"{world.site.url}/story"
    world.round()
    assert len(world.site.asked_for("/story/amp/")) == 1


def test_selectors_of_a_source_are_followed(world: World) -> None:
    world.configure(FEED.replace("name: paper", "name: paper, select: {body: .mine, remove: [.ad]}"))
    world.site.pages["/story"] = html(
        f"{story('one')}<div class=mine>{story('two')}<p class=ad>Buy this</p></div>"
    )
    show(world, thin(world, "1", "/story"))
    world.round()
    assert kept(world)[0].content_text == f"{lorem('two', 40)}."


BOX = "Write to our editors with what you know about the harbour, and they will call you back."


def boxed(world: World, number: int, *, title: str | None = None) -> bytes:
    name = title or f"Ship number {number} comes in"
    world.site.pages[f"/{number}"] = html(
        story(*(f"s{number}{part}x" for part in "abcd")) + f"<p>{BOX}</p>", name
    )
    return thin(world, str(number), f"/{number}", name, "Ship.")


def test_a_line_that_three_articles_end_with_is_not_of_the_fourth(world: World) -> None:
    world.configure(FEED)
    show(world, boxed(world, 1), boxed(world, 2))
    world.round()
    show(world, *(boxed(world, number) for number in (1, 2, 3, 4, 5)))
    world.round()
    show(world, boxed(world, 6))
    world.round()
    texts = [one.content_text for one in kept(world)]
    assert sorted(BOX in text for text in texts) == [False, False, False, True, True, True]
    assert BOX not in texts[-1]
    assert BOX not in (kept(world)[-1].content_html or "")
    assert all(f"s{number}dx39." in "".join(texts) for number in range(1, 7))


def test_what_is_kept_with_a_line_keeps_it(world: World) -> None:
    world.configure(FEED)
    show(world, *(boxed(world, number) for number in (1, 2, 3, 4)))
    world.round()
    show(world, boxed(world, 4, title="Ship number 4 comes in late"))
    world.round()
    first = next(one for one in kept(world) if one.title and one.title.endswith("late"))
    assert first.archive.rev == 2
    assert sum(BOX in one.content_text for one in kept(world)) == 3, "the newest came without it"
    assert BOX in first.content_text


def test_a_line_of_another_source_says_nothing(world: World) -> None:
    other = FEED.replace("/feed", "/other").replace("name: paper", "name: other")
    world.configure(f"{FEED}\n{other}")
    show(world, *(boxed(world, number) for number in (1, 2, 3, 4)))
    world.round()
    world.site.pages["/other"] = Page(rss(boxed(world, 7)))
    world.round()
    assert BOX in kept(world)[-1].content_text
