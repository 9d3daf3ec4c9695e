"""Text -> words, fingerprints, and what was changed in it. Pure."""
