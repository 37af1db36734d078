"""Nets whose units all feed each other, and how they were trained in 1994."""

from longlag.learners.connected.annealing import Annealing as Annealing
from longlag.learners.connected.discrete import DiscreteError as DiscreteError
from longlag.learners.connected.multigrid import MultiGrid as MultiGrid
from longlag.learners.connected.pseudo_newton import PseudoNewton as PseudoNewton
