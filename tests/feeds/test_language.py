"""Which language a text is in, where nobody says."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from py3langid import langid

from feeds.ingest.text.language import Tongue, of
from feeds.model import Channel, Entry

TEXT = (
    "Der Minister sagte am Dienstag, dass die Verhandlungen noch nicht beendet seien und weitergehen sollen. "
    * 2
)


def test_many_threads_load_the_detector_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[int] = []
    load = langid._load_identifier
    monkeypatch.setattr(langid, "IDENTIFIER", None)
    monkeypatch.setattr(langid, "_load_identifier", lambda: (loads.append(1), load())[1])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: of(Entry(), None, Channel(), TEXT), range(4)))
    assert found == [Tongue("de", "detector")] * 4
    assert len(loads) == 1
