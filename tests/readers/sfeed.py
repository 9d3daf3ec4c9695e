"""sfeed: a parser and shell scripts around it; as shipped, and with the lines that we recommend."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.readers.program import Held, Program, run

RECOMMENDED = """\
fetch() {
  tag="$sfeedpath/$(printf '%s' "$1" | tr '/' '_').etag"
  curl -L --max-redirs 5 -f -s -m 15 --compressed --etag-save "$tag" --etag-compare "$tag" "$2" 2>/dev/null
}
merge() {
  sort -t '\t' -u -k6,6 "$3" "$2" 2>/dev/null
}
"""
"""For sfeedrc: ask with the ETag, follow redirects, and let a correction take the place of what was."""


class Sfeed(Program):
    """As it is shipped."""

    name = "sfeed"
    kind = "terminal"
    doubles = True
    follows = conditional = False
    own = ""

    def version(self) -> str | None:
        if shutil.which("sfeed_update") is None or shutil.which("curl") is None:
            return None
        if shutil.which("dpkg-query") is None:
            return "of some version"  # It does not say so itself.
        return run(["dpkg-query", "-Wf", "${Version}", "sfeed"], Path("/nonexistent")).split("-")[0]

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        listed = "".join(f'  feed feed{number} "{feed}"\n' for number, feed in enumerate(feeds))
        rc = home / "sfeedrc"
        rc.write_text(f'sfeedpath="{home}/feeds"\n{self.own}feeds() {{\n{listed}}}\n')
        run(["sfeed_update", rc], home)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        found: list[Held] = []
        for number, feed in enumerate(feeds):
            for line in (home / f"feeds/feed{number}").read_text().splitlines():
                date, title, link, _, _, name, *_ = line.split("\t")
                found.append(Held(feed=feed, id=name, title=title, link=link, date=date))
        return found


class SfeedAsRecommended(Sfeed):
    """With our lines in its sfeedrc."""

    name = "sfeed, as below"
    doubles = False
    follows = conditional = True
    own = RECOMMENDED
