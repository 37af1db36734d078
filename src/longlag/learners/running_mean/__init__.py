"""A feed-forward net and an average over time: equations, lanes, and in NumPy."""

from longlag.learners.running_mean.learner import RunningMean as RunningMean
