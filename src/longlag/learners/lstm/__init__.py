"""Long Short-Term Memory: its equations, in lanes, as one large network, and in NumPy."""

from longlag.learners.lstm.learner import LSTM as LSTM
