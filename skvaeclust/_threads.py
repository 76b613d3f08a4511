"""Limits on the number of threads."""

import os
import sys
from contextlib import contextmanager
from functools import cache, wraps
from threading import Lock

from threadpoolctl import ThreadpoolController

# Packages that load a library with threads of its own.
WITH_THREADS = ("numpy", "scipy.linalg", "sklearn.cluster", "sklearn.manifold", "torch")
_search = Lock()
_is_forked = False


def _note_fork():
    global _is_forked
    _is_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


class SharedLimit:
    """Limit on the threads of the whole process, as long as any caller needs it.

    The first caller sets the limit and the last one removes it. If each caller
    restored the number that it found, concurrent callers would leave the limit.

    Parameters
    ----------
    limit : callable
        Sets the limit, and returns a function that restores the number before.
    """

    def __init__(self, limit):
        self.limit, self.n_callers = limit, 0
        self.lock = Lock()

    def __enter__(self):
        with self.lock:
            if not self.n_callers:
                self.restore = self.limit()
            self.n_callers += 1

    def __exit__(self, *exception):
        with self.lock:
            self.n_callers -= 1
            if not self.n_callers:
                self.restore()


@cache
def _libraries(loaded):
    """Return the libraries with OpenMP, and the shared limit of those of BLAS.

    OpenMP has a number of threads in every thread, BLAS one for the process.
    """
    libraries = ThreadpoolController()
    openmp, blas = (libraries.select(user_api=kind) for kind in ("openmp", "blas"))

    def limit_blas():
        limiter = blas.limit(limits=1)
        with blas.limit():  # at its end, other threads may change the number again
            return limiter.restore_original_limits

    return openmp, SharedLimit(limit_blas)


def _limit_torch():
    """Return what restores the number of threads; `threads_for` sets it per thread."""
    import torch

    before = torch.get_num_threads()
    return lambda: torch.set_num_threads(before)


_torch_limit = SharedLimit(_limit_torch)


@contextmanager
def one_thread():
    """Limit BLAS and OpenMP to one thread within a context.

    One thread is fastest for small matrices, fixes the order of sums, so that results
    depend neither on the number of threads nor on n_jobs, and leaves no idle threads
    that wait for work.
    """
    loaded = tuple(name for name in WITH_THREADS if name in sys.modules)
    with _search:  # one shared limit for all threads
        openmp, blas_limit = _libraries(loaded)
    with blas_limit, openmp.limit(limits=1):
        yield


def on_one_thread(function):
    """Decorate a function to run within `one_thread`."""

    @wraps(function)
    def limited(*args, **params):
        with one_thread():
            return function(*args, **params)

    return limited


@contextmanager
def threads_for(input_kind):
    """Limit dense networks to one thread; leave convolutions as torch is set.

    In a forked process, convolutions run on one thread, since OpenMP would wait for
    threads that do not exist there.
    """
    if input_kind == "fields" and not _is_forked:
        yield
        return
    import torch

    with one_thread(), _torch_limit:
        torch.set_num_threads(1)
        yield
