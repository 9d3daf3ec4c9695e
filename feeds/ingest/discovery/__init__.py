"""What was typed, or a page -> the feed that is meant."""
