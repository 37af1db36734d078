"""Compiling, and what is kept of it on disk."""
