"""Compiling: functions as self-contained object code, and the folder that keeps the code."""
