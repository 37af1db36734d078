"""How it is fast: the SIMD number type, squashing functions, random streams, drivers."""
