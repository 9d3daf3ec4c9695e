"""From a source to articles ready to be kept."""
