"""rss2email: a message for each item, put into a folder of mail."""

import email
import email.policy
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.readers.program import Held, Program, run

_SETTINGS = """\
[DEFAULT]
from = news@example.org
to = reader@example.org
email-protocol = maildir
maildir-path = {home}/mail
maildir-mailbox = news
html-mail = False
"""


class Rss2email(Program):
    """What it sent stands in its folder of mail; what was sent stays sent."""

    name = "rss2email"
    kind = "mail"

    def version(self) -> str | None:
        if shutil.which("r2e") is None:
            return None
        return run(["r2e", "--version"], Path("/nonexistent")).split()[-1]

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        settings, memory, mail = home / "r2e.cfg", home / "r2e.json", home / "mail/news"
        command = ["r2e", "-c", settings, "-d", memory]
        if not settings.exists():
            for folder in ("new", "cur", "tmp"):
                (mail / folder).mkdir(parents=True)
            settings.write_text(_SETTINGS.format(home=home))
        for number, feed in enumerate(feeds):
            if f"feed.f{number}]" not in settings.read_text():
                run([*command, "add", f"f{number}", feed], home)
        run([*command, "run"], home)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        mail = home / "mail/news"
        return [_held(path) for path in sorted((mail / "new").iterdir())]


def _held(path: Path) -> Held:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_content()
    link = re.search(r"^URL: *<?(\S+?)>?$", body, re.MULTILINE)
    return Held(
        feed=str(message["X-RSS-Feed"]),
        id=str(message["X-RSS-ID"]),
        title=str(message["Subject"]),
        link=link[1] if link else str(message["X-RSS-URL"]),
        date=str(message["Date"]),
    )
