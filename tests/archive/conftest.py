"""An archive of some days, made once for all who damage, copy or mend a copy of it."""

from pathlib import Path

import pytest

from tests.archive.bad_stores import fill


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made")
    fill(data)
    return data
