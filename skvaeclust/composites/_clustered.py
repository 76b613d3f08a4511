"""Warning about tests of the fields in which the clusters were found."""

import numpy as np

from skvaeclust._attrs import CLUSTERED
from skvaeclust._labels import is_labelled
from skvaeclust._warnings import warn


def warn_if_clustered(fields, labels):
    """Warn if labels tell that they are clusters of a variable of labelled fields."""
    known = getattr(labels, "attrs", {}).get(CLUSTERED, "")
    known = [name for name in str(known).split(", ") if name]
    names = fields.data_vars if hasattr(fields, "data_vars") else [fields.name]
    found = [str(name) for name in names if str(name) in known]
    if found:
        warn_of_clustered(f"{', '.join(found)} was clustered")


def warn_if_same(fields, X, labels):
    """Warn if the fields that are tested are the samples X of the fit.

    ``fields`` may be None, which is X, and ``labels`` those of a labelled fit or None.
    """
    if fields is None or fields is X:
        warn_of_clustered("X was clustered")
    elif labels is not None and is_labelled(fields):
        for field in fields if isinstance(fields, list | tuple) else [fields]:
            warn_if_clustered(field, labels)
    elif np.shape(fields) == np.shape(X) and np.array_equal(fields, X, equal_nan=True):
        warn_of_clustered("X was clustered")


def warn_of_clustered(reason):
    """Warn that a test is circular."""
    warn(
        f"{reason}: the means of the clusters differ by construction, and most points "
        "are significant even in noise. Use model_selection.cluster_stability to find "
        "where the maps are reproducible; the test is for other variables.",
        UserWarning,
    )
