"""Mean fields at lags from events, and of clusters, with tests."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from skvaeclust._fields import as_array, find_valid
from skvaeclust._labels import check_labels, is_labelled
from skvaeclust._threads import on_one_thread
from skvaeclust.composites._labelled import (
    align,
    as_fields,
    numbers,
    read_events,
    stack_channels,
)
from skvaeclust.composites._significance import mean_p_values, significant_points
from skvaeclust.sequences._sequence import without_gap


@dataclass(frozen=True)
class LeadLagComposites:
    """Mean fields at lags from events, by group; labelled if the record is.

    Attributes
    ----------
    lags : ndarray of shape (n_lags,)
        Time steps from the event; negative before the event.
    means : ndarray of shape (n_groups, n_lags, ...)
        Mean fields in the units of the record; NaN on land and for lags without fields.
    n_members : ndarray of shape (n_groups, n_lags)
        Number of events that have a field at the lag.
    significant : ndarray of bool of shape (n_groups, n_lags, ...)
        Whether the mean differs significantly from that of the record. All channels are
        tested together and share the result.
    p_values : ndarray of shape (n_groups, n_lags, ...)
        p-value of each point, uncorrected; NaN where nothing was tested.
    """

    lags: np.ndarray
    means: np.ndarray
    n_members: np.ndarray
    significant: np.ndarray
    p_values: np.ndarray

    def maps(self):
        """Return means and significance as maps, those of the first group first.

        Returns
        -------
        means, significant : ndarray of shape (n_groups * n_lags, ...)
            Labelled fields stay as they are.
        """
        if is_labelled(self.means):
            return self.means, self.significant
        return np.concatenate(self.means), np.concatenate(self.significant)


def _find(events, time):
    """Return the index of each event in the record."""
    if time is None or events.dtype.kind in "iu":
        return events
    time = np.asarray(time)
    if (events.dtype.kind, time.dtype.kind) == ("M", "O"):
        events = events.astype("M8[us]")  # the precision of datetime objects
    where = {value: i for i, value in enumerate(time.tolist())}
    sought = events.astype(time.dtype).tolist()
    missing = [str(event) for event in sought if event not in where]
    if missing:
        raise ValueError(
            f"events {', '.join(missing)} are not among the times of the record."
        )
    return np.array([where[event] for event in sought], dtype=int)


def _check_events(events, groups, lags, time, n_times):
    """Return indices of the events, their groups and the lags, as integers."""
    lags = np.asarray(lags)
    events = _find(np.asarray(events), time)
    groups, _ = check_labels(groups, len(events), name="groups")
    for name, values in (("events", events), ("lags", lags)):
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise ValueError(f"{name} must be a 1D array of integers, got {values!r}.")
    outside = events[(events < 0) | (events >= n_times)]
    if outside.size:
        raise ValueError(
            f"events {outside.tolist()} are outside the record of {n_times} times."
        )
    return events, groups, lags


def _times_at_lag(events, lag, segment):
    """Return the times at a lag from events, in the record and not beyond a gap."""
    times = events + lag
    inside = (times >= 0) & (times < len(segment))
    events, times = events[inside], times[inside]
    return times[segment[times] == segment[events]]


@on_one_thread
def lead_lag_composites(
    record,
    events,
    groups,
    lags,
    *,
    time=None,
    alpha=0.05,
    block_length=20,
):
    """Average the fields at lags from the events of each group.

    Parameters
    ----------
    record : array-like of shape (n_times, ...), DataArray or Dataset
        Fields at equal time steps; NaN on land. The variables of a Dataset are tested
        together, as channels are.
    events : array-like of shape (n_events,)
        Index of each event in the record (integers), or its time. Events outside a
        labelled record are left out.
    groups : array-like of int of shape (n_events,)
        Group of each event, for example ``labels_``. Events of the group -1 are
        ignored.
    lags : array-like of int of shape (n_lags,)
        Time steps from the event; negative before the event. An event is left out at
        lags that are outside the record or beyond a gap in time.
    time : array-like of shape (n_times,), default=None
        Times of the record, increasing: numbers, datetime64, or dates of any calendar
        (cftime). A step longer than 1.5 times the median is a gap. Default: the times
        of a labelled record, or equal steps.
    alpha : float, default=0.05
        False discovery rate over the points of a map (Benjamini-Hochberg): on average,
        at most this fraction of the significant points is false.
    block_length : int, default=20
        Length of a block in time steps. Events of a group in the same block are treated
        as dependent.

    Returns
    -------
    composites : LeadLagComposites
        Means, numbers of members and significance. Those of a labelled record are of
        its type, with the dimensions "cluster" and "lag".

    Raises
    ------
    ValueError
        If an event is not in the record, times do not increase, or lengths differ.

    Notes
    -----
    The mean of the events is compared with that of the record by a t-test or, for
    several channels, Hotelling's test, which treats the components of a vector jointly.
    The covariance of the mean is estimated by a jackknife over blocks of time, because
    consecutive days are not independent. The use of the false discovery rate for fields
    follows [1]_. The error rates are listed in the benchmarks. Do not apply the test to
    clusters that were found in the record itself: their means differ by construction.

    References
    ----------
    .. [1] D. S. Wilks, "The stippling shows statistically significant grid points",
       Bulletin of the American Meteorological Society 97, 2016.
       :doi:`10.1175/BAMS-D-15-00267.1`

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.composites import lead_lag_composites
    >>> record = np.zeros((30, 1, 2, 2))
    >>> record[[5, 15, 25]] = 1
    >>> found = lead_lag_composites(record, [5, 15, 25], [0, 0, 0], [-1, 0, 1, 9])
    >>> found.means[0, :, 0, 0, 0]
    array([0., 1., 0., 0.])
    >>> found.n_members
    array([[3, 3, 3, 2]])
    """
    check_scalar(
        alpha, "alpha", Real, min_val=0, max_val=1, include_boundaries="neither"
    )
    check_scalar(block_length, "block_length", Integral, min_val=1)
    if is_labelled(record):
        return _labelled_composites(
            record, events, groups, lags, time, alpha=alpha, block_length=block_length
        )
    record = as_array(record, float)
    events, groups, lags = _check_events(events, groups, lags, time, len(record))
    segment = np.append(0, np.cumsum(~without_gap(time, len(record))))
    n_channels = record.shape[1] if record.ndim == 4 else 1
    fields = record.reshape(len(record), n_channels, -1)
    valid = find_valid(record.reshape(len(record), -1)).reshape(fields.shape[1:])
    normal = np.full(fields.shape[1:], np.nan)
    normal[valid] = np.nanmean(fields[:, valid], axis=0)
    shape = (groups.max(initial=-1) + 1, len(lags))
    n_members = np.zeros(shape, dtype=int)
    means, p_values = np.full((2, *shape, *normal.shape), np.nan)
    significant = np.zeros(means.shape, dtype=bool)
    for group, lag in np.ndindex(shape):
        times = _times_at_lag(events[groups == group], lags[lag], segment)
        n_members[group, lag] = len(times)
        if len(times) == 0:
            continue
        members = fields[times]
        means[group, lag, valid] = members[:, valid].mean(axis=0)
        p = mean_p_values(members, normal, times // block_length, len(fields))
        p_values[group, lag] = p
        significant[group, lag] = significant_points(p, alpha)
    means, significant, p_values = (
        a.reshape(*shape, *record.shape[1:]) for a in (means, significant, p_values)
    )
    return LeadLagComposites(lags, means, n_members, significant, p_values)


def _labelled_composites(record, events, groups, lags, time, **params):
    """Average labelled fields at lags from events; variables are tested together."""
    import xarray as xr

    record = as_fields(record)
    dim, events, groups, time = read_events(record, events, groups, time)
    values, restore = stack_channels(record, dim)
    found = lead_lag_composites(values, events, groups, lags, time=time, **params)
    coords = {
        "cluster": numbers(len(found.means)),
        "lag": ("lag", found.lags, {"long_name": "time steps from the event"}),
    }
    n_members = xr.DataArray(found.n_members, coords, ["cluster", "lag"], "n_members")
    return LeadLagComposites(
        found.lags,
        restore(found.means).assign_coords(coords),
        n_members,
        restore(found.significant, keep_attrs=False).assign_coords(coords),
        restore(found.p_values, keep_attrs=False).assign_coords(coords),
    )


def cluster_significance(X, labels, n_clusters=None, *, alpha=0.05, block_length=20):
    """Test where cluster means differ significantly from the mean of all samples.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        Samples in order of time, in any unit; NaN on land.
    labels : array-like of int of shape (n_samples,) or DataArray
        Cluster of each sample. Samples without a cluster (-1) are only in the mean of
        all samples.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    alpha : float, default=0.05
        False discovery rate over the points of a map.
    block_length : int, default=20
        Number of consecutive samples in a block. Samples of a cluster in the same block
        are treated as dependent; 1 for independent samples.

    Returns
    -------
    significant : ndarray of bool of shape (n_clusters, ...)
        Whether the mean of the cluster differs significantly. All channels are tested
        together and share the result.

    See Also
    --------
    cluster_means : The means.
    lead_lag_composites : The test, at lags from events.

    Notes
    -----
    The test does not apply to clusters that were found in X itself, which differ by
    construction.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.composites import cluster_significance
    >>> X = np.random.default_rng(1).standard_normal((60, 1, 1, 3))
    >>> labels = np.arange(60) % 2
    >>> X[labels == 1, :, :, 2] += 3
    >>> cluster_significance(X, labels, block_length=1)[1, 0]
    array([[False, False,  True]])
    """
    params = {"alpha": alpha, "block_length": block_length}
    if is_labelled(X):
        X, labels, dim = align(as_fields(X), labels)
        values, restore = stack_channels(X, dim)
        found = cluster_significance(values, labels, n_clusters, **params)
        coords = {"cluster": numbers(len(found))}
        found = restore(found[:, None], keep_attrs=False).isel(lag=0)
        return found.assign_coords(coords)
    X = as_array(X, float)
    labels, n_clusters = check_labels(labels, len(X), n_clusters)
    found = lead_lag_composites(X, np.arange(len(X)), labels, [0], **params)
    significant = np.zeros((n_clusters, *X.shape[1:]), dtype=bool)
    significant[: len(found.means)] = found.significant[:, 0]
    return significant
