"""What is kept of an article, and what a source shows before it is known whether that is new."""
