"""How often a property is tried: a few times in `make test`, 2,000 times in `make faults`."""

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def runs(usual: int, **more: int) -> settings:
    """Return the settings of a property that is dear to try."""
    count = 2000 if LONG else usual
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), **more)  # type: ignore[arg-type]
