"""Commands of `longlag` that need a file of their own."""
