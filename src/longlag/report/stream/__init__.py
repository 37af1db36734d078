"""Figures, pages and live display of streams."""
