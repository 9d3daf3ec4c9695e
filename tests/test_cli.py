"""The commands: what they print, how they exit, and that nothing a person types ends in a traceback."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.cli.app import main
from tests.builders import lorem

CONFIG = """
site: {title: Test}
sources:
  - {folder: inbox}
topics:
  kabul: {title: Kabul, query: kabul AND (moscow OR doha)}
  slow: {title: Slow, query: kabul, delay: 1d}
"""


class Cli:
    """Runs commands in this process, as the shell would."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *arguments: str, config: str = "config.yaml") -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["-c", str(self.home / config), *arguments])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err, err
        code = caught.value.code
        return (code if isinstance(code, int) else 0 if code is None else 1), out, err

    def json(self, *arguments: str):  # type: ignore[no-untyped-def]
        code, out, err = self(*arguments, "--json")
        assert code in {0, 1}, err
        return json.loads(out[out.index("\n") + 1 :] if out.startswith("archived") else out)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG)
    return Cli(tmp_path, capsys)


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a little archive, made once: files that were just written are waited for."""
    home = tmp_path_factory.mktemp("little")
    (home / "inbox").mkdir()
    (home / "config.yaml").write_text(CONFIG)
    for n in range(3):
        (home / f"inbox/{n}.txt").write_text(f"Kabul {n}\n\nEnvoys from Moscow came. {lorem(f't{n}', 30)}\n")
    (home / "inbox/other.txt").write_text("Weather\n\nIt rains in Doha.\n")
    command = [sys.executable, "-m", "feeds", "-c", str(home / "config.yaml"), "once"]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=60
    )
    assert done.stdout.count("archived id=") == 4
    assert "polled 1 sources" in done.stdout
    return home


@pytest.fixture
def filled(cli: Cli, little: Path) -> Cli:
    """A copy of it, to be changed."""
    shutil.copytree(little, cli.home, dirs_exist_ok=True)
    return cli


def first_id(cli: Cli, query: str = "kabul") -> str:
    return str(cli.json("search", query)[0]["id"])


def test_once_archives_publishes_and_changes_nothing_the_second_time(filled: Cli) -> None:
    done = filled.json("once", "--all")
    assert (done["new"], done["failed"]) == (0, {})
    facts = {topic["slug"]: topic for topic in filled.json("topics")}
    assert (facts["kabul"]["published"], facts["slow"]["held"]) == (3, 3)
    assert facts["kabul"]["rule"] == "kabul AND (moscow OR doha)"
    (source,) = filled.json("sources")
    assert (source["name"], source["kept"], source["failures"]) == ("inbox", 4, 0)


def test_search_speaks_the_language_of_topics(filled: Cli) -> None:
    code, out, _ = filled("search", "title:weather", "AND", "doha")
    assert code == 0
    assert out.count("\n") == 1
    assert "It rains in Doha." in out
    assert len(filled.json("search", "kabul", "-n", "2")) == 2
    assert filled("search", "nowhere")[1] == "nothing kept matches nowhere\n"
    assert len(filled.json("search", "kabul", "-doha", "-1", "-n", "5")) == 2
    assert len(filled.json("search", "-n1", "kabul")) == 1
    assert filled("search", "doha", "-london", "-nato", "-hague", "--limit=3")[0] == 0
    assert filled("search", "-weather")[1].count("\n") == 3
    assert filled("search", "kabul", "--unknown")[0] == 2
    assert filled("search")[0] == 2
    assert "QUERY" in filled("search", "-h")[1]
    code, _, err = filled("search", "a", "AND", "b", "OR", "c")
    assert (code, "position 9: AND and OR mixed" in err) == (2, True)


def test_show_prints_text_record_or_own_bytes(filled: Cli) -> None:
    key = first_id(filled, "weather")
    assert "It rains in Doha." in filled("show", key)[1]
    record = json.loads(filled("show", key[:17], "--json")[1])
    assert record["_archive"]["source"]["guid"] == "other.txt"
    assert filled("show", key, "--raw")[1] == "Weather\n\nIt rains in Doha.\n"
    for arguments, why in (
        (("show", "ffffffff"), "no article in the archive"),
        (("show", "zzz"), "no article in the archive"),
        (("show", key, "--rev", "9"), "with a revision 9"),
    ):
        code, _, err = filled(*arguments)
        assert (code, why in err) == (2, True), err


def test_diff_shows_what_the_source_changed(filled: Cli, tmp_path: Path) -> None:
    key = first_id(filled, "weather")
    code, out, _ = filled("diff", key)
    assert (code, "there is one revision" in out) == (0, True)
    assert filled.json("diff", key)["changes"] == []
    code, _, err = filled("diff", key, "--from", "2")
    assert (code, err) == (2, "newsweir: there is no revision 2 (there is only revision 1)\n")
    for text in (
        "Weather\n\nIt rains in Oslo.\n\nAll day.\n",
        "Weather, later\n\nIt snows in Oslo.\n\nAll day.\n",
    ):
        (tmp_path / "inbox/other.txt").write_text(text)
        filled("once", "--all")
    code, out, _ = filled("diff", key)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == f"Weather, later ({key})"
    assert [line.split(",")[0] for line in lines[2:4]] == ["--- revision 2", "+++ revision 3"]
    assert all(line.endswith("UTC, inbox, 6 words") for line in lines[2:4])
    assert lines[4:] == [
        "1 word in, 1 out",
        "",
        "title: Weather{+, later+}",
        "",
        "It [-rains-]{+snows+} in Oslo.",
        "",
        "(1 paragraph unchanged)",
    ]
    assert "It rains in [-Doha-]{+Oslo+}.\n\n{+All day.+}\n" in filled("diff", key, "--to", "2")[1]
    assert "[-It rains in Doha.-]\n\n{+It snows in Oslo.+}\n" in filled("diff", key, "--from", "1")[1]
    assert "{+rains+}" in filled("diff", key, "--from", "3", "--to", "2")[1]
    both = filled("diff", key, "--all")[1]
    assert [line[:14] for line in both.splitlines() if line[:3] in {"---", "+++"}] == [
        "--- revision 1", "+++ revision 2", "--- revision 2", "+++ revision 3",
    ]  # fmt: skip
    for arguments, why in (
        (("--from", "4"), "there is no revision 4 (revisions: 1 to 3)"),
        (("--to", "1"), "revision 1 has none before it; say --from which one (revisions: 1 to 3)"),
        (("--from", "2", "--to", "2"), "not with itself"),
    ):
        code, _, err = filled("diff", key, *arguments)
        assert (code, why in err) == (2, True), err
    assert filled("diff", "ffffffff")[0] == 2


def test_diff_as_json_holds_both_texts(filled: Cli, tmp_path: Path) -> None:
    key = first_id(filled, "weather")
    (tmp_path / "inbox/other.txt").write_text("Weather\n\nIt snows in Doha.\n")
    filled("once", "--all")
    found = filled.json("diff", key)
    (change,) = found["changes"]
    assert (found["id"], found["revisions"], change["added"], change["taken_out"]) == (key, 2, 1, 1)
    assert (change["from"]["rev"], change["to"]["rev"], change["to"]["words"]) == (1, 2, 4)
    (parts,) = change["paragraphs"]
    for left_out, text in (("added", "It rains in Doha."), ("taken_out", "It snows in Doha.")):
        assert "".join(part["text"] for part in parts if part["kind"] != left_out) == text


def test_explain_says_why_and_why_not(filled: Cli) -> None:
    inside = filled.json("explain", first_id(filled))
    kabul, slow = inside["topics"]
    assert (kabul["topic"], kabul["state"], kabul["matches"]) == ("kabul", "published", True)
    assert any(sentence.startswith("published as number") for sentence in kabul["why"])
    assert "matched Kabul, Moscow" in kabul["why"]
    assert (slow["state"], slow["why"][0].startswith("held until")) == ("held", True)
    outside = filled.json("explain", first_id(filled, "weather"), "kabul")
    assert outside["topics"][0]["why"] == ["lacks kabul"]
    code, _, err = filled("explain", first_id(filled), "nowhere")
    assert (code, "no topic is called 'nowhere' (topics: kabul, slow)" in err) == (2, True)


def test_an_editors_decisions(filled: Cli) -> None:
    key = first_id(filled)
    assert filled("withdraw", key, "kabul", "--reason", "wrong")[0] == 0
    assert filled.json("explain", key, "kabul")["topics"][0]["state"] == "withdrawn"
    code, _, err = filled("withdraw", key, "kabul")
    assert (code, "neither published nor held" in err) == (2, True)
    assert "released to slow" in filled("release", key)[1]
    other = filled.json("search", "kabul")[1]["id"]
    assert "dropped from slow" in filled("drop", other, "slow")[1]
    assert "0 articles published in kabul" in filled("backfill", "kabul")[1]
    assert filled("backfill", "nowhere")[0] == 2


def test_a_changed_rule_changes_what_comes_and_backfill_what_was(filled: Cli) -> None:
    (filled.home / "config.yaml").write_text(CONFIG.replace("kabul AND (moscow OR doha)", "kabul OR rains"))
    filled("once")
    assert filled.json("topics")[0]["published"] == 3
    why = filled.json("explain", first_id(filled, "weather"), "kabul")["topics"][0]["why"]
    assert "newsweir backfill kabul" in why[-1]
    assert "1 articles published in kabul" in filled("backfill", "kabul")[1]


def test_add_archives_one_file(filled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "one.md"
    path.write_text("# Kabul and Doha\n\nText.\n")
    code, out, _ = filled("add", str(path))
    assert code == 0
    assert "kept: Kabul and Doha" in out
    assert "published in kabul" in out
    assert "known already" in filled("add", str(path))[1]
    for target, why in (
        ("missing.txt", "there is no such file"),
        (str(tmp_path), "is a folder"),
        (str(tmp_path / "config.yaml"), "not a kind of file that is read"),
    ):
        code, _, err = filled("add", target)
        assert (code, why in err) == (2, True), err
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert "is empty" in filled("add", str(empty))[2]


def test_verify_and_rebuild(filled: Cli) -> None:
    code, out, _ = filled("verify")
    assert (code, "all is as it was written" in out) == (0, True)
    assert filled.json("rebuild")["articles"] == 4
    path = next((filled.home / "data/archive/articles").glob("*/*.jsonl"))
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    code, out, _ = filled("verify")
    assert (code, "fails its own checksum" in out) == (1, True)


def test_check_and_schema(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("check")
    assert code == 0
    assert out.endswith("config.yaml can be used: 1 sources, 2 topics\n")
    assert "kabul and slow: subscribers get whole articles, because site.base_url" in out
    (tmp_path / "advice.yaml").write_text("sources: [{folder: nowhere}]\ntopics: {a: {query: x}}\n")
    code, out, _ = cli("check", config="advice.yaml")
    assert (code, "there is no folder" in out) == (1, True)
    (tmp_path / "broken.yaml").write_text("sources: [{feed: x}]\nfoo: 1\n")
    code, out, _ = cli("check", config="broken.yaml")
    assert code == 2
    assert out.splitlines()[0].startswith("broken.yaml:1  sources[0].feed:")
    code, out, _ = cli("check", "--json", config="broken.yaml")
    assert [fault["line"] for fault in json.loads(out)["faults"]] == [1, 2]
    assert json.loads(cli("schema")[1])["title"] == "newsweir's config.yaml"
    code, _, err = cli("check", config="missing.yaml")
    assert (code, "there is no such file" in err) == (2, True)


def test_check_knows_what_the_past_of_topics_forbids(filled: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG.replace("kabul: {title: Kabul,", "capital: {was: kabull,"))
    code, out, _ = filled("check")
    assert (code, "topics.capital: was: no topic is or was called 'kabull'" in out) == (1, True)
    code, _, err = filled("once")
    assert (code, "no topic is or was called 'kabull'" in err) == (0, True)


@pytest.mark.parametrize("command", ["run", "once", "rebuild", "topics", "check"])
def test_data_that_cannot_be_a_folder_is_told(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "afile").write_text("")
    (tmp_path / "config.yaml").write_text("data: afile/data\n" + CONFIG)
    code, out, err = cli(command)
    if command == "check":
        assert (code, f"data: {tmp_path / 'afile'} is no folder" in out) == (1, True)
    else:
        assert (code, err.startswith("newsweir: ")) == (2, True)


@pytest.mark.parametrize(
    "command", ["sources", "topics", "search x", "show x", "explain x", "withdraw x", "backfill kabul"]
)
def test_before_anything_is_kept_commands_say_so(cli: Cli, command: str) -> None:
    code, out, err = cli(*command.split())
    assert code in {0, 2}
    assert code == 0 or err.strip(), out


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "once",
        "sources",
        "topics",
        "search x",
        "show x",
        "diff x",
        "explain x",
        "withdraw x",
        "add x.txt",
        "rebuild",
        "verify",
    ],
)
def test_a_broken_config_is_told_by_every_command(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "broken.yaml").write_text("\n\nsources: 5\n")
    arguments = [str(tmp_path / "x.txt") if word == "x.txt" else word for word in command.split()]
    code, _, err = cli(*arguments, config="broken.yaml")
    assert (code, err) == (2, "broken.yaml:3  sources: expected a list of sources, found '5'\n")


def test_help_teaches_and_wrong_words_are_told(cli: Cli) -> None:
    for arguments in (("--help",), ("run", "--help"), ("search", "-h"), ("--version",)):
        code, out, _ = cli(*arguments)
        assert (code, bool(out)) == (0, True)
    for arguments in (("serach",), ("search",), ("show", "x", "--nope"), ("once", "extra")):
        code, _, err = cli(*arguments)
        assert code == 2
        assert err


def test_global_options_may_stand_anywhere(
    cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["check", "-q", "-c", str(tmp_path / "config.yaml")])
    assert caught.value.code == 0
    assert "can be used" in capsys.readouterr().out


def test_articles_are_merged_and_split_by_hand(filled: Cli) -> None:
    found = {one["title"]: one["id"] for one in filled.json("search", "kabul OR doha")}
    kabul, weather = found["Kabul 1"], found["Weather"]
    done = filled("merge", kabul[9:20], weather)
    assert done == (0, f"{weather} is part of {kabul} from now on\n", "")
    assert f"part of:   {kabul} (newsweir split {weather[9:]} parts them)" in filled("show", weather)[1]
    assert f"parts:     {weather}" in filled("show", kabul)[1]
    assert [one["title"] for one in filled.json("search", "doha")] == [], "it is found as what survives"
    code, _, err = filled("merge", weather, kabul)
    assert (code, "count as one already" in err) == (2, True)
    assert filled.json("split", kabul) == {"article": kabul, "other": weather}
    assert "part" not in filled("show", weather)[1]
    assert [one["title"] for one in filled.json("search", "doha")] == ["Weather"]
    code, _, err = filled("split", weather)
    assert (code, "nothing to split" in err) == (2, True)


def test_what_is_withheld_is_shown_to_its_owner_alone(filled: Cli) -> None:
    first = filled.json("search", "title:1")[0]["id"]
    assert filled("withdraw", first, "kabul", "--withhold")[0] == 2
    code, out, _ = filled("withdraw", first, "--withhold", "--reason", "a court said so")
    assert (code, "withheld for good" in out) == (0, True)
    assert filled.json("search", "title:1") == []
    shown = filled("show", first)[1]
    assert "for good: a court said so" in shown
    assert "Envoys from Moscow came" in shown
    assert "withheld: since" in filled("explain", first)[1]
    code, _, err = filled("release", first)
    assert (code, "comes into no feed, page or search again" in err) == (2, True)
    assert filled("verify")[0] == 0
