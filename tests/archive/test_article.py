import json
import unicodedata

import jsonschema
import pytest

from archive import json_schema
from archive.record.article import Alias, AliasOf, Archival, Article, Source, content_sha256, decode, encode

SOURCE = Source(key="https://feed.example/rss", via="feed")


def article(**parts: object) -> Article:
    archive = Archival(
        rev=1, content_sha256="0" * 64, first_seen="2026-01-05T08:00:00Z", fetched="2026-01-05T08:00:00Z", cause="new",
        source=SOURCE,
    )  # fmt: skip
    return Article(id="urn:uuid:00000000-0000-8000-8000-000000000000", archive=archive, **parts)


def test_what_is_unknown_is_absent() -> None:
    line = json.loads(encode(article(title="T")))
    assert set(line) == {"title", "content_text", "id", "_archive"}
    assert "null" not in encode(article(title="T")).decode()


def test_lines_come_back_as_they_were() -> None:
    whole = article(title="T", content_text="x", tags=("a",))
    assert decode(encode(whole)) == whole
    alias = Alias(id="urn:uuid:x", archive=AliasOf(at="2026-01-05T08:00:00Z", source=SOURCE))
    assert decode(encode(alias)) == alias


def test_readers_pass_over_kinds_and_members_they_do_not_know() -> None:
    assert decode(b'{"_archive":{"kind":"tomorrow"}}') is None
    line = json.loads(encode(article(title="T"))) | {"_later": 1}
    line["_archive"]["later"] = {"x": 1}
    assert decode(json.dumps(line).encode()) == article(title="T")


def test_the_schema_accepts_what_is_written_and_refuses_nonsense() -> None:
    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    good = json.loads(encode(article(title="T", date_published="2026-01-05T08:00:00Z")))
    validator.validate(good)
    validator.validate(good | {"_ext": {}, "_store": {"seq": "0" * 12, "sum": "0" * 64, "prev": "0" * 64}})
    for bad in ({"surprise": 1}, {"title": None}, {"date_published": "yesterday"}, {"id": "7"}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(good | bad)


def test_the_digest_sees_words_and_not_their_spelling_in_bytes() -> None:
    one = content_sha256("Café", "a  b\n\nc")
    assert one == content_sha256(unicodedata.normalize("NFD", "Café"), "a b c")
    assert one != content_sha256("Café", "a b d")
    assert content_sha256("a", "b") != content_sha256(None, "a b")
