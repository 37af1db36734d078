"""Compiling: functions that stand alone as object code, and the folder that keeps them."""
