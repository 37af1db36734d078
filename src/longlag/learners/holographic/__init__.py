"""Holographic recurrent nets: equations, lanes, error flow, and in NumPy."""

from longlag.learners.holographic.learner import Holographic as Holographic
