"""Sequences of clusters in time: gaps, transitions and persistence."""

import numpy as np

from skvaeclust._labels import check_clusters

TOLERANCE = 0.5  # steps up to 1.5 times the median are no gaps: months vary


def as_time(time):
    """Return times as an array of numbers, datetime64 or other dates.

    Parameters
    ----------
    time : array-like or None
        Numbers, datetime64, datetime, pandas or cftime objects.

    Returns
    -------
    time : ndarray or None
        Dates of pandas, and months and years of numpy, are datetime64 to the second or
        finer; those with a time zone are in UTC.
    """
    if time is None:
        return None
    time = np.asarray(time)
    if time.dtype.kind == "O" and time.size:
        if hasattr(time.flat[0], "to_datetime64"):
            time = np.array([date.to_datetime64() for date in time.ravel()])
        elif not hasattr(time.flat[0], "year"):
            raise ValueError(
                f"time must be numbers, datetime64 or dates, got {time.flat[0]!r}."
            )
    elif time.dtype.kind == "M" and np.datetime_data(time.dtype)[0] in "YMW":
        time = time.astype("M8[s]")  # months and years have no length
    elif time.dtype.kind not in "iufmMO":
        raise ValueError(
            f"time must be numbers, datetime64 or dates, got the type {time.dtype}."
        )
    return time


def elapsed(time, n_samples):
    """Convert times to elapsed times, and check that they increase.

    Parameters
    ----------
    time : array-like of shape (n_samples,) or None
        Numbers, datetime64, datetime or cftime objects; None takes sample indices.
    n_samples : int

    Returns
    -------
    elapsed : ndarray of float of shape (n_samples,)
        Time since the first sample, in seconds for dates.
    """
    time = np.arange(n_samples) if time is None else as_time(time)
    if time.shape != (n_samples,):
        raise ValueError(
            f"time must have one value per sample: {n_samples}, got an array of shape "
            f"{time.shape}."
        )
    since = time - time[0] if n_samples else np.zeros(0)
    if since.dtype.kind == "m":
        since = since / np.timedelta64(1, "s")
    elif since.dtype.kind == "O":
        since = np.array([step.total_seconds() for step in since])
    since = since.astype(float)
    if not np.isfinite(since).all():
        first = int(np.argmin(np.isfinite(since)))
        raise ValueError(f"time must be known, but that of sample {first} is not.")
    if (np.diff(since) <= 0).any():
        first = int(np.argmax(np.diff(since) <= 0)) + 1
        raise ValueError(
            f"time must increase, but sample {first} ({time[first]}) is not after the "
            f"previous one ({time[first - 1]})."
        )
    return since


def without_gap(time, n_samples):
    """Return which samples are followed without a gap, shape (n_samples - 1,).

    A gap is a time step longer than 1.5 times the median step.
    """
    steps = np.diff(elapsed(time, n_samples))
    return steps <= (1 + TOLERANCE) * np.median(steps) if steps.size else steps > 0


def time_of(array, name="labels"):
    """Return the coordinate of the first dimension of a DataArray; None without one."""
    dim = array.dims[0]
    if dim not in array.coords:
        return None
    time = array.coords[dim].values
    if time.dtype.kind in "iufmM" or (len(time) and hasattr(time[0], "year")):
        return time
    raise ValueError(
        f"The coordinate {dim!r} of {name} holds neither numbers nor dates, but for "
        f"example {time[:1].tolist()}. Pass time=."
    )


def labels_and_time(labels, time=None, n_clusters=None):
    """Check a sequence of labels; take its time from a DataArray.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        -1 is no cluster.
    time : array-like of shape (n_samples,) or None
    n_clusters : int or None

    Returns
    -------
    labels : ndarray of int of shape (n_samples,)
    time : array-like of shape (n_samples,) or None
    n_clusters : int
    """
    if hasattr(labels, "dims"):
        if len(labels.dims) != 1:
            raise ValueError(
                f"labels must be one sequence in time, but has the dimensions "
                f"{labels.dims}. Select one sequence, for example by isel."
            )
        time = time_of(labels) if time is None else time
    labels, n_clusters = check_clusters(labels, len(labels), n_clusters, lowest=-1)
    if n_clusters == 0:
        raise ValueError("No sample has a cluster: all labels are -1. Give n_clusters.")
    return labels, as_time(time), n_clusters


