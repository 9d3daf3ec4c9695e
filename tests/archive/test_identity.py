import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.knowing import identity

SAME = [
    "https://www.example.org/a/b?x=1&y=2",
    "http://example.org/a/b/?y=2&x=1",
    "HTTPS://EXAMPLE.ORG:443/a/b?x=1&y=2&utm_source=rss&fbclid=7#top",
    "https://user@example.org/%61/b?x=1&y=2",
    " https://example.org./a/b?x=1&y=2 ",
]


@pytest.mark.parametrize("url", SAME)
def test_spellings_of_one_address_have_one_key(url: str) -> None:
    assert identity.url_key(url) == identity.url_key(SAME[0]) == "//example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/a", "https://example.org:8080/a"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://one.example.org/a", "https://two.example.org/a"),
    ],
)
def test_other_addresses_have_other_keys(one: str, other: str) -> None:
    assert identity.url_key(one) != identity.url_key(other)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://a/b", "urn:x", "http://", "http://[::1", "mailto:a@b.c"]
)
def test_what_is_no_web_address_has_no_key(url: str) -> None:
    assert identity.url_key(url) is None


@given(st.text())
def test_no_text_breaks_the_keys(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}?{text}#{text}"):
        key = identity.url_key(url)
        assert key is None or key.startswith("//")
        identity.loose_guid(url)
        identity.site(url)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="?#\\"), max_size=30))
def test_the_key_of_a_key_is_itself(path: str) -> None:
    key = identity.url_key(f"https://example.org/{path.strip('/')}")  # Only one slash falls at the end.
    assert key is None or identity.url_key(f"https:{key}") == key


@given(
    st.from_regex(r"(www\.)?[a-z0-9-]{1,4}(\.[a-z0-9-]{1,4}){0,2}", fullmatch=True),
    st.from_regex(r"(/[A-Za-z0-9!$&'()*+,;=:@._~/-]{0,8})?(#.{0,4})?", fullmatch=True),
)
def test_an_address_as_most_are_is_read_as_any_other(host: str, rest: str) -> None:
    """One with a port is taken apart by the book; the port of its scheme changes nothing."""
    short, long = f"http://{host}{rest}", f"http://{host}:80{rest}"
    assert identity.url_key(short) == identity.url_key(long)
    assert identity.site(short) == identity.site(long)
    assert identity.loose_guid(short) == identity.loose_guid(long)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (identity.guid_key("https://feed.example/rss", "tag:1"), "7eae5a8e-c6bf-8208-940a-50ddac5e794a"),
        (identity.address_key("//example.org/a"), "2139a800-3641-8ef3-8e4b-0c2215b905a2"),
        (identity.bytes_key("0" * 64), "82788821-21da-870b-8906-3b3945fd0ef1"),
        (
            identity.title_identity("https://feed.example/rss", "a title", "2026-01-05T08:00:00Z"),
            "66c5bce7-aae4-8937-ac87-0ee15deda491",
        ),
    ],
)
def test_an_id_is_a_uuid_of_version_8_and_never_changes(key: str, expected: str) -> None:
    """These were given out. If one of them changes, every archive there is breaks."""
    found = identity.article_id(key)
    assert found == f"urn:uuid:{expected}"
    parsed = uuid.UUID(expected)
    assert (parsed.version, parsed.variant) == (8, uuid.RFC_4122)


def test_numbered_keys_differ_from_the_second_on() -> None:
    assert identity.numbered("k", 1) == "k"
    assert identity.numbered("k", 2) == "k\n#2"


def test_a_loose_guid_is_the_address_without_scheme_host_and_count() -> None:
    assert (
        identity.loose_guid("http://a.example/p?x=1#0")
        == identity.loose_guid("https://b.example/p?x=1#3")
        == "/p?x=1"
    )
    assert identity.loose_guid("https://a.example/") is None
    assert identity.loose_guid("tag:a,2020:1") is None
