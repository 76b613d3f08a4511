"""Life cycles of clusters: periods in which an index stays above a threshold."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from skvaeclust._arguments import as_numbers, check_flag, check_number
from skvaeclust._attrs import CLUSTERED
from skvaeclust._words import counted
from skvaeclust.sequences._coverage import (
    Coverage,
    describe_duration,
    read_duration,
    running_mean,
)
from skvaeclust.sequences._sequence import as_time, in_seconds, read_time, time_of

ROUNDING = 1e-9  # of durations, in steps
CHANGE = 0.1  # of the threshold, in the summary
OF_LABELS = (
    " For the periods of labels, pass a column of zeros and ones for each cluster, "
    "with threshold=0.5: "
    "(numpy.asarray(labels)[:, None] == numpy.arange(n_clusters)) * 1."
)


def life_cycles(
    index,
    *,
    time=None,
    threshold=1.0,
    min_duration,
    max_dip=0,
    must_lead=False,
    smooth=None,
):
    """Find the periods in which the index of a cluster stays above a threshold.

    Parameters
    ----------
    index : array-like of shape (n_samples, n_clusters) or DataArray
        Index of every cluster in order of time, such as the projection of anomalies on
        the mean of the cluster, in standard deviations. A DataArray has the dimensions
        of time and "cluster", in any order. NaN is a missing value.
    time : array-like of shape (n_samples,), default=None
        Increasing times: numbers, datetime64, or dates of any calendar (cftime). A step
        longer than 1.5 times the median is a gap. Default: the coordinate of a
        DataArray, or sample numbers.
    threshold : float, default=1.0
        Lowest index of a cycle.
    min_duration : number, str or timedelta
        Shortest duration of a cycle: such as "5D" or ``numpy.timedelta64(5, "D")`` for
        dates, and otherwise a number in the units of time.
    max_dip : number, str or timedelta, default=0
        Longest time for which the index may fall below the threshold within a cycle.
    must_lead : bool, default=False
        Whether the index of the cluster must be the highest of all clusters in at least
        one sample of the cycle.
    smooth : number, str or timedelta, default=None
        Length of a centred running mean of the index, an odd number of steps. Samples
        closer to a gap, a missing value or an end than half of it are left out: the
        index is not extended.

    Returns
    -------
    cycles : LifeCycles
        Table with one row per cycle, and labels. ``print`` shows a summary.

    Raises
    ------
    ValueError
        If the shape of the index or a duration is invalid, or times do not increase.

    See Also
    --------
    residence_times : Runs of labels, without an index.
    skvaeclust.composites.lead_lag_composites : Fields at lags from the onsets.

    Notes
    -----
    A sample covers the time to the next one, or a median step before a gap and at the
    end of the record. The duration of a cycle is the time that its samples cover, dips
    included: five days for five daily samples or twenty six-hourly ones.

    A gap or a missing value ends a cycle, whatever ``max_dip`` is. Such a cycle is not
    complete. With ``max_dip``, a cycle is complete only if the index is known to stay
    below the threshold for longer than ``max_dip`` before and after it.

    Cycles of different clusters may overlap.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.sequences import life_cycles
    >>> index = [[0.2], [1.1], [1.6], [1.2], [0.4], [0.1]]
    >>> time = np.arange("2001-01-01", "2001-01-07", dtype="M8[D]")
    >>> cycles = life_cycles(index, time=time, min_duration="3D")
    >>> print(cycles)
    1 life cycle of 1 cluster, 1 complete, mean duration 3.0 days, at threshold 1. There
    would be 1 at threshold 0.9 and 1 at threshold 1.1.
    >>> cycles.table.loc[0, "maximum"]
    Timestamp('2001-01-03 00:00:00')
    >>> cycles.labels().tolist()
    [-1, 0, 0, 0, -1, -1]
    """
    threshold = check_number(threshold, "threshold")
    must_lead = check_flag(must_lead, "must_lead")
    for name, value in (("min_duration", min_duration), ("max_dip", max_dip)):
        if value is None:
            raise ValueError(f"{name} must be a duration or a number, got None.")
    template = names = None
    clustered = {}
    if hasattr(index, "dims") and not hasattr(index, "data_vars"):
        if len(index.dims) != 2 or "cluster" not in index.dims:
            hint = " Select one sequence, for example by isel."
            raise ValueError(
                "index must have the dimensions of time and 'cluster', got "
                f"{index.dims}.{OF_LABELS if index.ndim == 1 else hint}"
            )
        clustered = {k: v for k, v in index.attrs.items() if k == CLUSTERED}
        index = index.transpose(..., "cluster")
        template = index.isel(cluster=0, drop=True)
        if "cluster" in index.coords:
            names = [str(name) for name in index["cluster"].values]
    values = as_numbers(index, "index")
    if values.ndim != 2 or values.size == 0:
        raise ValueError(
            f"index must have the shape (n_samples, n_clusters), got {values.shape}."
            f"{OF_LABELS * (values.ndim == 1)}"
        )
    time, of_time = read_time(index, time, "index")
    time = np.arange(len(values)) if time is None else time
    coverage = Coverage.of(time, len(values), of_time)
    durations = {"min_duration": min_duration, "max_dip": max_dip, "smooth": smooth}
    seconds = {name: read_duration(name, d, time) for name, d in durations.items()}
    attrs = {
        "threshold": threshold,
        **{name: describe_duration(seconds[name], time) for name in durations},
        "must_lead": must_lead,
        "duration": "from the onset to the end of the step of the decay",
    }
    length = seconds.pop("smooth")
    if length is not None:
        values = running_mean(values, coverage, length)
    rules = _Rules(threshold, must_lead=must_lead, **seconds)
    bounds, complete = _find(values, coverage, rules)
    table = _tabulate(values, time, coverage, bounds, complete)
    table.attrs = attrs | clustered  # pandas hands them to the columns
    names = [str(k) for k in range(values.shape[1])] if names is None else names
    return LifeCycles(table, attrs, names, values, time, bounds, rules, template)


@dataclass(frozen=True)
class LifeCycles:
    """Result of :func:`life_cycles`. ``print`` shows a summary.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per cycle, in order of onset:

        - "cluster", its number;
        - "onset" and "decay", the times of the first and the last sample at or above
          the threshold;
        - "maximum", the time of the highest index, the first of equals; "peak", its
          value;
        - "duration", the time that the samples cover;
        - "complete", False if a gap, a missing value or an end of the record cuts the
          cycle;
        - "previous" and "next", the clusters of the cycles with the preceding and the
          following onset in the same unbroken record, -1 if there are none.
    attrs : dict
        The rules, also in ``table.attrs``.
    names : list of str
        Names of the clusters, from a labelled index, or their numbers.
    index : ndarray of shape (n_samples, n_clusters)
        The index, smoothed if ``smooth`` was given.
    time : ndarray of shape (n_samples,)
        Times of the samples.
    bounds : ndarray of int of shape (n_cycles, 3)
        Cluster, first and last sample of each cycle.
    """

    table: object
    attrs: dict
    names: list
    index: np.ndarray = field(repr=False)
    time: np.ndarray = field(repr=False)
    bounds: np.ndarray = field(repr=False)
    _rules: object = field(repr=False)
    _template: object = field(repr=False)

    def labels(self, time=None):
        """Return the cluster whose cycle is active, -1 if there is none.

        Parameters
        ----------
        time : array-like or DataArray of shape (n_times,), default=None
            Times. Default: those of the index.

        Returns
        -------
        labels : ndarray or DataArray of int of shape (n_times,)
            If several cycles are active, that with the highest index. Labelled if
            ``time`` is, or else if the index was.
        """
        active = np.full(self.index.shape, -np.inf)
        for k, first, last in self.bounds:
            active[first : last + 1, k] = self.index[first : last + 1, k]
        labels = np.where(np.isneginf(active).all(axis=1), -1, active.argmax(axis=1))
        if time is None:
            given = self._template
            return labels if given is None else _like(given, labels, self.table.attrs)
        times = as_time(time_of(time, "time") if hasattr(time, "dims") else time)
        _check_times(times, self.time)
        sample = np.searchsorted(self.time, times, side="right") - 1
        since = in_seconds(times - self.time[sample])
        covered = (sample >= 0) & (
            since < Coverage.of(self.time, len(self.time)).steps[sample]
        )
        labels = np.where(covered, labels[sample], -1)
        if not hasattr(time, "dims"):
            return labels
        return _like(time, labels, self.table.attrs)

    def n_cycles(self, threshold):
        """Return the number of cycles with another threshold.

        Parameters
        ----------
        threshold : float
            Lowest index of a cycle.

        Returns
        -------
        n_cycles : int
            All other rules are the same.
        """
        rules = self._rules._replace(threshold=check_number(threshold, "threshold"))
        return len(_find(self.index, Coverage.of(self.time, len(self.time)), rules)[0])

    @property
    def summary(self):
        """Numbers of cycles, also with other thresholds, and their mean duration."""
        n_cycles, n_clusters = len(self.table), self.index.shape[1]
        threshold = self._rules.threshold
        duration = self.table["duration"].mean()
        unit = ""
        if hasattr(duration, "total_seconds"):
            duration, unit = duration.total_seconds() / 86400, " days"
        mean = f", mean duration {duration:.1f}{unit}" if n_cycles else ""
        low, high = threshold - CHANGE, threshold + CHANGE
        return (
            f"{counted(n_cycles, 'life cycle')} of {counted(n_clusters, 'cluster')}, "
            f"{self.table['complete'].sum()} complete{mean}, at threshold "
            f"{threshold:g}. There would be {self.n_cycles(low)} at threshold {low:g} "
            f"and {self.n_cycles(high)} at threshold {high:g}."
        )

    __str__ = summary.fget


class _Rules(NamedTuple):
    """Rules of cycles; durations are in seconds for dates."""

    threshold: float
    min_duration: float
    max_dip: float
    must_lead: bool


def _check_times(times, own):
    """Check that times are known, and of the type and calendar of the own times."""
    if (times != times).any():
        first = int(np.argmax(times != times))
        raise ValueError(f"time[{first}] is NaT or NaN. Assign it, or drop the sample.")
    types = [
        getattr(values.flat[0], "calendar", "numbers")
        if values.dtype.kind not in "mM"
        else {"m": "durations", "M": "datetime64"}[values.dtype.kind]
        for values in (times, own)
        if values.size
    ]
    if len(set(types)) > 1:
        raise ValueError(
            f"time must be of the type of that of the index, {types[1]}, got "
            f"{types[0]}."
        )


def _like(template, labels, attrs):
    """Return labels as a DataArray with the coordinates of another one."""
    array = template.copy(data=labels).rename("label")
    known = {k: v for k, v in attrs.items() if k == CLUSTERED}
    array.attrs = {"long_name": "cluster of the active life cycle, -1 if none"} | known
    return array


def _find(values, coverage, rules):
    """Return cluster, first and last sample of cycles, and whether each is complete."""
    leads = values >= np.fmax.reduce(values, axis=1, keepdims=True)
    found, known = [np.empty((0, 3), dtype=int)], [np.empty(0, dtype=bool)]
    for k, series in enumerate(values.T):
        first, last, complete = _find_one(series, coverage, rules)
        if rules.must_lead:
            leading = np.append(0, np.cumsum(leads[:, k]))
            keep = leading[last + 1] > leading[first]
            first, last, complete = first[keep], last[keep], complete[keep]
        found.append(np.column_stack([np.full_like(first, k), first, last]))
        known.append(complete)
    bounds, complete = np.concatenate(found), np.concatenate(known)
    order = np.lexsort((bounds[:, 0], bounds[:, 1]))
    return bounds[order], complete[order]


def _find_one(series, coverage, rules):
    """Find the cycles of one cluster."""
    start, end = coverage.start, coverage.end
    tolerance = ROUNDING * coverage.step
    records = coverage.records(np.isnan(series))
    above = np.append(series >= rules.threshold, False)
    continues = np.append(np.diff(records) == 0, False)
    first = np.flatnonzero(above[:-1] & ~np.append(False, above[:-2] & continues[:-1]))
    last = np.flatnonzero(above[:-1] & ~(above[1:] & continues))
    dips = start[first[1:]] - end[last[:-1]]
    bridged = dips <= rules.max_dip + tolerance
    bridged &= records[first[1:]] == records[last[:-1]]
    first = first[np.append(True, ~bridged)[: len(first)]]
    last = last[np.append(~bridged, True)[: len(last)]]
    keep = end[last] - start[first] >= rules.min_duration - tolerance
    first, last = first[keep], last[keep]
    begins = start[np.searchsorted(records, records[first])]
    ends = end[np.searchsorted(records, records[last], side="right") - 1]
    complete = start[first] - begins > rules.max_dip + tolerance
    complete &= ends - end[last] > rules.max_dip + tolerance
    return first, last, complete


def _tabulate(values, time, coverage, bounds, complete):
    """Return the table of :class:`LifeCycles`."""
    import pandas as pd

    cluster, first, last = bounds.T
    maximum = np.array(
        [i + int(values[i : j + 1, k].argmax()) for k, i, j in bounds], dtype=int
    )
    duration = coverage.end[last] - coverage.start[first]
    if time.dtype.kind in "mMO":
        duration = np.round(1e6 * duration).astype("m8[us]")
    records = coverage.records(np.isnan(values).all(axis=1))[first]
    same = np.diff(records) == 0
    previous, following = np.full((2, len(bounds)), -1)
    previous[1:][same] = cluster[:-1][same]
    following[:-1][same] = cluster[1:][same]
    return pd.DataFrame(
        {
            "cluster": cluster,
            "onset": time[first],
            "maximum": time[maximum],
            "decay": time[last],
            "duration": duration,
            "peak": values[maximum, cluster],
            "complete": complete,
            "previous": previous,
            "next": following,
        },
        index=pd.RangeIndex(len(bounds), name="cycle"),
    )
