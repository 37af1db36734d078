"""Small drivers that differ in a captured number alone, as those of studies do in their sizes."""

from collections.abc import Hashable

import numpy as np

from longlag.compiled.compiling import inner
from longlag.compiled.driver import Driver


def counter(number: int, made_of: Hashable = None) -> Driver:
    """count(x) -> `number` times the Fibonacci number of x[0]; kept on disk only if `made_of`."""

    @inner
    def fibonacci(n):  # calls itself, so LLVM leaves it a function that a linker sees
        return number * n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    def count(x):
        return fibonacci(int(x[0]))

    # Else nothing would be kept, as of all functions that are not of the package.
    fibonacci.py_func.__module__ = count.__module__ = "longlag.compiled.driver"
    return Driver(count, made_of)


def counted(driver: Driver) -> int:
    """What a counter gives for the sixth number, which is 8."""
    return driver(np.array([6.0]))
