"""Training: starts, schedule, loop, restarts and the judge."""

from skvaeclust._objective import Gammas
from skvaeclust._training._groups import SAME
from skvaeclust._training._judge import judge
from skvaeclust._training._loop import (
    automatic_batch_size,
    draw,
    run_epoch,
    stack_gammas,
    step,
)
from skvaeclust._training._restarts import (
    Problem,
    Restart,
    build_model,
    find_device,
    finish,
    prepare,
    run,
    threads,
)
from skvaeclust._training._schedule import SEARCH_EPOCHS, Settings, epochs_from_start
from skvaeclust._training._starts import find_starts, tabulate

__all__ = [
    "SAME",
    "SEARCH_EPOCHS",
    "Gammas",
    "Problem",
    "Restart",
    "Settings",
    "automatic_batch_size",
    "build_model",
    "draw",
    "epochs_from_start",
    "find_device",
    "find_starts",
    "finish",
    "judge",
    "prepare",
    "run",
    "run_epoch",
    "stack_gammas",
    "step",
    "tabulate",
    "threads",
]
