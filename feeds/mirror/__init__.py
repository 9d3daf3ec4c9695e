"""The published tree -> the same site in another folder, whole at every moment, for any static server."""
