"""Nets unfolded in time, which differ in what a unit sees and keeps: one net, in lanes."""

from longlag.learners.unfolded.gamma_memory import GammaMemory as GammaMemory
from longlag.learners.unfolded.hierarchical import Hierarchical as Hierarchical
from longlag.learners.unfolded.narx import NARX as NARX
from longlag.learners.unfolded.second_order import SecondOrder as SecondOrder
from longlag.learners.unfolded.time_constants import TimeConstants as TimeConstants
from longlag.learners.unfolded.time_warping import TWINN as TWINN
