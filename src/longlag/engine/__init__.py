"""Drivers, which step networks through sequences: lanes in lockstep, or one network of a user."""
