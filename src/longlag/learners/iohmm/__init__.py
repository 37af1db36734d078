"""Hidden Markov models with inputs, trained by expectation maximisation."""

from longlag.learners.iohmm.learner import IOHMM as IOHMM
