"""The child that is killed: polls, archives and publishes round after round until it dies."""

import sys
from pathlib import Path

from feeds import events
from feeds.bureau import Bureau
from feeds.config import load
from feeds.rounds import begin, one_round

events.to_stderr(-1)
bureau = Bureau(load(Path(sys.argv[1])))
begin(bureau)
for _ in range(int(sys.argv[2])):
    bureau.ledger.hasten(bureau.clock.now())
    one_round(bureau)
bureau.close()
print("done", flush=True)
