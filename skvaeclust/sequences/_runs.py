"""Separate runs of each cluster, and the warning about pieces of the record."""

import numpy as np

from skvaeclust._warnings import warn

MIN_RUNS = 3
MIN_LENGTH = 5  # mean number of samples of runs that may be pieces of the record


def count_separate_runs(labels, n_clusters):
    """Count the runs of each cluster that another cluster separates.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Neither a gap nor a sample without a
        cluster (-1) separates two runs of the same cluster.
    n_clusters : int

    Returns
    -------
    n_runs : ndarray of int of shape (n_clusters,)
    """
    labels = labels[labels != -1]
    first = np.flatnonzero(np.diff(labels, prepend=-1))
    return np.bincount(labels[first], minlength=n_clusters)


def warn_about_pieces(labels, n_clusters):
    """Warn if one of several clusters has fewer than three separate runs.

    Clusters whose runs have fewer than five samples on average are not named: they are
    rare, and not pieces of the record.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Cluster of every sample, in order of time; -1 is no cluster.
    n_clusters : int

    Warns
    -----
    UserWarning
        Names these clusters and the number of runs of each.
    """
    n_runs = count_separate_runs(labels, n_clusters)
    sizes = np.bincount(labels[labels != -1], minlength=n_clusters)
    long = (n_runs > 0) & (sizes >= MIN_LENGTH * n_runs)
    few = np.flatnonzero(long & (n_runs < MIN_RUNS))
    if few.size and np.count_nonzero(n_runs) > 1:
        found = ", ".join(f"{k} ({n_runs[k]})" for k in few[:10])
        more = ", ..." if few.size > 10 else ""
        warn(
            f"Clusters with fewer than {MIN_RUNS} separate runs in time (number of "
            f"runs): {found}{more}. They may be pieces of the record, such as a season "
            "or a part of a trend, and not recurring patterns. A longer record can "
            "help.",
            UserWarning,
        )
