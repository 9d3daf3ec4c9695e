"""What comes in and what goes out: fetching, curating, publishing, serving."""

__version__ = "0.1.0"
