"""config.yaml: every fault at once, each with its line and its mend."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import jsonschema
import pytest
import yaml

from feeds.config import check, config_schema, load
from feeds.config.advice import advice_on
from feeds.errors import ConfigError
from feeds.settings import FeedSource, FolderSource, Selectors, Server, Tcp, Unix

REPO = Path(__file__).parents[2]


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [f"{fault.line} {fault.path}: {fault.message}" for fault in check(path)[1]]


def test_the_values_are_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        """
site: {title: My cuttings, base_url: https://cuttings.example/news, contact: me@example.org}
data: kept
server: {listen: "[::1]:0"}
fetch: {deadline: 90s, max_bytes: 5MB}
sources:
  - folder: inbox
  - feed: https://www.paper.example/rss.xml
    every: 1h
    pages: never
    allow_private: [127.0.0.0/8, "::1/128"]
  - {feed: "https://paper.example/other", enabled: no}
topics:
  kabul: {title: Kabul, query: kabul AND taliban, like: one.txt, limit: 20, delay: 1h30m}
""".replace("1h30m", "90m")
    )
    settings = load(path)
    assert settings.site.base_url == "https://cuttings.example/news/"
    assert settings.data == tmp_path / "kept"
    assert settings.server.listen == (Tcp(host="::1", port=0),)
    assert settings.fetch.deadline == timedelta(seconds=90)
    assert settings.fetch.max_bytes == 5_000_000
    folder, paper, other = settings.sources
    assert isinstance(folder, FolderSource)
    assert (folder.folder, folder.path, folder.name) == ("inbox", tmp_path / "inbox", "inbox")
    assert isinstance(paper, FeedSource)
    assert (paper.name, paper.every, paper.pages, paper.named) == (
        "paper.example",
        timedelta(hours=1),
        "never",
        False,
    )
    assert paper.allow_private == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert (other.name, other.enabled) == ("paper.example-2", False)
    assert settings.topics["kabul"].like == ("one.txt",)
    assert settings.topics["kabul"].delay == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://cuttings.example/news", "https://cuttings.example/news/"),
        ("https://bücher.example:8443/новости/", "https://xn--bcher-kva.example:8443/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("HTTP://me:secret@X.example/a%2Fb%zz{c}", "http://x.example/a%2Fb%25zz%7Bc%7D/"),
    ],
)  # fmt: skip
def test_the_sites_address_is_one_that_every_feed_can_carry(
    tmp_path: Path, written: str, address: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"site: {{base_url: '{written}'}}\n")
    assert load(tmp_path / "config.yaml").site.base_url == address


def test_a_server_may_listen_in_several_places(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "server: {listen: ['[::]:80', 'unix:run/web.sock', 'unix:/run/x.sock'], socket_mode: 0666, "
        "trusted_proxies: [10.0.0.0/8, '::1'], throttle: never}\n"
    )
    assert load(path).server == Server(
        listen=(
            Tcp(host="::", port=80),
            Unix(path=tmp_path / "run/web.sock"),
            Unix(path=Path("/run/x.sock")),
        ),
        socket_mode=0o666,
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1/128")),
        throttle="never",
    )
    path.write_text("server: {listen: []}\n")
    assert load(path).server == Server()


def test_scalars_are_read_as_the_texts_they_are(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "site: {title: 1984}\ntopics: {norge: {any: [no, on, 1:30, 007], language: no, title: yes}}\n"
    )
    settings = load(path)
    assert settings.site.title == "1984"
    assert settings.topics["norge"].any == ("no", "on", "1:30", "007")
    assert (settings.topics["norge"].language, settings.topics["norge"].title) == ("no", "yes")


CASES = {
    "site: {titel: X}": "1 site: unknown key 'titel' (did you mean 'title'?)",
    "foo: 1": "1 config: unknown key 'foo' (known: site, data, server, fetch, sources, topics)",
    "site: [a]": "1 site: expected keys with values, found a list",
    "site: {base_url: example.org}": "did you mean https://example.org?",
    "site: {base_url: 'ftp://x/'}": "must begin with http:// or https://",
    "site: {base_url: 'https://x/?a=b'}": "must not hold a '?' or '#'",
    "site: {title: ''}": "1 site.title: is empty",
    'site: {title: "S\\x02"}': "1 site.title: holds a character that no feed can carry (U+0002): take it away",
    'topics: {a: {query: x, description: "\\x01"}}': "holds a character that no feed can carry (U+0001)",
    "site: {lead: nowhere}": "there is no topic 'nowhere' below topics",
    "server: {listen: 8080}": "'8080' is no address to listen at (write 127.0.0.1:8080, [::1]:8080 or unix:/run/newsweir.sock)",
    "server: {listen: ['127.0.0.1:80', 'unix:']}": "1 server.listen[1]: 'unix:' is no address to listen at",
    "server: {socket_mode: rw}": "1 server.socket_mode: 'rw' is no mode (write 0660 or 0666)",
    "server: {trusted_proxies: 10.0.0.1/8}": "1 server.trusted_proxies: '10.0.0.1/8' is no network",
    "server: {throttle: off}": "1 server.throttle: 'off' is none of auto, always, never",
    "server: {listen: 'x:99999'}": "is no address to listen at",
    "fetch: {deadline: 60}": "'60' has no unit (write 60s, 60m, 60h or 60d)",
    "fetch: {deadline: soon}": "'soon' is no duration (write 30s, 15m, 2h or 7d)",
    "fetch: {deadline: 3h}": "'3h' is out of bounds (from 1s to 1h)",
    "fetch: {max_bytes: 10}": "'10' has no unit (write 10kB or 10MB)",
    "fetch: {max_bytes: 10XB}": "is no size (write 500kB or 10MB)",
    "fetch: {max_bytes: 1B}": "is out of bounds",
    "fetch: {workers: many}": "'many' is no whole number from 1 to 256",
    "sources: {feed: x}": "1 sources: expected a list of sources, found a mapping",
    "sources: [x]": "1 sources[0]: expected `feed: ADDRESS`, `page: ADDRESS`, `opml: FILE` or `folder: PATH`",
    "sources: [{name: x}]": "lacks what to read: `feed: ADDRESS`, `page: ADDRESS`, `opml: FILE` or `folder: PATH`",
    "sources: [{feed: 'https://x.example/', folder: y}]": "is both a feed and a folder",
    "sources: [{feed: 'http://'}]": "'http://' names no host",
    "sources: [{feed: 'http://x:y/'}]": "is no web address",
    "sources: [{feed: 'https://x.example/', evry: 5m}]": "unknown key 'evry' (did you mean 'every'?)",
    "sources: [{feed: 'https://x.example/', pages: sometimes}]": "'sometimes' is none of auto, always, never",
    "sources: [{feed: 'https://x.example/', allow_private: [here]}]": "'here' is no network",
    "sources: [{feed: 'https://x.example/', enabled: perhaps}]": "'perhaps' is neither true nor false",
    "sources: [{feed: 'https://x.example/'}, {feed: 'https://x.example/'}]": "is sources[0] already",
    "sources: [{folder: a, name: n}, {folder: b, name: n}]": "'n' is the name of sources[0] already",
    "sources: [{folder: a, pages: never}]": "unknown key 'pages'",
    "topics: [a]": "1 topics: expected keys with values, found a list",
    "topics: {Foo Bar: {query: a}}": "'Foo Bar' is no slug: small letters, digits and hyphens, at most 64 (write foo-bar)",
    "topics: {search: {query: a}}": "'search' is a name that newsweir uses itself",
    "topics: {a: {}}": "lets nothing in: give it a query, any/all, or like",
    "topics: {a: {none: [x]}}": "has only 'none'",
    "topics: {a: {query: x, any: [y]}}": "has both a query and any/all/none",
    "topics: {a: {query: x AND y OR z}}": "position 9: AND and OR mixed: write (x AND y) OR z, or x AND (y OR z)",
    "topics: {a: {query: '*x'}}": "a '*' must follow letters",
    "topics: {a: {any: [x, 'y*']}}": "topics.a.any[1]: position 1: 'y*' is too short",
    "topics: {a: {all: AND}}": "topics.a.all: position 1: AND stands where a word should follow",
    "topics: {a: {any: x, none: ['(a']}}": "topics.a.none[0]: position 1: this '(' is never closed",
    "topics: {a: {any: ['x:y']}}": "topics.a.any[0]: position 1: no field is called x:",
    "topics: {a: {any: '-'}}": "'-' holds no letter or digit",
    "topics: {a: {query: x, limit: 0}}": "'0' is no whole number from 1 to 1000",
    "topics: {a: {query: x, limit: {feed: 5, per_day: 3}}}": "unknown key 'per_day'",
    "sources: [{feed: 'https://a.example/', initial: many}]": "'many' is no number, span of time or 'all' (write 50, 7d or all)",
    "sources: [{feed: 'https://a.example/', initial: -1}]": "'-1' is no whole number from 0 to 25000",
    "sources: [{feed: 'https://a.example/', initial: [5]}]": "a list is no number",
    "sources: [{feed: 'https://a.example/', history: all}]": "'all' is neither true nor false",
    "sources: [{feed: 'https://a.example/', flood: held}]": "'held' is none of hold, publish (did you mean 'hold'?)",
    "sources: [{folder: inbox, history: true}]": "unknown key 'history'",
    "topics: {a: {query: x, delay: 5}}": "'5' has no unit",
    "topics: {a: {query: x, guid: mine}}": "'mine' is none of article, per-topic",
    "topics: {a: {query: x, language: English!}}": "is no language tag (write en, ru or pt-BR)",
    "topics: {a: {query: x}, b: {query: y, was: a}}": "'a' is another topic of this file",
    "topics: {a: {query: x, was: o}, b: {query: y, was: o}}": "'o' is claimed by topics.a too",
    "topics: {a: {query: x, query: y}}": "key 'query' stands twice (first in line 1)",
    "topics: {a: {like: []}}": "lets nothing in",
    "topics: {? [a] : {query: x}}": "a key must be a word",
    "sources: [{folder: a, every: 999999999w}]": "'999999999w' is out of bounds",
    "site: {contact: 'Пётр <p@x.example>'}": "cannot stand in a User-Agent",
    'site: {contact: "a\\nb"}': "cannot stand in a User-Agent",
    f"site: {{base_url: 'http://{'ü' * 70}.example/'}}": "its host is none",
    "server: {listen: '127.0.0.1:٣٣٣٣'}": "is no address to listen at",
    "\nsite: " + "[" * 50_000 + "]" * 50_000: "2 config: is nested deeper than 100",
    "\n".join(" " * n + "a:" for n in range(150)): "101 config: is nested deeper than 100",
    "a: b: c": "is no YAML: a colon stands where none may",
    "site:\n\ttitle: x": "2 config: is no YAML: a tab stands where YAML allows only spaces",
    "site: {title: x": "is no YAML",
    "site: *x": "is no YAML",
}


@pytest.mark.parametrize("text", CASES, ids=lambda text: text[:50])
def test_each_fault_is_told_with_its_mend(tmp_path: Path, text: str) -> None:
    found = faults(tmp_path, text)
    assert any(CASES[text] in fault for fault in found), found
    assert not any("Traceback" in fault or "\n" in fault for fault in found)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = faults(
        tmp_path, "site: {x: 1}\nsources:\n  - {feed: nope}\n  - {folder: a, every: 1}\ntopics: {A: {}}\n"
    )
    assert [fault.split(" ")[0] for fault in found] == ["1", "3", "4", "5"]


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    assert "2 config: is not UTF-8 here" in faults(tmp_path, b"site:\n  title: \xff\xfe\n")[0]


def test_aliases_that_grow_without_bound_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    assert "aliases repeat one another without bound" in faults(tmp_path, bomb)[0]


def test_tags_make_no_objects(tmp_path: Path) -> None:
    found = faults(tmp_path, "site: {title: !!python/object/apply:os.system ['echo']}")
    assert "expected a title, found a list" in found[0]


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == []
    assert faults(tmp_path, "# nothing\n") == []


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "config.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_load_names_the_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("\n\nsite: {x: 1}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml")
    assert caught.value.faults == (
        "config.yaml:3  site: unknown key 'x' (known: title, base_url, contact, lead, operator)",
    )


def test_what_is_no_fault_but_will_surprise_is_advised_on(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("sources: [{folder: nowhere}]\ntopics: {a: {like: [missing.txt, 'urn:uuid:x']}}\n")
    advice = advice_on(load(path))
    assert len(advice) == 2
    assert "there is no folder" in advice[0]
    assert "topics.a.like[0]: there is no file" in advice[1]
    path.write_text(f"sources: [{{folder: {'n' * 300}}}]\ntopics: {{a: {{like: {'n' * 300}}}}}\n")
    assert len(advice_on(load(path))) == 2
    path.write_text("")
    assert len(advice_on(load(path))) == 2


def test_the_schema_agrees_with_the_shipped_config() -> None:
    schema = config_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(yaml.safe_load((REPO / "config.yaml").read_text()))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"site": {"titel": "x"}})


def test_the_shipped_config_is_without_fault_or_advice() -> None:
    settings, found = check(REPO / "config.yaml")
    assert found == []
    assert settings is not None
    assert advice_on(settings) == []


def test_ten_thousand_sources_are_checked_in_reasonable_time(tmp_path: Path) -> None:
    import time

    text = "sources:\n" + "".join(
        f"  - {{feed: 'https://host{n}.example/rss', name: n{n}}}\n" for n in range(10_000)
    )
    began = time.monotonic()
    assert faults(tmp_path, text) == []
    assert time.monotonic() - began < 10, "a guard against quadratic work, not a bench"


def test_selectors_are_read_and_examined(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "sources:\n  - feed: https://x.example/f\n    select: {title: h1.t, remove: .ad, body: main}\n"
    )
    (source,) = load(path).sources
    assert isinstance(source, FeedSource)
    assert source.select == Selectors(title="h1.t", body="main", remove=(".ad",))
    (fault,) = faults(tmp_path, "sources:\n  - feed: https://x.example/f\n    select: {title: 'h1['}\n")
    assert "select.title: 'h1[' is no CSS selector" in fault
