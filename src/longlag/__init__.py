"""longlag: learning across long time lags."""
