"""Limits on the number of threads."""

from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def torch_threads(n_threads):
    """Set the number of torch threads within a context."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n_threads)
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def threads_for(input_kind):
    """Limit dense networks to one thread; leave convolutions as torch is set.

    One thread is fastest for small matrices and makes the results independent of the
    number of threads. In training, stacks of models use more.
    """
    if input_kind == "fields":
        yield
    else:
        with threadpool_limits(1), torch_threads(1):
            yield
