"""Addresses, ids and words -> such as every output can carry. Pure; all other rooms here draw from it."""
