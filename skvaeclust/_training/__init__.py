"""Training: starts, schedule, loop, checkpoints and the choice of a restart."""

from skvaeclust._training._checkpoint import open_checkpoint
from skvaeclust._training._problem import make_problem
from skvaeclust._training._restarts import plan_restarts, train_restarts
from skvaeclust._training._result import choose_restart
from skvaeclust._training._schedule import Settings
from skvaeclust._training._starts import warm_start

__all__ = [
    "Settings",
    "choose_restart",
    "make_problem",
    "open_checkpoint",
    "plan_restarts",
    "train_restarts",
    "warm_start",
]
