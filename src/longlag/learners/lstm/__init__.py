"""Long Short-Term Memory: in lanes, as one large network, and as a readable reference in NumPy."""

from longlag.learners.lstm.learner import LSTM as LSTM
