"""Warnings that point to the line of the user."""

import sys
import warnings

from sklearn.exceptions import ConvergenceWarning

OURS = ("skvaeclust", "sklearn", "joblib")


class InterruptedFitWarning(ConvergenceWarning):
    """A first fit was interrupted, and the best model so far is kept."""


def warn(message, category):
    """Warn at the innermost line that is not of this library or scikit-learn."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in OURS:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
