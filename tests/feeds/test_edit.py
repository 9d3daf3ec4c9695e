"""config.yaml with a source added: all else byte for byte, the meaning exactly the old one and the source."""

import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.config import load
from feeds.config.edit import with_sources
from feeds.config.write import add_sources
from feeds.errors import CommandError, ConfigError

NEW = {"feed": "https://new.example/rss.xml"}
LINE = "- feed: https://new.example/rss.xml"


def edited(text: str, *items: dict[str, object]) -> str:
    return with_sources(text, items or [NEW])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"sources:\n  {LINE}\n"),
        ("# only words\n", f"# only words\n\nsources:\n  {LINE}\n"),
        ("site:\n  title: x", f"site:\n  title: x\n\nsources:\n  {LINE}\n"),
        ("site: {title: x}\n...\n", f"site: {{title: x}}\n\nsources:\n  {LINE}\n...\n"),
        ("---\nsite: {title: x}\n", f"---\nsite: {{title: x}}\n\nsources:\n  {LINE}\n"),
        ("sources:\n", f"sources:\n  {LINE}\n"),
        ("sources:", f"sources:\n  {LINE}\n"),
        ("sources:   # mine\n  # - feed: https://old/\ntopics: {}\n", f"sources:   # mine\n  {LINE}\n  # - feed: https://old/\ntopics: {{}}\n"),
        ("sources: ~  # none\ntopics: {}\n", f"sources:  # none\n  {LINE}\ntopics: {{}}\n"),
        ("sources: null\n", f"sources:\n  {LINE}\n"),
        ("sources: []\n", "sources: [{feed: https://new.example/rss.xml}]\n"),
        ("sources: [ ] # none\n", "sources: [{feed: https://new.example/rss.xml} ] # none\n"),
        ("sources: [{folder: a}]\nx: 1", "sources: [{folder: a}, {feed: https://new.example/rss.xml}]\nx: 1"),
        ("sources: [\n  {folder: a},  # one\n]\n", "sources: [\n  {folder: a}, {feed: https://new.example/rss.xml},  # one\n]\n"),
        ("{sources: [{folder: a}], topics: {}}", "{sources: [{folder: a}, {feed: https://new.example/rss.xml}], topics: {}}"),
        ("sources:\n- folder: a\n\n# topics\ntopics: {}\n", f"sources:\n- folder: a\n{LINE}\n\n# topics\ntopics: {{}}\n"),
        ("sources:\n    - folder: a   # here\n    # - x\n", f"sources:\n    - folder: a   # here\n    {LINE}\n    # - x\n"),
        ("sources:\n  - folder: a\n    # every: 5m\n\n\ntopics: {}", f"sources:\n  - folder: a\n    # every: 5m\n  {LINE}\n\n\ntopics: {{}}"),
        ("sources:\n  - folder: a\n    name: b", f"sources:\n  - folder: a\n    name: b\n  {LINE}\n"),
        ("sources:\n  -\n    folder: a\n", f"sources:\n  -\n    folder: a\n  {LINE}\n"),
        ("sources:\n  - {folder: a,\n     name: b}  # two\nz: 1\n", f"sources:\n  - {{folder: a,\n     name: b}}  # two\n  {LINE}\nz: 1\n"),
        ("sources:\n  - folder: a\n    name: >-\n      long\n      name\n\n\nz: 1\n", f"sources:\n  - folder: a\n    name: >-\n      long\n      name\n  {LINE}\n\n\nz: 1\n"),
        ("x: &x\n  folder: a\nsources: &all\n  - *x\nz: 1\n", f"x: &x\n  folder: a\nsources: &all\n  - *x\n  {LINE}\nz: 1\n"),
        ("e: &e 5m\nsources:\n  - folder: a\n    every: *e\n", f"e: &e 5m\nsources:\n  - folder: a\n    every: *e\n  {LINE}\n"),
        ("site: {title: Nürnberg 🎈}\nsources:\n  - folder: ä🎈 # ö\nz: ü\n", f"site: {{title: Nürnberg 🎈}}\nsources:\n  - folder: ä🎈 # ö\n  {LINE}\nz: ü\n"),
        ("topics:\n  a:\n    any:\n    - b\nsources:\n- folder: x\n", f"topics:\n  a:\n    any:\n    - b\nsources:\n- folder: x\n{LINE}\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_source_is_put_in_and_all_else_stays(before: str, after: str, newline: str) -> None:
    got = edited(before.replace("\n", newline))
    if "\n" not in before:
        newline = "\n"
    assert got == after.replace("\n", newline)
    assert len(yaml.safe_load(got)["sources"]) == len((yaml.safe_load(before) or {}).get("sources") or []) + 1


def test_every_key_is_written_so_that_it_is_read_back() -> None:
    item = {
        "feed": "https://x.example/?a=[b],c#d",
        "name": "no: #1, 'x'",
        "every": "1h",
        "allow_private": ["::1/128"],
    }
    for before in ("sources:\n  - folder: a\n", "sources: [{folder: a}]\n", ""):
        assert yaml.safe_load(edited(before, item))["sources"][-1] == item


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
        lambda t: t == t.strip()
    )
)
@example("=")
@example("<<")
def test_any_name_survives(name: str) -> None:
    for before in ("sources:\n- folder: a\n", "sources: []\n"):
        found = yaml.safe_load(edited(before, {**NEW, "name": name}))["sources"][-1]["name"]
        assert (str(found) if isinstance(found, str) else name) == name


