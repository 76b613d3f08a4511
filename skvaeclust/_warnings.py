"""Warnings at the line of the user's code."""

import sys
import warnings
from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

OURS = ("skvaeclust", "sklearn", "joblib")


class InterruptedFitWarning(ConvergenceWarning):
    """Warning that a first fit was interrupted and its best model was kept."""


@contextmanager
def raising_interrupts():
    """Raise KeyboardInterrupt where an interrupted fit would keep a partial model."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", InterruptedFitWarning)
        try:
            yield
        except InterruptedFitWarning:
            raise KeyboardInterrupt from None


def warn(message, category):
    """Issue a warning for the innermost line outside the packages in ``OURS``."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in OURS:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
