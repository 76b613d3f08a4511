"""Training: starts, schedule, loop, restarts and the judge."""

from skvaeclust._training._outcome import choose_run
from skvaeclust._training._problem import make_problem
from skvaeclust._training._restarts import plan_restarts, train_restarts

__all__ = ["choose_run", "make_problem", "plan_restarts", "train_restarts"]
