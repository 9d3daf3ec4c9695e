"""An archive's folder -> a copy of it elsewhere that grows with it, and a copy -> an archive's folder."""

from archive.backup.copier import Copied
from archive.backup.goes import Backup, bring_back
from archive.backup.record import Record

__all__ = ["Backup", "Copied", "Record", "bring_back"]
