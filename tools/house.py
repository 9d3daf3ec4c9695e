"""The imports of the code -> docs/house.svg: a room stands on the floors that it imports from."""

import ast
from dataclasses import dataclass
from html import escape
from pathlib import Path

REPO = Path(__file__).parents[1]
WIDE, HIGH, GAP, LEFT = 236, 74, 12, 64
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#17191B}.n{font-weight:600;font-size:15px}.a{fill:#55595C;font-size:12px}"
    ".r{fill:#EEF1EA;stroke:#7F847F}.k{fill:#DFE9F6;stroke:#1D4F91}.g{fill:#FAFAF7}.f{stroke:#17191B;stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class Room:
    """A wing (a package below `feeds`, or `archive` whole) or a single module beside them.

    about   the first line of its docstring
    """

    name: str
    about: str
    lines: int
    uses: frozenset[str]


def rooms(repo: Path = REPO) -> list[Room]:
    """Return the rooms, each with those it imports from."""
    files: dict[str, list[Path]] = {}
    for path in sorted([*(repo / "archive").rglob("*.py"), *(repo / "feeds").rglob("*.py")]):
        files.setdefault(_room_of(path.relative_to(repo).with_suffix("").parts), []).append(path)
    for face in ("feeds", "feeds/__main__"):
        files.pop(face, None)
    found: list[Room] = []
    for name, paths in files.items():
        trees = [ast.parse(path.read_text()) for path in paths]
        face = next(
            (tree for path, tree in zip(paths, trees, strict=True) if path.stem == "__init__"), trees[0]
        )
        about = (ast.get_docstring(face) or "").splitlines()[0]
        uses = {_room_of(tuple(module.split("."))) for tree in trees for module in _imported(tree)}
        lines = sum(path.read_text().count("\n") for path in paths)
        found.append(Room(name, about, lines, frozenset((uses & files.keys()) - {name})))
    return found


def _room_of(parts: tuple[str, ...]) -> str:
    if parts[0] == "archive":
        return "archive"
    return "/".join(part for part in parts[:2] if part != "__init__")


def _imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] in {"archive", "feeds"}}


def floors(found: list[Room]) -> list[list[Room]]:
    """Return the rooms by floor, the ground first: each stands above all that it imports from."""
    by_name = {room.name: room for room in found}
    heights: dict[str, int] = {}

    def height(name: str) -> int:
        if name not in heights:
            heights[name] = 1 + max((height(other) for other in by_name[name].uses), default=-1)
        return heights[name]

    levels = [height(room.name) for room in found]
    return [
        [room for room, level in zip(found, levels, strict=True) if level == floor]
        for floor in range(max(levels) + 1)
    ]


def draw(house: list[list[Room]]) -> str:
    """Return the picture as SVG, the ground floor at the bottom."""
    width = LEFT + max(map(len, house)) * (WIDE + GAP) + GAP
    height = len(house) * (HIGH + 2 * GAP) + 2 * GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>The house: every room imports from the floors below it, and from no other</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="g" width="{width}" height="{height}"/>',
    ]
    for floor, row in enumerate(reversed(house)):
        top = GAP + floor * (HIGH + 2 * GAP)
        under = top + HIGH + GAP
        parts.append(f'<text class="a" x="{GAP}" y="{top + HIGH / 2:g}">{len(house) - 1 - floor}</text>')
        parts.append(f'<path class="f" d="M{GAP} {under}H{width - GAP}"/>')
        left = LEFT + (width - LEFT - GAP - len(row) * (WIDE + GAP)) // 2
        parts += [_room(room, left + number * (WIDE + GAP), top) for number, room in enumerate(row)]
    return "\n".join([*parts, "</svg>", ""])


def _room(room: Room, left: int, top: int) -> str:
    kind = "k" if "/" not in room.name else "r"
    words, rows = room.about.rstrip(".").split(" "), [""]
    for word in words:
        if len(rows[-1]) + len(word) > 32:
            rows.append("")
        rows[-1] += f"{' ' if rows[-1] else ''}{word}"
    told = rows if len(rows) <= 2 else [rows[0], f"{rows[1]} …"]
    lines = "".join(
        f'<text class="a" x="{left + 10}" y="{top + 42 + 17 * n}">{escape(row)}</text>'
        for n, row in enumerate(told)
    )
    name = room.name.removeprefix("feeds/")
    return (
        f'<rect class="{kind}" x="{left}" y="{top}" width="{WIDE}" height="{HIGH + GAP}"/>'
        f'<text class="n" x="{left + 10}" y="{top + 22}">{name}</text>{lines}'
    )


def main() -> None:
    """Draw the house of this repository."""
    (REPO / "docs/house.svg").write_text(draw(floors(rooms())))


if __name__ == "__main__":
    main()
