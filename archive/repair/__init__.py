"""What is not as it was written, and a backup -> what could be mended, by digest and never in place."""

from archive.repair.mending import Mended, mend
from archive.repair.plan import Plan, plan_of
from archive.repair.restored import MARKER, restored

__all__ = ["MARKER", "Mended", "Plan", "mend", "plan_of", "restored"]
