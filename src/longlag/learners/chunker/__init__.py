"""The neural sequence chunker: one net reads what another mispredicts."""

from longlag.learners.chunker.learner import Chunker as Chunker
