"""An archive's folder -> a copy of it elsewhere that grows with it, and a copy -> an archive's folder."""

from archive.backup.copier import Copied
from archive.backup.goes import CONFIG, Backup, bring_back
from archive.disk.backed_up import Record

__all__ = ["CONFIG", "Backup", "Copied", "Record", "bring_back"]
