"""Rotating cells: their equations, in lanes, as one large network, and in NumPy."""

from longlag.learners.rotating.learner import Rotating as Rotating
