"""When what is asked, and what is remembered in between."""
