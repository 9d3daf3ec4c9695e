"""An article's own page, bytes -> what it states and what it says."""
