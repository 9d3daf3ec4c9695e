"""Settings -> everything opened and in force: archive, ledger, shelf, door, topics."""
