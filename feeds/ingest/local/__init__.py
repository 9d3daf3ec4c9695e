"""Files of one's own -> entries."""
