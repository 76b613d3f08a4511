"""How many threads torch may use."""

from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def torch_threads(n_threads):
    """Limit torch to a number of threads for a while."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n_threads)
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def threads_for(input_kind):
    """Limit dense networks to one thread; leave convolutions as torch is set.

    One is fastest for small matrices, and the numbers then do not depend on how many
    threads there are. Stacks take more, in training.
    """
    if input_kind == "fields":
        yield
    else:
        with threadpool_limits(1), torch_threads(1):
            yield
