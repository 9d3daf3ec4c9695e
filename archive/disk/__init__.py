"""The ports on a local disk: JSON lines and packs as truth, SQLite as index."""
