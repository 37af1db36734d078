"""Learning from a stream, a sample at a time: LSTM with the conventions of River, scikit-learn."""
