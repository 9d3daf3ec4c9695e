"""The readers' door: the published tree over HTTP."""
