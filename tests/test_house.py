"""The few walls that keep the house: read from the syntax trees, nothing is run.

A room over 320 lines or a function over 70 needs a decision note that names it.
"""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import archive

REPO = Path(__file__).parents[1]
MOST_LINES, MOST_FUNCTION_LINES = 320, 70
PURE_OF_ARCHIVE = {"archive.knowing.identity", "archive.text.sketch", "archive.text.words", "archive.faults"}
NETWORK = {
    "socket",
    "ssl",
    "requests",
    "urllib3",
    "http",
    "aiohttp",
    "httpx",
    "urllib.request",
    "ftplib",
    "smtplib",
}
DOORS = ("feeds/net/", "feeds/web/server.py", "feeds/web/listening.py", "feeds/control.py")


@cache
def rooms() -> dict[Path, ast.Module]:
    """The syntax tree of every module: parsed by who runs these tests, not by all who collect them."""
    return {
        path.relative_to(REPO): ast.parse(path.read_text())
        for folder in ("archive", "feeds")
        for path in sorted((REPO / folder).rglob("*.py"))
    }


@cache
def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, tree: ast.AST) -> set[str]:
    """Every module of ours and others that a room imports, as deep as it names it."""
    found: set[str] = set()
    known = {module_of(room) for room in rooms()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out"
            base = node.module or ""
            for alias in node.names:
                deep = f"{base}.{alias.name}"
                handed_out = base == "archive" and alias.name in archive.__all__
                found.add(deep if deep in known and not handed_out else base)
    return found


@cache
def edges() -> dict[str, set[str]]:
    """What each module imports."""
    return {module_of(path): imports(path, tree) for path, tree in rooms().items()}


def test_archive_never_imports_feeds() -> None:
    wrong = {
        room: found
        for room, used in edges().items()
        if room.startswith("archive") and (found := [u for u in used if u.startswith("feeds")])
    }
    assert wrong == {}


def test_feeds_takes_from_archive_only_what_it_hands_out() -> None:
    wrong = {
        room: found
        for room, used in edges().items()
        if room.startswith("feeds")
        and (found := [u for u in used if u.startswith("archive.") and u not in PURE_OF_ARCHIVE])
    }
    assert wrong == {}


def test_the_archive_hands_out_what_it_says() -> None:
    """Each name is found where the face says for those who check types; and that is all it has."""
    (static,) = [node for node in rooms()[Path("archive/__init__.py")].body if isinstance(node, ast.If)]
    homes = {
        alias.asname or alias.name: (f"{node.module}", alias.name)
        for node in static.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted([*homes, "verify"]) == sorted(archive.__all__)
    for name, (room, there) in homes.items():
        assert getattr(archive, name) is getattr(importlib.import_module(room), there), name
    assert set(archive._HOMES) == set(homes)
    assert archive.verify.__module__ == "archive.verify", "the function, not the package of that name"


def test_there_are_no_import_circles() -> None:
    state: dict[str, int] = {}
    circles: list[str] = []

    def walk(room: str, way: tuple[str, ...]) -> None:
        if state.get(room) == 2:
            return
        if state.get(room) == 1:
            circles.append(" -> ".join([*way[way.index(room) :], room]))
            return
        state[room] = 1
        for used in sorted(edges()[room]):
            if used in edges() and used != room:
                walk(used, (*way, room))
        state[room] = 2

    for room in sorted(edges()):
        walk(room, ())
    assert circles == []


def test_wings_do_not_import_each_other_but_downwards() -> None:
    """ingest, curate, publish, schedule, web stand side by side; publish may read what curate told."""
    wings = {"ingest", "curate", "publish", "schedule", "web", "net", "config"}
    allowed = {
        ("ingest", "net"), ("publish", "curate"), ("publish", "ingest"), ("web", "publish"), ("config", "curate"),
    }  # fmt: skip
    found = {
        (room.split(".")[1], used.split(".")[1])
        for room, all_used in edges().items()
        for used in all_used
        if room.startswith("feeds.") and used.startswith("feeds.")
        and room.split(".")[1] in wings and used.split(".")[1] in wings and room.split(".")[1] != used.split(".")[1]
    }  # fmt: skip
    assert found <= allowed, found - allowed


def test_ground_modules_import_nothing_of_feeds_but_its_errors() -> None:
    for room in (
        "feeds.errors",
        "feeds.model",
        "feeds.events",
        "feeds.settings",
        "feeds.times",
        "feeds.clock",
    ):
        assert not [used for used in edges()[room] if used.startswith("feeds") and used != "feeds.errors"], (
            room
        )


def test_there_is_one_door_to_the_network() -> None:
    wrong = [
        f"{path} imports {used}"
        for path in rooms()
        if not str(path).startswith(DOORS)
        for used in edges()[module_of(path)]
        if used in NETWORK or used.split(".")[0] in NETWORK - {"http"}
    ]
    assert wrong == []


def test_feedparser_and_trafilatura_are_only_ever_given_bytes() -> None:
    for path, tree in rooms().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                if called == "feedparser.parse":
                    assert ast.unparse(node.args[0]).startswith("io.BytesIO("), path
                assert "fetch_url" not in called, path
                assert "fetch_response" not in called, path


def test_broad_excepts_are_few_and_say_why() -> None:
    for path, tree in rooms().items():
        lines = (REPO / path).read_text().splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                kinds = ast.unparse(node.type) if node.type else "everything"
                if kinds in {"Exception", "BaseException", "everything"}:
                    reraises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                    assert reraises or re.search(r"# noqa: BLE001 - \w+", lines[node.lineno - 1]), (
                        f"{path}:{node.lineno}"
                    )


def test_every_public_name_says_what_it_is() -> None:
    silent: list[str] = []
    for path, tree in rooms().items():
        if not ast.get_docstring(tree):
            silent.append(str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef) and not getattr(node, "name", "").startswith("_"):
                silent += [
                    f"{path}:{one.lineno} {one.name}"
                    for one in node.body
                    if isinstance(one, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
                    and not one.name.startswith("_")
                    and not ast.get_docstring(one)
                ]
    assert [place for place in silent if "feeds/net/adapter.py" not in place] == []


def test_rooms_and_functions_stay_small_unless_a_decision_names_them() -> None:
    notes = "\n".join(path.read_text() for path in (REPO / "docs/decisions").glob("*.md"))
    crowded: list[str] = []
    for path, tree in rooms().items():
        count = len((REPO / path).read_text().splitlines())
        if count > MOST_LINES and str(path) not in notes:
            crowded.append(f"{path}: {count} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > MOST_FUNCTION_LINES and node.name not in notes:
                    crowded.append(f"{path}:{node.lineno} {node.name}: {size} lines")
    assert crowded == []


def test_time_and_chance_are_handed_in() -> None:
    """The pure wings ask no clock and throw no dice."""
    forbidden = re.compile(r"\b(datetime\.now|time\.time|utcnow|date\.today|random\.\w+|uuid\.uuid[14])\(")
    for path in rooms():
        if str(path).startswith(
            (
                "feeds/curate",
                "feeds/publish",
                "feeds/ingest",
                "feeds/schedule/cadence",
                "feeds/schedule/settling",
            )
        ):
            assert not forbidden.search((REPO / path).read_text()), path


def test_every_command_key_and_address_stands_in_the_docs() -> None:
    import typer

    from feeds.cli.app import app
    from feeds.config.keys import CONFIG

    docs = "\n".join(path.read_text() for path in [REPO / "README.md", *(REPO / "docs").glob("*.md")])
    group = typer.main.get_command(app)
    for name in group.commands:  # type: ignore[attr-defined]
        assert f"newsweir {name}" in docs, name
    reference = (REPO / "docs/configuration.md").read_text()

    def keys(schema: dict) -> set[str]:  # type: ignore[type-arg]
        if not schema:
            return set()
        found = set(schema.get("properties", {}))
        for part in [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values(), schema.get("items", {}),
                     *schema.get("oneOf", []), *schema.get("anyOf", [])]:  # fmt: skip
            found |= keys(part)
        return found

    for key in keys(CONFIG.schema()):
        assert f"`{key}`" in reference, key
    http = (REPO / "docs/http.md").read_text()
    for address in (
        "/SLUG/rss.xml",
        "/SLUG/atom.xml",
        "/SLUG/feed.json",
        "/SLUG/archive/N.rss.xml",
        "/SLUG/",
        "/opml.xml",
        "/articles/ID/",
        "/search?q=QUERY&page=N",
        "/search.json?q=QUERY&page=N",
        "/static/about.html",
        "/healthz",
        "/readyz",
        "/metrics",
    ):
        assert f"`{address}`" in http, address