CONFIG = """\
# mine
site: {title: Mine}   # the title
sources:
  - folder: inbox     # files

  - feed: https://old.example/feed
    every: 1h

topics:
  kabul: {query: kabul}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.yaml"
    made.write_text(CONFIG)
    return made


def test_the_file_is_replaced_with_its_mode_through_a_link(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere/link.yaml"
    link.symlink_to(path)
    old = load(link)
    new = add_sources(link, [{**NEW, "name": "new"}])
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_text() == CONFIG.replace("1h\n", f"1h\n  {LINE}\n    name: new\n")
    assert load(link) == new
    assert new.sources[:-1] == old.sources
    assert new.sources[-1].name == "new"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.yaml", "elsewhere"]


def test_several_sources_at_once_keep_their_order(path: Path) -> None:
    new = add_sources(path, [{"feed": f"https://n{n}.example/"} for n in range(3)])
    assert [one.name for one in new.sources[2:]] == ["n0.example", "n1.example", "n2.example"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x: &s\n- folder: a\n", "unknown key"),
        ("sources: 5\n", "expected a list of sources"),
        ("{site: {title: x}}\n", "written in braces, without `sources:`"),
    ],
)
def test_what_cannot_be_edited_is_left_as_it_was(path: Path, text: str, why: str) -> None:
    path.write_text(text)
    with pytest.raises((CommandError, ConfigError), match=why):
        add_sources(path, [NEW])
    assert path.read_text() == text


def test_a_fault_of_the_new_source_is_told_before_anything_is_written(path: Path) -> None:
    for item, why in (
        ({**NEW, "every": "5"}, "every: '5' has no unit"),
        ({**NEW, "pages": "some"}, "'some' is none of auto, always, never"),
        ({**NEW, "name": "inbox"}, "meaning|else"),
        ({"feed": "https://old.example/feed"}, "already"),
    ):
        with pytest.raises(CommandError, match=why):
            add_sources(path, [item])
        assert path.read_text() == CONFIG


def test_lines_to_add_by_hand_are_told_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("c" * 250)  # No room for the name of a file beside it.
    path.write_text(CONFIG)
    with pytest.raises(CommandError, match="by hand:\n  - feed: https://new"):
        add_sources(path, [NEW])
    assert path.read_text() == CONFIG
    assert len(list(tmp_path.iterdir())) == 1


def test_a_mark_at_the_beginning_and_foreign_line_ends_stay(path: Path) -> None:
    data = b"\xef\xbb\xbf" + CONFIG.replace("\n", "\r\n").encode()
    path.write_bytes(data)
    add_sources(path, [NEW])
    assert path.read_bytes() == data.replace(b"1h\r\n", f"1h\r\n  {LINE}\r\n".encode())


def test_the_projects_own_config_takes_a_source(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "config.yaml").read_text()
    after = edited(text)
    assert after.replace(f"  {LINE}\n", "") == text
    assert after.index(LINE) < after.index("topics:")
