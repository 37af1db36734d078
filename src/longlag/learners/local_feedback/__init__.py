"""Feed-forward nets of units with feedback of their own, and their exact gradient in lanes."""

from longlag.learners.local_feedback.learner import LocalFeedback as LocalFeedback
