"""Pairs of forecasts and labels that are valid at the same time."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from skvaeclust._units import canonical
from skvaeclust.sequences._calendar import months_and_years
from skvaeclust.sequences._sequence import LabelSequence, as_time, in_seconds, time_of
from skvaeclust.verification._references import climatology, markov_persistence
from skvaeclust.verification._scores import fair_squared_errors, squared_errors

ROUNDING = 1e-3  # of sums of probabilities in single precision
UNITS = {"d1": "D", "h1": "h", "s1": "s"}  # of _units.canonical, and of pandas
NO_TRUTH = -2


class Forecasts(NamedTuple):
    """Ensemble forecasts, reduced to sums over members.

    Arrays have the shape (n_starts, n_leads, n_clusters), without the last axis for
    ``n_members``.
    """

    total: np.ndarray
    squares: np.ndarray
    n_members: np.ndarray
    has_members: bool

    @property
    def probabilities(self):
        """Mean over members; NaN without members."""
        n_members = np.where(self.n_members > 0, self.n_members, np.nan)[..., None]
        return self.total / n_members

    def errors(self, outcomes):
        """Return squared errors, fair ones if there are several members."""
        if not self.has_members:
            return squared_errors(self.probabilities, outcomes)
        n_members = self.n_members[..., None]
        return fair_squared_errors(self.total, self.squares, n_members, outcomes)


def dims_of(probabilities, lead_dim, member_dim):
    """Check the dimensions of forecasts; return that of the starts."""
    dims = getattr(probabilities, "dims", None)
    if dims is None or hasattr(probabilities, "data_vars"):
        raise TypeError(
            "probabilities must be a DataArray, such as the result of "
            f"FieldClustering.predict_proba, got {type(probabilities).__name__}."
        )
    starts = [d for d in dims if d not in ("cluster", lead_dim, member_dim)]
    if "cluster" not in dims or lead_dim not in dims or len(starts) != 1:
        raise ValueError(
            f"probabilities must have the dimensions 'cluster', {lead_dim!r}, one for "
            f"the starts of forecasts and, optionally, {member_dim!r}; got {dims}."
        )
    if probabilities.dtype.kind not in "biuf":
        raise ValueError(
            f"probabilities must be numbers, got the type {probabilities.dtype}."
        )
    empty = [dim for dim in dims if probabilities.sizes[dim] == 0]
    if empty:
        raise ValueError(f"probabilities have no values: {empty[0]!r} has the size 0.")
    return starts[0]


def check_clusters(probabilities, truth):
    """Check that clusters of forecasts have the order of the labels of truth."""
    if "cluster" not in probabilities.coords:
        return
    clusters = probabilities["cluster"].values
    if clusters.dtype.kind in "iuf":
        found, expected = clusters.tolist(), list(range(len(clusters)))
    else:
        found = ["_".join(str(name).split()) for name in clusters]
        expected = str(truth.attrs.get("flag_meanings", "")).split() or found
    if found != expected:
        raise ValueError(
            f"The clusters of probabilities must be {expected}, in the order of the "
            f"labels of truth; got {found}. Select them, for example by "
            "probabilities.sel(cluster=...)."
        )


def read_forecasts(probabilities, start_dim, lead_dim, member_dim):
    """Sum forecasts over members, and check them. Dask arrays are read in chunks."""
    import xarray as xr

    p = probabilities.transpose(start_dim, lead_dim, ..., "cluster").astype(float)
    has_members = member_dim in p.dims and p.sizes[member_dim] > 1
    known = p.notnull()
    per_cluster = known.sum("cluster")
    if member_dim in p.dims:
        sums = {"total": p.sum(member_dim), "squares": (p**2).sum(member_dim)}
        n_members = (per_cluster == p.sizes["cluster"]).sum(member_dim)
    else:
        sums = {"total": p.fillna(0), "squares": p.fillna(0) ** 2}
        n_members = (per_cluster == p.sizes["cluster"]).astype(int)
    checks = {
        "low": p.min(),
        "high": p.max(),
        "sum": p.sum("cluster").max(),
        "partly": ((per_cluster > 0) & (per_cluster < p.sizes["cluster"])).any(),
    }
    found = xr.Dataset(
        {name: v.variable for name, v in {**sums, "n": n_members, **checks}.items()}
    ).compute()
    if found["low"] < 0 or found["high"] > 1 or found["sum"] > 1 + ROUNDING:
        raise ValueError(
            "probabilities must be between 0 and 1, with a sum over clusters of at "
            f"most 1; found values of {float(found['low']):g} to "
            f"{float(found['high']):g} and a sum of {float(found['sum']):g}."
        )
    if found["partly"]:
        raise ValueError(
            "probabilities must be NaN for all clusters or none, got NaN for some only."
        )
    arrays = (found[name].values for name in ("total", "squares", "n"))
    return Forecasts(*arrays, has_members)


def read_valid_time(probabilities, start_dim, lead_dim):
    """Return the valid time of each forecast, an array of shape (n_starts, n_leads)."""
    valid = _valid_time(probabilities, start_dim, lead_dim)
    for axis, dim in enumerate((start_dim, lead_dim)):
        before = np.take(valid, range(valid.shape[axis] - 1), axis)
        if (before >= np.take(valid, range(1, valid.shape[axis]), axis)).any():
            raise ValueError(
                f"Valid times must increase along {dim!r}. Sort the forecasts, for "
                f"example by probabilities.sortby({dim!r})."
            )
    return valid


def _valid_time(probabilities, start_dim, lead_dim):
    if "valid_time" in probabilities.coords:
        valid = probabilities["valid_time"]
        if {*valid.dims} == {start_dim, lead_dim}:
            valid = valid.transpose(start_dim, lead_dim).values
            return as_time(valid.ravel(), "valid_time").reshape(valid.shape)
    start, lead = (_coordinate(probabilities, dim) for dim in (start_dim, lead_dim))
    lead = lead_times(lead)
    start = as_time(time_of(start, "probabilities"))
    if start.dtype.kind not in "MO":
        raise ValueError(
            f"The coordinate {start_dim!r} of probabilities must hold dates, got the "
            f"type {start.dtype}."
        )
    if start.dtype.kind == "O":
        lead = np.array([pd.Timedelta(step).to_pytimedelta() for step in lead])
    return start[:, None] + lead


def _coordinate(array, dim):
    if dim not in array.coords:
        raise ValueError(f"probabilities must have a coordinate {dim!r}.")
    return array[dim]


def lead_times(lead):
    """Return lead times as timedelta64, from durations or from numbers with units."""
    values = lead.values
    if (values != values).any():
        raise ValueError(
            f"Lead times must not be missing, got NaT or NaN in {lead.name!r}."
        )
    if values.dtype.kind == "m":
        return values
    units = canonical(lead.attrs.get("units", ""))
    if values.dtype.kind not in "iuf" or units not in UNITS:
        raise ValueError(
            f"The coordinate {lead.name!r} of probabilities must hold durations, or "
            "numbers with the attribute units='days', 'hours' or 'seconds'; got the "
            f"type {values.dtype} and units {lead.attrs.get('units')!r}. A coordinate "
            f"'valid_time' on starts and {lead.name!r} is used instead if there is one."
        )
    return pd.to_timedelta(values, unit=UNITS[units]).to_numpy()


class Truth(NamedTuple):
    """Labels of the analysis, and their place in the forecasts."""

    sequence: LabelSequence
    valid_time: np.ndarray  # of shape (n_starts, n_leads), as `sample`
    sample: np.ndarray  # index of the sample at the valid time, -1 if there is none

    @classmethod
    def at(cls, labels, valid_time, n_clusters):
        """Find the labels at valid times."""
        if not hasattr(labels, "dims"):
            raise TypeError(
                "truth must be a DataArray with the times of the analysis, got "
                f"{type(labels).__name__}."
            )
        sequence = LabelSequence.read(labels, None, n_clusters, "truth")
        time = sequence.time
        if time is None or time.dtype.kind not in "MO":
            raise ValueError("truth must have a coordinate with dates.")
        return cls(sequence, valid_time, find(time, valid_time))

    @property
    def labels(self):
        """Labels at the valid times, `NO_TRUTH` where there are none."""
        return np.where(self.sample >= 0, self.sequence.labels[self.sample], NO_TRUTH)

    def outcomes(self):
        """Return 1 for the observed cluster and 0 for others, on the last axis."""
        return (self.labels[..., None] == np.arange(self.sequence.n_clusters)) * 1.0

    def climatology(self):
        """Return the climatological probabilities; NaN where there are none."""
        date = months_and_years(self.sequence.time)
        shape = self.valid_time.shape
        target = [d.reshape(shape) for d in months_and_years(self.valid_time.ravel())]
        n_clusters = self.sequence.n_clusters
        return climatology(self.sequence.labels, date, target, n_clusters)

    def persistence(self, start):
        """Return the probabilities of Markov persistence; NaN without an analysis."""
        time = self.sequence.time
        steps = in_seconds((self.valid_time - start[:, None]).ravel())
        step = np.median(np.diff(self.sequence.elapsed))
        n_steps = np.round(np.nan_to_num(steps) / step).astype(int)
        if (np.abs(n_steps * step - steps) > 1e-6 * step).any() or (n_steps < 0).any():
            raise ValueError(
                "reference='persistence' requires lead times that are multiples of the "
                f"time step of truth, {pd.Timedelta(step, 's')}."
            )
        first = np.repeat(find(time, start), self.valid_time.shape[1])
        known = first >= 0
        _, year = months_and_years(time)
        _, target_year = months_and_years(self.valid_time.ravel())
        found = np.full((len(first), self.sequence.n_clusters), np.nan)
        found[known] = markov_persistence(
            self.sequence, year, first[known], n_steps[known], target_year[known]
        )
        return found.reshape(*self.valid_time.shape, -1)


def find(time, sought):
    """Return the index of each time that is sought, -1 if it is not there."""
    kinds = {"M": "datetime64", "O": "calendar dates (cftime)"}
    if time.dtype.kind != sought.dtype.kind:
        raise ValueError(
            f"truth has times of {kinds[time.dtype.kind]}, and the forecasts of "
            f"{kinds.get(sought.dtype.kind, sought.dtype)}. Convert one of them, for "
            "example by convert_calendar of xarray."
        )
    if time.dtype.kind == "O":
        where = {value: i for i, value in enumerate(time)}
        index = np.array([where.get(value, -1) for value in sought.ravel()])
    else:
        index = pd.DatetimeIndex(time).get_indexer(pd.DatetimeIndex(sought.ravel()))
    return index.reshape(sought.shape)
