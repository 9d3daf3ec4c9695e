"""What a newcomer can type wrong, and the sentence each gets: the place, the fault, the mend.

None ends in a traceback; none changes a file of the archive, the site or the configuration.
"""

import hashlib
from pathlib import Path

import pytest

from tests.builders import lorem
from tests.hatchery import hatch
from tests.test_cli import CONFIG, Cli, first_id

FILES: dict[str, bytes] = {
    "empty.txt": b"",
    "blank.txt": b" \n\t\n",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "bytes.txt": bytes(range(256)) * 8,
    "list.json": b"[1, 2, 3]",
    "half.json": b'{"title": "x", "content_text": "y"',
    "nothing.json": b"{}",
    "half.xml": b"<rss><channel><item><title>x",
    "other.xml": b"<?xml version='1.0'?><note><to>me</to></note>",
    "empty.html": b"<!doctype html><title></title><body></body>",
    "empty.md": b"---\ntitle:\n---\n",
    "notes.docx": b"PK\x03\x04" + bytes(30),
    "list.opml": b"<opml version='2.0'><body/></opml>",
    "no-ending": b"A text\n\nwithout an ending.",
}
CONFIGS: dict[str, bytes] = {
    "blank.yaml": b"",
    "tab.yaml": b"sources:\n\t- folder: inbox\n",
    "latin1.yaml": "site: {title: Café}\n".encode("latin-1"),
    "word.yaml": b"PK\x03\x04" + bytes(200),
    "colon.yaml": b"site:\n  title: News: today\n",
    "quote.yaml": b'site:\n  title: "News\n',
    "indent.yaml": b"site:\n title: x\n   base_url: http://127.0.0.1/\n",
    "at.yaml": b"site:\n  title: @home\n",
    "list.yaml": b"- folder: inbox\n",
    "text.yaml": b"just some words\n",
}
# What is typed -> the exit code, and what stands in the sentence.
WORDS: dict[str, tuple[int, str]] = {
    # commands and options
    "serach kabul": (2, "No such command 'serach'"),
    "Search kabul": (2, "No such command 'Search'"),
    "once now": (2, "unexpected extra argument"),
    "sources --jsn": (2, "No such option: --jsn"),
    "search": (2, "Missing argument 'QUERY"),
    "search kabul -n 0": (2, "--limit"),
    "search kabul -n many": (2, "--limit"),
    "show": (2, "Missing argument 'ID'"),
    "show ID and more": (2, "unexpected extra argument"),
    "show ID --rev first": (2, "'--rev'"),
    "show ID --rev 7": (2, "is not in the archive with a revision 7"),
    # queries
    "search (kabul": (2, "position 1: this '(' is never closed (add a ')')"),
    "search kabul)": (2, "position 6"),
    "search kabul AND": (2, "position"),
    "search AND": (2, "position"),
    "search *": (2, "position 1"),
    "search -- -": (2, "position 1"),
    "search title:": (2, "position"),
    "search a*": (2, "position"),
    "search kabul AND moscow OR doha": (2, "AND and OR mixed: write (kabul AND moscow) OR doha"),
    'search "kabul': (2, "position 1"),
    "search )": (2, "position 1"),
    # ids and topics
    "show nothing": (2, "no article in the archive has an id that begins with 'nothing' (newsweir search"),
    "show 00000000": (2, "no article in the archive has an id that begins with '00000000' (newsweir search"),
    "show urn:uuid:": (2, "no article in the archive has an id that begins with 'urn:uuid:'"),
    "show -": (2, "no article in the archive has an id"),
    "explain ID nowhere": (2, "no topic is called 'nowhere' (topics: kabul, slow)"),
    "withdraw ID nowhere": (2, "no topic is called 'nowhere' (topics: kabul, slow)"),
    "withdraw 00000000": (2, "no article in the archive has an id"),
    "release ID kabul": (2, "neither held nor dropped"),
    "release nobody": (2, "'nobody' is neither the name of a source (sources: "),
    "drop no-such-source": (2, "nor the beginning of an article's id"),
    "release inbox nowhere": (2, "no topic is called 'nowhere'"),
    "drop ID kabul": (2, "neither held"),
    "backfill Kabul": (2, "no topic is called 'Kabul' (topics: kabul, slow)"),
    "backfill": (2, "Missing argument 'TOPIC'"),
    # files
    "add nowhere.txt": (2, "nowhere.txt: there is no such file"),
    "add .": (2, ". is a folder: write it below `sources:` in config.yaml, as `- folder: .`"),
    "add ftp://example.org/feed": (2, "ftp"),
    "add list.opml --allow-private": (2, "list.opml is a list: --allow-private is for one address"),
    "add https://": (2, "https://"),
    "add http://127.0.0.1:9/feed.xml": (2, "--allow-private"),
    "try http://192.168.1.1/": (2, "--allow-private"),
    "try nowhere.invalid": (2, "nowhere.invalid"),
    "add example.org --every soon": (2, "soon"),
    "add example.org --pages sometimes": (2, "sometimes"),
    "add empty.txt": (2, "empty.txt is empty"),
    "add blank.txt": (2, "blank.txt"),
    "add picture.png": (2, "not a kind of file that is read (.atom .htm .html .json"),
    "add bytes.txt": (2, "bytes.txt"),
    "add list.json": (2, "list.json"),
    "add half.json": (2, "half.json"),
    "add nothing.json": (2, "nothing.json"),
    "add half.xml": (2, "half.xml"),
    "add other.xml": (2, "other.xml"),
    "add empty.html": (2, "empty.html"),
    "add empty.md": (2, "empty.md"),
    "add notes.docx": (2, "not a kind of file that is read"),
    "add no-ending": (2, "not a kind of file that is read"),
    # the configuration
    "-c missing.yaml once": (2, "missing.yaml: there is no such file (newsweir init writes one"),
    "-c inbox once": (2, "inbox: cannot be read: Is a directory"),
    "-c tab.yaml once": (2, "tab.yaml:2 config: is no YAML: a tab stands where YAML allows only spaces"),
    "-c latin1.yaml once": (2, "latin1.yaml:1 config: is not UTF-8 here (save the file as UTF-8)"),
    "-c word.yaml once": (
        2,
        "word.yaml:1 config: holds a character that no text may hold (is it YAML, saved as plain text?)",
    ),
    "-c colon.yaml once": (2, "colon.yaml:2 config: is no YAML: a colon stands where none may"),
    "-c quote.yaml once": (2, "quote.yaml"),
    "-c indent.yaml once": (
        2,
        "indent.yaml:3 config: is no YAML: a colon stands where none may (put texts that hold ': ' in quotes, and check the indent)",
    ),
    "-c at.yaml once": (2, "'title: @home': a text that begins so must stand in quotes"),
    "-c list.yaml once": (2, "list.yaml:1 config: expected keys with values, found a list"),
    "-c text.yaml once": (2, "text.yaml:1 config: expected keys with values, found 'just some words'"),
    "-c blank.yaml check": (1, "sources: there are none, so nothing will be read (add `- feed: ADDRESS`)"),
    "init": (2, "config.yaml is there already; it was left as it is"),
    "init empty.txt": (2, "empty.txt"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a little archive, which every test leaves as it found it."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "inbox").mkdir()
    (folder / "inbox/one.txt").write_text(f"Kabul\n\nEnvoys from Moscow came. {lorem('t', 30)}\n")
    for name, data in {**FILES, **CONFIGS, "config.yaml": CONFIG.encode()}.items():
        (folder / name).write_bytes(data)
    assert hatch("feeds", "-c", str(folder / "config.yaml"), "once").returncode == 0
    return folder


def kept(home: Path) -> dict[str, str]:
    """Digests of every file that must not change: all but the indexes and locks."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not {"index", "run", "LOCK"} & set(path.relative_to(home).parts)
    }


@pytest.mark.parametrize("typed", WORDS)
def test_a_wrong_word_gets_its_sentence(
    typed: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, sentence = WORDS[typed]
    monkeypatch.chdir(home)
    cli = Cli(home, capsys)
    words = typed.replace("ID", first_id(cli)).split(" ")
    before = kept(home)
    found, out, err = cli(*words)
    told = " ".join((out + err).replace("│", " ").split())
    assert (found, sentence in told) == (code, True), out + err
    assert len(told) < 700, "one sentence, not a page"
    assert kept(home) == before


def test_there_are_sixty_of_them() -> None:
    assert len(WORDS) >= 60
