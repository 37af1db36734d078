"""Recurrent Cascade-Correlation."""

from longlag.learners.cascade.learner import CascadeCorrelation as CascadeCorrelation
