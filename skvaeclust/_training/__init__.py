"""Training: starts, schedule, loop, checkpoints and the choice of a restart."""

from skvaeclust._training._checkpoint import check_repeatable
from skvaeclust._training._outcome import choose_run
from skvaeclust._training._problem import make_problem
from skvaeclust._training._restarts import plan_restarts, train_restarts
from skvaeclust._training._starts import choose_init

__all__ = [
    "check_repeatable",
    "choose_init",
    "choose_run",
    "make_problem",
    "plan_restarts",
    "train_restarts",
]
