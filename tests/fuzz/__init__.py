"""Anything -> our own errors or a value, soon and in little memory: `make fuzz`."""