def count_all(labels, time, n_clusters):
    """Count transitions; the last row and column are samples without a cluster.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
    time : array-like of shape (n_samples,) or None
    n_clusters : int

    Returns
    -------
    counts : ndarray of int of shape (n_clusters + 1, n_clusters + 1)
    """
    counts = np.zeros((n_clusters + 1, n_clusters + 1), dtype=int)
    goes_on = without_gap(time, len(labels))
    np.add.at(counts, (labels[:-1][goes_on], labels[1:][goes_on]), 1)
    return counts


def stay_probabilities(labels, time, n_clusters):
    """Return the probability that a sample is followed by one of the same cluster.

    To be followed by a sample without a cluster is to leave.
    """
    counts = count_all(labels, time, n_clusters)
    return np.diag(transition_probabilities(counts))[:n_clusters]


def transition_counts(labels, *, time=None, n_clusters=None):
    """Count the transitions between clusters.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Transitions from or to a sample
        without a cluster (-1) do not count.
    time : array-like of shape (n_samples,), default=None
        Increasing times: numbers, datetime64, or dates of any calendar (cftime). Steps
        longer than 1.5 times the median are gaps and do not count. None takes the
        coordinate of a DataArray, or else equal steps.
    n_clusters : int, default=None
        Number of clusters; None takes the largest label plus 1.

    Returns
    -------
    counts : ndarray of int of shape (n_clusters, n_clusters)
        Number of transitions from the cluster of the row to that of the column.

    Raises
    ------
    ValueError
        If times do not increase or are not one per sample, or labels have more than one
        dimension, such as ensemble members.

    Examples
    --------
    >>> from skvaeclust.sequences import transition_counts
    >>> transition_counts([0, 0, 1, 1, 0], time=[1, 2, 3, 4, 9])
    array([[1, 1],
           [0, 1]])
    """
    labels, time, n_clusters = labels_and_time(labels, time, n_clusters)
    return count_all(labels, time, n_clusters)[:n_clusters, :n_clusters]


def transition_probabilities(counts):
    """Divide transition counts by their row sums; NaN for rows without counts.

    Parameters
    ----------
    counts : array-like of int of shape (n_clusters, n_clusters)
        From :func:`transition_counts`.

    Returns
    -------
    probabilities : ndarray of shape (n_clusters, n_clusters)
        Probability of each cluster (column), given that of the previous sample (row).

    Examples
    --------
    >>> from skvaeclust.sequences import transition_probabilities
    >>> transition_probabilities([[1, 1], [0, 1]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    counts = np.asarray(counts, dtype=float)
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)


def runs(labels, time=None):
    """Find unbroken runs of the same cluster, or of none.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
    time : array-like of shape (n_samples,) or None

    Returns
    -------
    first, last : ndarray of int of shape (n_runs,)
        Indices of the first and the last sample of each run.
    """
    breaks = (np.diff(labels) != 0) | ~without_gap(time, len(labels))
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    return first, np.append(first[1:] - 1, len(labels) - 1)


def persistence(labels, *, time=None, n_clusters=None):
    r"""Tabulate the frequency and the persistence of clusters.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. A sample without a cluster (-1) ends
        a run, and counts among the samples that frequencies are a fraction of.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; a gap ends a run.
    n_clusters : int, default=None
        Number of clusters; None takes the largest label plus 1.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster: "frequency" (fraction of the samples), "n_runs",
        "mean_residence" and "longest_residence" (number of samples in an unbroken run),
        and "geometric_residence" (expected mean, see Notes).

    Notes
    -----
    Let p be the probability that a sample is followed by one of the same cluster, not
    of another or none. A Markov chain with this p stays for :math:`1 / (1 - p)` samples
    on average, the "geometric_residence". A longer mean residence indicates memory
    beyond one step. Runs that are cut short by a gap or by the end of the sequence
    reduce the mean.

    Examples
    --------
    >>> from skvaeclust.sequences import persistence
    >>> persistence([0, 0, 0, 1, 0])["mean_residence"].tolist()
    [2.0, 1.0]
    """
    import pandas as pd

    labels, time, n_clusters = labels_and_time(labels, time, n_clusters)
    stay = stay_probabilities(labels, time, n_clusters)
    first, last = runs(labels, time)
    lengths = pd.Series(last - first + 1).groupby(labels[first])
    with np.errstate(divide="ignore"):
        geometric = 1 / (1 - stay)
    index = pd.RangeIndex(n_clusters, name="cluster")
    return pd.DataFrame(
        {
            "frequency": np.bincount(labels + 1, minlength=n_clusters + 1)[1:]
            / len(labels),
            "n_runs": lengths.size().reindex(index, fill_value=0),
            "mean_residence": lengths.mean().reindex(index),
            "longest_residence": lengths.max().reindex(index),
            "geometric_residence": geometric,
        },
        index=index,
    )
