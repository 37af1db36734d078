"""From the rows of a stream to predictions some rows ahead, and to their scores."""
