"""Contract checks that third parties can run on a task or a learner of their own.

`check_task` and `check_learner` raise an AssertionError that names the broken rule. Both compile
and run the small functions of what they check, so a check takes some seconds.

>>> from longlag.tasks.adding import Adding
>>> check_task(Adding(T=30))
"""

from longlag.testing.learners import check_learner as check_learner
from longlag.testing.tasks import check_task as check_task
