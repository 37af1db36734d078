"""Conventional recurrent networks, trained by BPTT, by RTRL, or as Elman nets."""

from longlag.learners.recurrent.bptt import BPTT as BPTT
from longlag.learners.recurrent.elman import Elman as Elman
from longlag.learners.recurrent.learner import RecurrentNet as RecurrentNet
from longlag.learners.recurrent.rtrl import RTRL as RTRL
