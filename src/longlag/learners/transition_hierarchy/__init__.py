"""Ring's nets without feedback, which grow a higher-order unit for each step of lag."""

from longlag.learners.transition_hierarchy.learner import TransitionHierarchy as TransitionHierarchy
