"""What an editor decides of articles as such: one with another, withheld, or erased."""
