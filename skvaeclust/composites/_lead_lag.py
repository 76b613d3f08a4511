"""Mean fields at lags from events, with tests."""

from dataclasses import dataclass

import numpy as np

from skvaeclust._fields import as_array, find_valid
from skvaeclust._labels import MAX_CLUSTERS, check_labels, is_labelled
from skvaeclust._threads import on_one_thread
from skvaeclust._words import counted
from skvaeclust.composites._clustered import warn_if_clustered
from skvaeclust.composites._labelled import (
    as_fields,
    numbers,
    read_events,
    stack_channels,
)
from skvaeclust.composites._memory_in_time import count_gaps
from skvaeclust.composites._significance import check_alpha, compare_with_record


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
    groups, _ = check_labels(groups, len(events), MAX_CLUSTERS, name="groups")
    for name, values in (("events", events), ("lags", lags)):
        if values.ndim != 1 or values.dtype.kind not in "iu":
            hint = ""
            if name == "events" and time is None and values.dtype.kind == "M":
                hint = " For events as times, pass the times of the record as time=."
            raise ValueError(
                f"{name} must be a 1D array of integers, got an array of shape "
                f"{values.shape} and dtype {values.dtype}.{hint}"
            )
    events, lags = events.astype(int), lags.astype(int)
    beyond = lags[(lags <= -n_times) | (lags >= n_times)]
    if beyond.size or not lags.size:
        raise ValueError(
            f"lags must be integers from {1 - n_times} to {n_times - 1} for a record "
            f"of {n_times} times, got {beyond.tolist()}."
        )
    if (groups < 0).all():
        raise ValueError(
            "groups must have at least one event with a group >= 0, got "
            f"{counted(len(groups), 'event')}{', all of them -1' * bool(len(groups))}."
        )
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
):
    r"""Average the fields at lags from the events of each group.

    Parameters
    ----------
    record : array-like of shape (n_times, ...), DataArray or Dataset
        Fields at equal time steps; NaN on land. The variables of a Dataset are tested
        together, as channels are. Dask arrays are loaded into memory.
    events : array-like of shape (n_events,)
        Index of each event in the record (integers), or its time. Events outside a
        labelled record are left out.
    groups : array-like of int of shape (n_events,)
        Group of each event, for example ``labels_``. Events of the group -1 are
        ignored.
    lags : array-like of int of shape (n_lags,)
        Time steps from the event; negative before the event. An event is left out at
        lags that are outside the record, beyond a gap in time, or where the record has
        no value.
    time : array-like of shape (n_times,), default=None
        Times of the record, increasing: numbers, datetime64, or dates of any calendar
        (cftime). A step longer than 1.5 times the median is a gap. Default: the times
        of a labelled record, or equal steps.
    alpha : float, default=0.05
        False discovery rate over the points of all maps (Benjamini-Hochberg): on
        average, at most this fraction of the significant points is false.

    Returns
    -------
    composites : LeadLagComposites
        Means, numbers of members and significance. Those of a labelled record are of
        its type, with the dimensions "cluster" and "lag".

    Raises
    ------
    ValueError
        If an event is not in the record, times do not increase, lengths differ, a lag
        is longer than the record, or there are no events.

    Warns
    -----
    UserWarning
        If labels of :class:`~skvaeclust.xarray.FieldClustering` show that the record
        holds the variable that was clustered.

    Notes
    -----
    The null hypothesis is that the fields do not depend on the events. Then the mean of
    the members differs from that of the record as it would for the same events, shifted
    by any time. With weights :math:`w_t` (members divided by their number, minus 1/N),
    and Fourier transforms :math:`\hat w` and :math:`\hat x` of the weights and of the
    record of N times, the covariance over all circular shifts is

    .. math:: V = \frac{1}{N^2} \sum_{f \ne 0} |\hat w_f|^2\, \hat x_f \hat x_f^*.

    It depends on the memory of both the events and the fields, without a block length.
    A factor corrects for gaps. If the variance among the members exceeds that of the
    record, V is multiplied by the ratio. The squared difference in units of V is
    compared with its distribution for Gaussian fields; it allows for the uncertainty of
    V. Channels, such as the components of a vector, are tested jointly. The use of the
    false discovery rate for fields follows [1]_. The measured error rates are in
    :ref:`calibration`.

    The p-values are NaN for points where a time lacks a value. For skewed fields, such
    as daily precipitation, they are too large on average. They are too small if the
    memory of fields and events is as long as the record: of points of red noise with
    the lag-one correlation 0.995, 11 % differ with p < 0.05 between the halves of a
    year. The test has little power for events at exactly equal intervals, because few
    of their shifts are different.

    The test does not apply to the fields in which the clusters were found: their means
    differ by construction, and so do those of fields computed from them. See
    :func:`~skvaeclust.model_selection.cluster_stability`.

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
    check_alpha(alpha)
    if is_labelled(record):
        return _labelled_composites(record, events, groups, lags, time, alpha)
    record = as_array(record, float)
    events, groups, lags = _check_events(events, groups, lags, time, len(record))
    segment = count_gaps(time, len(record))
    flat = record.reshape(len(record), -1)
    valid = find_valid(flat)
    present = ~np.isnan(flat[:, valid]).all(axis=1)
    shape = (groups.max(initial=-1) + 1, len(lags))
    counts = np.zeros((*shape, len(record)), dtype=int)
    means = np.full((*shape, flat.shape[1]), np.nan)
    for group, lag in np.ndindex(shape):
        times = _times_at_lag(events[groups == group], lags[lag], segment)
        times = times[present[times]]
        np.add.at(counts[group, lag], times, 1)
        if len(times):
            means[group, lag, valid] = flat[np.ix_(times, valid)].mean(axis=0)
    significant, p_values = compare_with_record(
        record, counts.reshape(-1, len(record)), segment, alpha
    )
    means, significant, p_values = (
        a.reshape(*shape, *record.shape[1:]) for a in (means, significant, p_values)
    )
    n_members = counts.sum(axis=-1)
    return LeadLagComposites(lags, means, n_members, significant, p_values)


def _labelled_composites(record, events, groups, lags, time, alpha):
    """Average labelled fields at lags from events; variables are tested together."""
    import xarray as xr

    record = as_fields(record, name="record")
    warn_if_clustered(record, groups)
    dim, events, groups, time = read_events(record, events, groups, time)
    values, restore = stack_channels(record, dim)
    found = lead_lag_composites(values, events, groups, lags, time=time, alpha=alpha)
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
