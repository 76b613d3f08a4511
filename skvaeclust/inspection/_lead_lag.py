"""Mean fields before and after events (numpy in and out)."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skvaeclust._fields import as_array, find_valid, on_one_thread
from skvaeclust.inspection._composites import check_labels
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._sequence import without_gap


@dataclass(frozen=True)
class LeadLagComposites:
    """Mean fields before and after events, by group.

    Attributes
    ----------
    lags : ndarray of shape (n_lags,)
        Steps of the record from the event; negative before it.
    means : ndarray of shape (n_groups, n_lags, ...)
        Mean fields, in the units of the record; NaN on land, and without members.
    n_members : ndarray of shape (n_groups, n_lags)
        Number of events that have a field in the record at this lag.
    significant : ndarray of bool of shape (n_groups, n_lags, ...)
        Where the bootstrap interval of the mean leaves out the mean of the record.
    """

    lags: np.ndarray
    means: np.ndarray
    n_members: np.ndarray
    significant: np.ndarray

    def plot(self, *, x=None, y=None, units="", lag_units="", axes=None):
        """Draw a row of maps per group, a column per lag.

        Parameters
        ----------
        x, y : array-like of shape (width,) and (height,), default=None
            Coordinates; None numbers the points.
        units : str, default=""
            Of the fields.
        lag_units : str, default=""
            Of a step of the record, for instance "d".
        axes : sequence of matplotlib Axes, default=None
            Where to draw, group by group; None makes a figure.

        Returns
        -------
        display : FieldMapsDisplay
            Faded where the composite is not significant.
        """
        titles = [
            f"{k}: {lag:{'+' if lag else ''}d} {lag_units}".strip() + f", n = {n}"
            for k, of_group in enumerate(self.n_members)
            for lag, n in zip(self.lags, of_group, strict=True)
        ]
        return FieldMapsDisplay(
            np.concatenate(self.means),
            titles,
            significant=np.concatenate(self.significant),
            x=x,
            y=y,
            units=units,
        ).plot(n_columns=len(self.lags), axes=axes)


def _bootstrap_interval(rows, n_bootstrap, confidence, rng):
    """Bootstrap the mean over rows: percentile interval (2, n_points).

    The mean of a draw is linear in how often it has each row.
    """
    counts = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), n_bootstrap)
    tail = (1 - confidence) / 2
    return np.quantile(counts @ rows / len(rows), [tail, 1 - tail], axis=0)


def _find(events, time):
    """Return the index of each event in the record."""
    if time is None or events.dtype.kind in "iu":
        return events
    time = np.asarray(time)
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
    groups = check_labels(groups, len(events), "groups")
    for name, values in (("events", events), ("lags", lags)):
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise ValueError(f"{name} must be a row of integers, got {values!r}.")
    outside = events[(events < 0) | (events >= n_times)]
    if outside.size:
        raise ValueError(
            f"events {outside.tolist()} are outside the record of {n_times} times."
        )
    return events, groups, lags


@on_one_thread
def lead_lag_composites(
    record,
    events,
    groups,
    lags,
    *,
    time=None,
    n_bootstrap=1000,
    confidence=0.95,
    random_state=None,
):
    """Average the fields before, at and after the events of each group.

    Parameters
    ----------
    record : array-like of shape (n_times, ...)
        Fields at equal steps of time, NaN on land.
    events : array-like of shape (n_events,)
        Index of each event in the record, if they are integers; else its time.
    groups : array-like of int of shape (n_events,)
        Group of every event, for instance ``labels_``.
    lags : array-like of int of shape (n_lags,)
        Steps from the event; negative before it. Where an event has no field in the
        record at a lag, or a gap in time lies between, it is left out there.
    time : array-like of shape (n_times,), default=None
        Times of the record, increasing: numbers, datetime64, or dates of any calendar
        (cftime). A step that is more than half as long again as the usual one (the
        median) is a gap. None takes equal steps.
    n_bootstrap : int, default=1000
        Number of bootstrap draws of the events.
    confidence : float, default=0.95
        Level of the interval.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    composites : LeadLagComposites
        Means, numbers of members, and where they differ from the mean of the record.

    Raises
    ------
    ValueError
        If an event is not in the record, if times do not increase, or if lengths do not
        match.

    Notes
    -----
    Events are drawn with replacement, whole fields at once; the interval of a point is
    that of the percentiles (Efron 1979, :doi:`10.1214/aos/1176344552`). It is meant for
    each point by itself: of many points without signal, 5 % are significant. It takes
    events for independent: where they follow each other closely, it is too narrow.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import lead_lag_composites
    >>> record = np.zeros((30, 1, 2, 2))
    >>> record[[5, 15, 25]] = 1
    >>> found = lead_lag_composites(record, [5, 15, 25], [0, 0, 0], [-1, 0, 1, 9])
    >>> found.means[0, :, 0, 0, 0]
    array([0., 1., 0., 0.])
    >>> found.n_members
    array([[3, 3, 3, 2]])
    """
    record = as_array(record, float)
    events, groups, lags = _check_events(events, groups, lags, time, len(record))
    check_scalar(n_bootstrap, "n_bootstrap", Integral, min_val=1)
    check_scalar(
        confidence,
        "confidence",
        Real,
        min_val=0,
        max_val=1,
        include_boundaries="neither",
    )
    rng = check_random_state(random_state)
    block = np.append(0, np.cumsum(~without_gap(time, len(record))))
    rows = record.reshape(len(record), -1)
    valid = find_valid(rows)
    normal = np.nanmean(rows[:, valid], axis=0)
    shape = (groups.max(initial=-1) + 1, len(lags))
    means = np.full((*shape, rows.shape[1]), np.nan)
    significant = np.zeros(means.shape, dtype=bool)
    n_members = np.zeros(shape, dtype=int)
    for group, lag in np.ndindex(shape):
        start = events[groups == group]
        times = start + lags[lag]
        inside = (times >= 0) & (times < len(rows))
        start, times = start[inside], times[inside]
        members = rows[times[block[times] == block[start]]][:, valid]
        n_members[group, lag] = len(members)
        if len(members) == 0:
            continue
        means[group, lag, valid] = members.mean(axis=0)
        if len(members) > 1:
            low, high = _bootstrap_interval(members, n_bootstrap, confidence, rng)
            significant[group, lag, valid] = (normal < low) | (normal > high)
    fields = (*shape, *record.shape[1:])
    return LeadLagComposites(
        lags, means.reshape(fields), n_members, significant.reshape(fields)
    )
