"""Limits on the number of threads."""

import sys
from contextlib import contextmanager
from functools import cache, wraps

from threadpoolctl import ThreadpoolController

# Packages that load a library with threads of its own.
WITH_THREADS = ("numpy", "scipy.linalg", "sklearn.cluster", "sklearn.manifold", "torch")


@cache
def _find_libraries(loaded):
    return ThreadpoolController()


def one_thread():
    """Limit BLAS and OpenMP to one thread within a context.

    One thread is fastest for small matrices, fixes the order of sums, so that results
    depend neither on the number of threads nor on n_jobs, and leaves no idle threads
    that wait for work.
    """
    loaded = tuple(name for name in WITH_THREADS if name in sys.modules)
    return _find_libraries(loaded).limit(limits=1)


def on_one_thread(function):
    """Decorate a function to run within `one_thread`."""

    @wraps(function)
    def limited(*args, **params):
        with one_thread():
            return function(*args, **params)

    return limited


@contextmanager
def threads_for(input_kind):
    """Limit dense networks to one thread; leave convolutions as torch is set."""
    if input_kind == "fields":
        yield
        return
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        with one_thread():
            yield
    finally:
        torch.set_num_threads(before)
