"""Real feed readers against a real newsweir: what each makes of our feeds, and the table of it."""
