"""Limits on the numbers that users pass: their ranges, and the memory they lead to."""

import math
import os
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval

MAX_RESAMPLES = 10_000  # surrogates, or splits of the samples


class Number(Interval):
    """Constraint of a number in a range. Unlike `Interval`, it excludes bool."""

    def is_satisfied_by(self, val):
        """Return whether the constraint is met."""
        return not isinstance(val, bool | np.bool_) and super().is_satisfied_by(val)


def count(low, high=None):
    """Make the constraint of an integer, for ``_parameter_constraints``."""
    return Number(Integral, low, high, closed="left" if high is None else "both")


def real(low, high, closed="both"):
    """Make the constraint of a real number, for ``_parameter_constraints``."""
    return Number(Real, low, high, closed=closed)


FRACTION = real(0, 1)


def memory_of_machine():
    """Return the memory of this machine in bytes; infinity if it is unknown."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # as on Windows
        return math.inf


def refuse_too_large(n_bytes, what):
    """Raise an error if arrays need more than half of the memory of the machine.

    Parameters
    ----------
    n_bytes : int
    what : str
        What needs the memory, with the value of the parameter.
    """
    limit = memory_of_machine() / 2
    if n_bytes > limit:
        raise ValueError(
            f"{what} needs {n_bytes / 1e9:.3g} GB of memory, but at most "
            f"{limit / 1e9:.3g} GB are allowed, half of the memory of this machine."
        )
