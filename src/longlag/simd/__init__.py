"""The language of kernels: a SIMD number type, squashing functions and random streams."""
