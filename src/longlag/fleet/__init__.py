"""Fleets: a network of its own for each of many series, side by side in lanes."""
