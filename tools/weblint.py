"""What an HTTP linter notices about every kind of address, of a server with a few weeks of cuttings.

    python -m venv /tmp/redbot && /tmp/redbot/bin/pip install redbot
    python -m tools.weblint /tmp/redbot/bin/python

REDbot brings a dozen packages of its own: it lives in an environment of its own.
Exit code 1: it finds something wrong that is not explained.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from feeds.publish.shelf.port import File
from feeds.web.answer import Past
from tests.builders import START, lorem
from tests.served import Served

EXPLAINED = {"The no-store cache directive overrides other directives."}
"""Of a 226: it is meant (RFC 3229, 10.8), for caches that know that status heed the others."""
_ENTRIES = (f"<entry><id>urn:{n}</id><content>{lorem(f'w{n}x', 300)}</content></entry>" for n in range(50))
_PAST = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{"".join(_ENTRIES)}</feed>'
_CHECK = """
import json, sys, thor
from configparser import ConfigParser
from redbot.resource import HttpResource
config = ConfigParser()
config.read_dict({"redbot": {"enable_local_access": "True"}})
url, headers = sys.argv[1], json.loads(sys.argv[2])
resource = HttpResource(config["redbot"])
resource.set_request(url, headers=list(headers.items()))
@thor.events.on(resource)
def check_done():
    thor.stop()
resource.check()
thor.run()
status = resource.response.status_code
print(json.dumps([status, [[note.level.name, note.summary] for note in resource.response.notes]]))
"""


@contextmanager
def site() -> Iterator[Served]:
    """Serve cuttings of two months, an archived document and a topic that was called otherwise."""
    with tempfile.TemporaryDirectory() as home:
        served = Served(Path(home))
        served.past["former"] = Past("kabul")
        shelf = served.world.bureau.shelf
        shelf.put(File("kabul/archive/1.atom.xml", _PAST.encode(), START))
        shelf.pack()
        try:
            yield served
        finally:
            served.close()


def asked(served: Served) -> list[tuple[str, dict[str, str]]]:
    """Return one address of each kind, and headers to ask it with."""
    shelf = served.world.bureau.shelf
    static = sorted(path for path in shelf.paths() if path.startswith("static/"))
    article = served.article("Kabul story 39")
    paths = [
        "", "kabul/", "kabul/rss.xml", "kabul/atom.xml", "kabul/feed.json", "empty/rss.xml", "kabul/archive/1.atom.xml",
        "opml.xml", article, f"{article.removesuffix('/')}.json", *static, "search?q=kabul", "search.json?q=kabul",
        "former/rss.xml", "closed/rss.xml", "closed/", "nowhere/", "nowhere/rss.xml", "healthz", "readyz", "metrics",
    ]  # fmt: skip
    coded = [(path, {"Accept-Encoding": coding}) for path in paths[:7] for coding in ("br", "zstd")]
    file = shelf.get("kabul/atom.xml")
    version = {"A-IM": "feed", "If-None-Match": f'"{file.digest[:32]}"' if file else ""}
    if file is not None:  # One that has an entry more than the version that is named.
        shelf.put(replace(file, body=file.body.replace(b"<entry", b"<entry><id>urn:x</id></entry><entry", 1)))
    return [
        *((path, {}) for path in paths),
        *coded,
        ("kabul/atom.xml", version),
        ("kabul/", {"Accept-Encoding": "*;q=0"}),
    ]


def main(python: str) -> int:
    """Print what is noticed, and of which addresses."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    with site() as served:
        for path, headers in asked(served):
            command = [python, "-c", _CHECK, served.url + path, json.dumps(headers)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
            if done.returncode:
                print(done.stderr)
                return 2
            status, notes = json.loads(done.stdout)
            for level, note in notes:
                found[level, note].append(f"/{path} ({' '.join([str(status), *headers.values()])})")
    for (level, note), places in sorted(found.items()):
        print(f"{level} {note}\n      {', '.join(places[:6])}{' ...' if len(places) > 6 else ''}")
    return 1 if any(level in {"WARN", "BAD"} and note not in EXPLAINED for level, note in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
