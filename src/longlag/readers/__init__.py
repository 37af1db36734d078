"""Where streams come from: CSV and Parquet, files and pipes, in blocks of rows."""
