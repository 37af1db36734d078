"""Regressor and classifier of streams, and what they keep of a stream."""
