"""Random weight guessing."""

from longlag.learners.guessing.learner import Guessing as Guessing
