"""The language of kernels: the SIMD number type, squashing functions, random streams."""
