"""elfeed, in an emacs without a window."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.readers.program import Held, Program, run

_SETTINGS = """
(require 'elfeed)
(require 'json)
(setq elfeed-db-directory {database}
      elfeed-feeds '({feeds})
      elfeed-log-level 'warn)
"""
_POLL = """
(elfeed-update)
(let ((until (+ (float-time) 60)))
  (while (and (> (elfeed-queue-count-total) 0) (< (float-time) until))
    (accept-process-output nil 0.05)))
(elfeed-db-save)
"""
_HELD = """
(elfeed-db-ensure)
(with-elfeed-db-visit (entry _)
  (princ (format "held %s\\n"
    (json-encode (list (elfeed-entry-feed-id entry) (cdr (elfeed-entry-id entry)) (elfeed-entry-title entry)
                       (elfeed-entry-link entry) (format "%.0f" (elfeed-entry-date entry))
                       (if (memq 'unread (elfeed-entry-tags entry)) t json-false))))))
"""
_READ = """
(elfeed-db-ensure)
(with-elfeed-db-visit (entry _) (elfeed-untag entry 'unread))
(elfeed-db-save)
"""


class Elfeed(Program):
    """Its database is its own; it is asked for what stands there."""

    name = "elfeed"
    kind = "Emacs"

    def version(self) -> str | None:
        if shutil.which("emacs") is None:
            return None
        asked = "(progn (require 'elfeed nil t) (princ (if (featurep 'elfeed) elfeed-version \"\")))"
        return (
            run(["emacs", "--batch", "--eval", "(package-initialize)", "--eval", asked], Path("/nonexistent"))
            or None
        )

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        self._run(home, _POLL, feeds)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        said = self._run(home, _HELD, feeds)
        rows = [
            json.loads(line.removeprefix("held ")) for line in said.splitlines() if line.startswith("held ")
        ]
        return [
            Held(feed=feed, id=name, title=title, link=link, date=date, unread=unread)
            for feed, name, title, link, date, unread in rows
        ]

    def read_all(self, home: Path) -> None:
        self._run(home, _READ, ())

    def _run(self, home: Path, what: str, feeds: Sequence[str]) -> str:
        script = home / "poll.el"
        settings = _SETTINGS.format(
            database=json.dumps(str(home / "elfeed")), feeds=" ".join(json.dumps(feed) for feed in feeds)
        )
        script.write_text(settings + what)
        return run(["emacs", "--batch", "--eval", "(package-initialize)", "-l", script], home)
