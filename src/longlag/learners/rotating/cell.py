"""The rotating cell on squashed values: one account of its equations, for lanes and for tiles.

A rotating cell is a memory cell block of two cells whose states, the parts of a complex number,
turn before each step. So `longlag.learners.lstm.cell` computes what the cell stores and emits, with
the turned states in place of the previous states. An argument is a vector of any kind.
"""

from longlag.compiled.compiling import inlined
from longlag.simd.vectors import fma


@inlined
def turned(re, im, by_re, by_im):
    """The complex product of a state or trace and the factor that turns and fades it."""
    return fma(by_re, re, -(by_im * im)), fma(by_re, im, by_im * re)


@inlined
def phase_slopes(re, im, y_forget):
    """j A s(t-1), the slope of the new state in the phase, of the turned state exp(j theta) s."""
    return -(y_forget * im), y_forget * re
