"""Articles as nobody would write them, each of a kind that was met: built, not copied."""

from archive import Attachment, Author, Element
from archive.record.article import Article, Source
from tests.feeds.test_publish import article

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
ATOM = "http://www.w3.org/2005/Atom"
THR = "http://purl.org/syndication/thread/1.0"


def beside(found: Article, *elements: Element) -> Article:
    """The article with elements beside its members."""
    import msgspec

    return msgspec.structs.replace(found, archive=msgspec.structs.replace(found.archive, extensions=elements))


def said_of(**facts: str | None) -> Source:
    """A source of which a feed says these things."""
    known: dict[str, object] = {
        "key": "https://p.example/f",
        "via": "feed",
        "feed_url": "https://p.example/f",
        "feed_title": "P",
    }
    return Source(**known | facts)  # type: ignore[arg-type]


def html(text: str) -> Article:
    return article(content_html=text, content_text="Text.")


TWELVE = tuple(
    Attachment(url=f"https://p.example/{n}.mp3", mime_type="audio/mpeg", size_in_bytes=n) for n in range(12)
)
UGLY: dict[str, Article] = {
    "nothing but an id": article(title=None, summary=None, url=None, authors=(), tags=(), attachments=(), image=None, language=None, date_published=None, content_html=None, content_text=""),
    "no date, no link": article(date_published=None, url=None),
    "a date before there were feeds": article(date_published="1906-02-09T23:59:45Z"),
    "control characters": article(title="a\x00b\x08c\x1f", content_text="x\x0by\x7f", summary="s\x01\x85", content_html="<p>z\x00\x0c</p>", tags=("t\x02",), authors=(Author(name="N\x03"),)),
    "lone surrogates": article(title="a\ud800b", content_text="x\udfff", summary="\udc00", content_html="<p>\ud83d</p>", tags=("\udbff", "t"), url="https://p.example/\ud800", authors=(Author(name="\ud800N"),)),
    "no characters": article(title="a\ufffe\uffffb\ufdd0c\U0001fffe", content_html="<p>x\ufdd0\U0010ffff</p>", summary="\ufdef."),
    "letters lost": article(title="S.P.A. \ufffd", content_html="<p>L\ufffdt</p>", summary="\ufffd"),
    "encoded twice": article(title="Ca\u00c3\u00b1a", content_html="<p>\u00c2\u00bfQu\u00c3\u00a9?</p>"),
    "a title of 100,000 characters": article(title="Wort " * 20_000),
    "right to left": article(title="\u05e9\u05dc\u05d5\u05dd \u202e\u2066abc\u2069 \u200f\u05d8", language="he"),
    "marks of direction": article(
        title="\u202egpj.exe\u202c \u2067a \u202bb\u2069 c\u202c", summary="x\u2069 \u202ay", content_html="<p>\u202ea<b>\u202b b</b></p>", content_text="\u202ea\n\u2066b", tags=("\u202bt",),
        authors=(Author(name="\u2068N"),), attachments=(Attachment(url="https://p.example/a.mp3", mime_type="audio/mpeg", title="\u202dA"),), source=said_of(feed_id="http://u:geheim@[::1]/f", feed_title="\u202eP", feed_rights="\u202a\u00a9 P"),
    ),
    "an unseen title": article(title="\u200b\u2060 \u00a0"),
    "a title like HTML": article(title="How <b>not</b> to &lt;write&gt; &copy; <script>alert(1)</script>", summary="&ldquo;x&rdquo; </p>"),
    "a title that opens a tag": article(title="History of the <blink> tag & AT&T, R&D, ?a=1&copy=2 &#239;"),
    "tags like HTML": article(tags=("R&ouml;ck", "<b>x</b>", "", " ", "a" * 500, "ok", "ok")),
    "people like HTML": article(authors=(Author(name="<b>Ann</b> <a@b.example>"), Author(name="Lo&#239;c & Co"), Author(url="https://p.example/~ann"), Author(name=" "), Author(name="X", url="javascript:alert(1)"))),
    "twelve files": article(attachments=TWELVE),
    "files of no type or place": article(attachments=(
        Attachment(url="https://p_x.example/a.mp3", mime_type="audio/mpeg"), Attachment(url="https://[::1]/b.mp3", mime_type="audio/mpeg"),
        Attachment(url="http://localhost/c.mp3", mime_type="audio/*"), Attachment(url="ftp://p.example/d", mime_type="x/y"),
        Attachment(url="https://p.example?e", mime_type="mp3 audio", size_in_bytes=10**30, title="&copy; </b>"), Attachment(url="nowhere", mime_type=""),
        Attachment(url="https://p.example/f.mp4", mime_type="video/mp4; codecs=x", size_in_bytes=0, duration_in_seconds=1e12),
    )),
    "an address that is none": article(url="javascript:alert(1)", image="//no.scheme/x", external_url="mailto:a@b.example"),
    "addresses with what no URI has": article(url="https://p.example/\u00e4 \u00f6?q[]=\u201cx\u201d{|}^`\\#a#b", image="https://b\u00fccher.example/[i].jpg", external_url="https://u:p@p.example/%zz"),
    "languages that are none": article(language="x-default"),
    "a language few know": article(language="prs"),
    "a source that says too much": article(source=said_of(feed_id=" \u00e9]]>", feed_title="<b>P</b> &copy;", feed_rights="&copy; <a href='x'>P</a>", feed_updated="1970-01-01T00:00:00Z", feed_link="ftp://p.example", feed_language="none")),
    "an id in capitals": article(source=said_of(feed_id="HTTP://P.Example:80/%7ea/../b", feed_updated="2090-01-01T00:00:00Z", feed_link="https://u:geheim@p.example/")),
    "an id of a scheme nobody registered": article(source=said_of(feed_id="yt:channel:UC1", feed_title=" ")),
    "an id that is nearly a uuid": article(source=said_of(feed_id="urn:uuid:8d5261ba-1")),
    "a source with a key": article(source=said_of(feed_url="https://u:geheim@p.example/f?id=7&token=geheim&api_key=geheim#x", feed_id="https://p.example/f?id=7&token=geheim")),
    "a file of one's own": article(source=Source(key="inbox", via="file", name="inbox")),
    "hostile HTML": html("<p onclick=x()>a<script>alert(1)</script><svg/onload=alert(1)><iframe src='https://e.example'></iframe><a href='java&#10;script:alert(1)'>b</a><img src=x onerror=alert(1)><style>p{}</style><bdo dir=rtl>gpj.exe</bdo><form><input></form><math><mi></math>"),
    "broken HTML": html("<p>a<b>c<i>d</b>e</i><table><tr><td>f<p>g<li>h</table></div></p><ul><li>x<li>y</ol><a href='https://p.example'>1<a href='https://q.example'>2"),
    "relative links": html("<a href='/x'>a</a><a href='../y'>b</a><a href='#z'>c</a><img src='i.jpg'><img src='//cdn.example/j.jpg'><img src='data:image/gif;base64,R0'><video poster='v.jpg' src='v.mp4'></video><q cite='tel:1'>d</q>"),
    "pictures that count readers": html("<p>a<img src='https://p.example/t.gif' width='1' height='1'><img src='https://pixel.wp.com/b.gif?x=1'><img src='https://feeds.feedburner.com/~r/x/~4/y' height=1 width=1><img src='https://p.example/real.jpg' width='300' height='200'></p>"),
    "references in HTML": html("<p>&nbsp;&copy;&bogus;&#0;&#x80;&#xD800; a & b &lt;c> ]]&gt; <![CDATA[x]]> &amp;amp;</p>"),
    "characters by reference": html("<p>&#1;&#x1f;&#xFFFE;&#xFDD0;&#x7f;&#xD800;x</p>"),
    "a stroke through a tag": html("<a href='https://p.example/'>&#x338; onmouseover=alert(1) x</a><p>&#x323;&#x338; onclick=alert(1) y</p>"),
    "a stroke through a paragraph": article(content_html=None, content_text="\u0338 onclick=alert(1) x"),
    "encoded twice, to no character": article(title="\u00c3\u00a9 \u00ef\u00bf\u00bf", content_html="<p>\u00c3\u00a9 \u00ef\u00bf\u00be</p>", summary="\ufffd \u00c3\u00a9"),
    "an id of no letters": article(source=said_of(feed_id="https://p.example/%e4", feed_url="https://p.example/%fc", feed_title="Ann <a@b.example>"), authors=()),
    "nothing but marks": article(
        title="\u202e", summary="\u202c", content_html="\u202d", content_text="\u202e", tags=("\u2069", "\u202e\u202c"), authors=(Author(name="\u202e"),),
        attachments=(Attachment(url="https://p.example/a.mp3", mime_type="audio/mpeg", title="\u202c"),), source=said_of(feed_title="\u202e", feed_rights="\u202c", name=None),
    ),
    "several lines": article(title="a\nb &amp; c\nd", summary="a\n&#xFFFE;\nb", tags=("a\n&lt;",)),
    "very deep HTML": html("<div>" * 400 + "x" + "</div>" * 400),
    "a podcast": beside(
        article(attachments=(Attachment(url="https://p.example/e.mp3", mime_type="audio/mpeg", size_in_bytes=9, duration_in_seconds=3661.4),)),
        Element(name="itunes:image", ns=ITUNES, attributes={"href": "/cover.jpg"}), Element(name="itunes:author", ns=ITUNES, text="A & <b>B</b> " * 60),
        Element(name="itunes:explicit", ns=ITUNES, text="clean"), Element(name="itunes:episode", ns=ITUNES, text="7"), Element(name="itunes:season", ns=ITUNES, text="0"),
        Element(name="itunes:episodeType", ns=ITUNES, text="Full"), Element(name="itunes:subtitle", ns=ITUNES, text="&copy; x"), Element(name="itunes:keywords", ns=ITUNES, text="a, b"),
    ),
    "vocabularies": beside(
        article(),
        Element(name="comments", text="/story#comments"), Element(name="slash:comments", ns="http://purl.org/rss/1.0/modules/slash/", text="12"),
        Element(name="wfw:commentRss", ns="http://wellformedweb.org/CommentAPI/", text=" https://p.example/c.xml "),
        Element(name="thr:in-reply-to", ns=THR, attributes={"ref": "tag:p.example,2026:1", "href": "https://p.example/1"}), Element(name="thr:in-reply-to", ns=THR),
        Element(name="contributor", ns=ATOM, children=(Element(name="name", ns=ATOM, text="Cy <b>x</b>"), Element(name="uri", ns=ATOM, text="/cy"))),
        Element(name="link", ns=ATOM, attributes={"rel": "alternate", "hreflang": "de_AT", "type": "text/html", "href": "/de", "title": "&copy; </b>", "length": "12"}),
        Element(name="link", ns=ATOM, attributes={"rel": "alternate", "hreflang": "de-AT", "type": "text/html", "href": "/de2"}),
        Element(name="link", ns=ATOM, attributes={"rel": "license", "href": "https://p.example/cc"}), Element(name="link", ns=ATOM, attributes={"rel": "self", "href": "https://p.example/s"}),
        Element(name="link", ns=ATOM, attributes={"rel": "replies", "type": "application/atom+xml", "href": "https://p.example/r", "thr:count": "3"}),
        Element(name="media:group", ns=MEDIA, children=(
            Element(name="media:description", ns=MEDIA, attributes={"type": "html"}, text="<p>Seen &amp; heard</p>"), Element(name="media:credit", ns=MEDIA, attributes={"role": "photographer"}, text="Di & Co"),
            Element(name="media:credit", ns=MEDIA, attributes={"role": "dog sitter"}, text="Ed"),
        )),
        Element(name="georss:point", ns="http://www.georss.org/georss", text="34.53 69.17"), Element(name="georss:point", ns="http://www.georss.org/georss", text="high up"),
        Element(name="georss:box", ns="http://www.georss.org/georss", text="1 2 3 4"), Element(name="geo:lat", ns="http://www.w3.org/2003/01/geo/wgs84_pos#", text="1"), Element(name="geo:long", ns="http://www.w3.org/2003/01/geo/wgs84_pos#", text="2"),
        Element(name="dc:rights", ns="http://purl.org/dc/elements/1.1/", text="&copy; Di </b>"), Element(name="x:unknown", ns="urn:x", text="stays"),
        Element(name="banner_image", value="/banner.jpg"),
    ),
}  # fmt: skip
