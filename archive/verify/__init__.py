"""Everything that is kept, read again -> what is not as it was written."""

from archive.verify.around import short
from archive.verify.depth import FULL, QUICK, Depth, sample
from archive.verify.flaws import CODES, Flaw, Report
from archive.verify.reading import verify

__all__ = ["CODES", "FULL", "QUICK", "Depth", "Flaw", "Report", "sample", "short", "verify"]
