"""Limits on the numbers that users pass: their ranges, and the memory they lead to."""

import inspect
import math
import os
from functools import wraps
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

MAX_RESAMPLES = 10_000  # surrogates, or splits of the samples


class Number(Interval):
    """Constraint of a number in a range. Unlike `Interval`, it excludes bool."""

    def is_satisfied_by(self, val):
        """Return whether the constraint is met."""
        is_number = isinstance(val, int | float | np.number)
        return is_number and not isinstance(val, bool) and super().is_satisfied_by(val)


def count(low, high=None):
    """Make the constraint of an integer, for ``_parameter_constraints``."""
    return Number(Integral, low, high, closed="left" if high is None else "both")


def real(low, high, closed="both"):
    """Make the constraint of a real number, for ``_parameter_constraints``."""
    return Number(Real, low, high, closed=closed)


FRACTION = real(0, 1)


def checked(constraints):
    """Decorate a function to check its parameters by constraints of scikit-learn.

    Errors in the number or the names of arguments are those of Python, which name the
    function.
    """

    def decorate(function):
        validate = validate_params(constraints, prefer_skip_nested_validation=False)
        validated, signature = validate(function), inspect.signature(function)

        @wraps(function)
        def called(*args, **params):
            try:
                signature.bind(*args, **params)
            except TypeError:
                return function(*args, **params)
            return validated(*args, **params)

        return called

    return decorate


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
