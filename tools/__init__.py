"""What is made for the project's own pages."""
