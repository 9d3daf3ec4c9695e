"""Who stands beside the entries that are kept: found by name, whatever slice of the document is looked at."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from archive.keeping.showing import Company, Showing, key_of
from archive.knowing.shape import Shape
from archive.record.draft import Mention

GUIDS = st.sampled_from([None, "1", "2", "https://a.example/3", "http://b.example/3#n", "3"])
LINKS = st.sampled_from([None, "https://a.example/", "https://a.example/x", "https://a.example/x#1", "http://a.example/y?a=1"])  # fmt: skip
MENTIONS = st.lists(
    st.builds(Mention, st.just("s"), GUIDS, LINKS, st.sampled_from([None, "d", "e"])), max_size=12
)


def _plainly(document: list[Mention]) -> Shape:
    """The shape of a document, gone through as a whole."""
    addresses, fragments, loose = defaultdict(set), defaultdict(set), defaultdict(set)
    for one in document:
        if one.url_key:
            addresses[one.url_key].add(one.guid or "")
            fragments[one.url_key].add(one.fragment)
        if one.loose and one.guid:
            loose[one.loose].add(one.guid)
    return Shape(
        *(
            frozenset(key for key, found in one.items() if len(found) > 1)
            for one in (addresses, fragments, loose)
        )
    )


@given(MENTIONS, st.integers(0, 12), st.integers(0, 12))
def test_a_slice_is_judged_as_the_whole_document_shows_it(
    document: list[Mention], begin: int, size: int
) -> None:
    places = range(min(begin, len(document)), min(begin + size, len(document)))
    company = Company.of(len(document), document.__getitem__).without(places)
    some = [document[place] for place in places]
    whole, found = _plainly(document), Shape.of(some, company)
    for one in some:
        assert (one.url_key in found.addresses) == (one.url_key in whole.addresses)
        assert (one.url_key in found.fragments) == (one.url_key in whole.fragments)
        assert (one.loose in found.loose) == (one.loose in whole.loose)
    others = [one for place, one in enumerate(document) if place not in places]
    assert bool(company) == bool(others)
    for key in {key_of(one) for one in document} - {None}:
        assert list(company.called(key or "")) == [one for one in others if key_of(one) == key]
    assert bool(Showing([], others).company) == bool(others)


def test_a_large_document_is_gone_through_once_however_many_slices_it_is_kept_in() -> None:
    made = 0

    def mention(place: int) -> Mention:
        nonlocal made
        made += 1
        return Mention("s", str(place), f"https://a.example/{place}")

    company = Company.of(5000, mention)
    for begin in range(0, 5000, 100):
        some = range(begin, begin + 100)
        assert Shape.of([mention(place) for place in some], company.without(some)).loose == frozenset()
    assert made == 2 * 5000, "once in all, and once in its slice"
