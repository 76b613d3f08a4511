"""Labelled layer of composites: names of dimensions around functions of arrays."""

import numpy as np

from skvaeclust._attrs import anomaly_name, with_plain_attrs
from skvaeclust._labels import as_labels, first_dim, is_labelled
from skvaeclust._warnings import warn
from skvaeclust._words import shown
from skvaeclust.composites._memory_in_time import count_gaps
from skvaeclust.sequences._sequence import time_of

CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
SAMPLE = "stacked sample"  # stands for several dimensions of labels


def as_fields(X, *, name="X", load=True):
    """Return X as a DataArray or Dataset, without bounds of its axes.

    Parameters
    ----------
    X : DataArray, Dataset or list of DataArrays
    name : str, default="X"
        Name in messages.
    load : bool, default=True
        Whether to load dask arrays into memory.
    """
    from skvaeclust._coordinates._metadata import bounds_of
    from skvaeclust._grids._variables import as_dataset

    if isinstance(X, list | tuple) or not is_labelled(X):
        X = as_dataset(X, name)
    if hasattr(X, "data_vars"):
        X = X.drop_vars([name for name in bounds_of(X) if name in X.data_vars])
    for name in ("cluster", "lag"):
        if name in X.dims or name in X.coords:
            raise ValueError(
                f"X has a dimension or coordinate {name!r}, as the result has. Drop it "
                f"or rename it, for example X.rename({name}='my_{name}')."
            )
    return X.compute() if load else X


def align(X, labels):
    """Align fields and labels by the coordinates of the samples.

    Parameters
    ----------
    X : DataArray or Dataset
    labels : DataArray or array-like of shape (n_samples,)
        An array has the first dimension of X, and so has a Series with dates.

    Returns
    -------
    X : DataArray or Dataset
        Samples that are in both, along one dimension.
    labels : ndarray of shape (n_samples,)
    dim : str
    """
    import xarray as xr

    if not isinstance(labels, xr.DataArray):
        values, dim = as_labels(labels), first_dim(X)
        if values.ndim != 1:
            raise ValueError(
                f"labels must be one integer per sample, got the shape {values.shape}."
            )
        time = time_of(labels)
        labels = xr.DataArray(values, {} if time is None else {dim: time}, [dim])
    labels = labels.reset_coords(drop=True)
    absent = [dim for dim in labels.dims if dim not in X.dims]
    if absent:
        raise ValueError(
            f"labels have the dimension {absent[0]!r}, but X only has {[*X.dims]}."
        )
    for dim in labels.dims:
        if not (dim in X.indexes and dim in labels.indexes):
            if X.sizes[dim] != labels.sizes[dim]:
                raise ValueError(
                    f"labels must have {X.sizes[dim]} values along {dim!r}, one per "
                    f"sample, got {labels.sizes[dim]}. With coordinates, they are "
                    "aligned."
                )
            continue
        X, labels = (_with_dates(data, dim, X, labels) for data in (X, labels))
        _check_common(X.indexes[dim], labels.indexes[dim], dim)
    X, labels = xr.align(X, labels, join="inner")
    if labels.ndim == 1:
        return X, labels.values, labels.dims[0]
    stacked = {SAMPLE: labels.dims}
    return X.stack(stacked), labels.stack(stacked).values, SAMPLE


def _with_dates(data, dim, *both):
    """Convert dates of cftime to datetime64 if only one of two indexes has them."""
    calendars = {getattr(item.indexes[dim], "calendar", None) for item in both}
    index = data.indexes[dim]
    if None in calendars and getattr(index, "calendar", None) in CALENDARS:
        return data.assign_coords({dim: index.to_datetimeindex(time_unit="us")})
    return data


def _check_common(first, second, dim):
    """Check that indexes of X and of labels can be aligned."""
    if first.equals(second):
        return
    for name, index in (("X", first), ("labels", second)):
        if not index.is_unique:
            raise ValueError(
                f"{name} must have different values of {dim!r} to be aligned, got "
                f"{index[index.duplicated()][0]} more than once."
            )
    if not len(first.intersection(second)):
        raise ValueError(
            f"X and labels have no common value of {dim!r}: X starts at "
            f"{_describe(first)}, labels start at {_describe(second)}."
        )


def _describe(index):
    """Describe the first value of an index, and the type or the calendar."""
    kind = getattr(index, "calendar", None)
    kind = f"calendar {kind}" if kind else str(index.dtype)
    return f"{index[0]} ({kind})" if len(index) else "no value"


def average(X, labels, dim, n_clusters, anomalies):
    """Average each variable over the samples of each cluster, lazily for dask arrays.

    Parameters
    ----------
    X : DataArray or Dataset
        Variables without the dimension are kept as they are.
    labels : ndarray of int of shape (n_samples,)
    dim : str
    n_clusters : int
    anomalies : bool
        Whether to subtract the mean of all samples.

    Returns
    -------
    means : DataArray or Dataset
        On "cluster" and the other dimensions, with the attributes of X.
    """
    import xarray as xr

    def apply(variable):
        if dim not in variable.dims:
            return variable
        check_numbers(variable)
        variable = variable.astype(float)
        total = _mean_of_present(variable, dim)
        means = [xr.full_like(total, np.nan)] * n_clusters
        for k in np.unique(labels[labels >= 0]):
            members = variable.isel({dim: np.flatnonzero(labels == k)})
            means[k] = _mean_of_present(members, dim)
        means = xr.concat(means, "cluster")
        if not anomalies:
            return means
        named = means.assign_attrs(long_name=anomaly_name(variable))
        return named.copy(data=(means - total.data).data)

    if isinstance(X, xr.Dataset):
        variables = {name: apply(variable) for name, variable in X.data_vars.items()}
        result = xr.Dataset(variables, attrs=X.attrs)
    else:
        result = apply(X)
    return with_plain_attrs(result.assign_coords(cluster=numbers(n_clusters)))


def _mean_of_present(variable, dim):
    """Average samples that have any value; NaN where one of them lacks a value."""
    known = variable.notnull()
    n_present = known.any([name for name in variable.dims if name != dim]).sum()
    mean = variable.mean(dim, skipna=True, keep_attrs=True)
    return mean.where(known.sum(dim) == n_present)


def numbers(n_clusters):
    """Return the coordinate of the clusters."""
    return (
        "cluster",
        np.arange(n_clusters),
        {"long_name": "cluster index, starting at 0"},
    )


def with_dims(values, X, dim):
    """Return predictions of a Pipeline for labelled X as a DataArray."""
    import xarray as xr

    if hasattr(values, "dims"):
        return values
    coords = {dim: X[dim]} if dim in X.coords else {}
    return xr.DataArray(values, coords, [dim, "cluster"][: np.ndim(values)])


def check_numbers(variable):
    """Check that a variable can be averaged."""
    if variable.dtype.kind not in "biuf":
        raise TypeError(
            f"Expected numbers, got {variable.name!r} of type {variable.dtype}. "
            "Convert it, or drop it, for example X.drop_vars(name)."
        )


def stack_channels(X, dim):
    """Stack the variables as channels, samples first.

    Returns
    -------
    values : ndarray of shape (n_samples, n_variables, n_points, 1)
    restore : callable
        Converts (n_clusters, n_lags, n_variables, n_points, 1) to the type of X, on
        "cluster", "lag" and the grid.
    """
    import xarray as xr

    fields = X.data_vars if isinstance(X, xr.Dataset) else {None: X}
    fields = {name: field for name, field in fields.items() if dim in field.dims}
    first = next(iter(fields.values())).transpose(dim, ...)
    for name, field in fields.items():
        check_numbers(field)
        if set(field.dims) != set(first.dims):
            raise ValueError(
                f"{name!r} has the dimensions {field.dims}, but {first.name!r} has "
                f"{first.dims}. The variables are tested together and must be on one "
                "grid."
            )
    values = [field.transpose(*first.dims).values for field in fields.values()]
    values = np.stack(values, axis=1).astype(float)
    grid = first.isel({dim: 0}, drop=True)

    def restore(array, keep_attrs=True):
        arrays = {
            name: xr.DataArray(
                array[:, :, i].reshape(*array.shape[:2], *grid.shape),
                dims=["cluster", "lag", *grid.dims],
                attrs=field.attrs if keep_attrs else None,
                name=field.name,
            )
            for i, (name, field) in enumerate(fields.items())
        }
        result = xr.Dataset(arrays) if isinstance(X, xr.Dataset) else arrays[None]
        return with_plain_attrs(result.assign_coords(grid.coords))

    return values.reshape(len(first), len(fields), -1, 1), restore


def read_segments(X, dim):
    """Find the order of samples in time, and the gaps.

    Parameters
    ----------
    X : DataArray or Dataset
        Result of `align`.
    dim : str

    Returns
    -------
    order : ndarray of int of shape (n_samples,)
    segments : ndarray of int of shape (n_samples,)
        Number of gaps before each sample, in this order.
    """
    from skvaeclust._coordinates._time import times_of
    from skvaeclust._grids._variables import as_dataset

    n_samples = X.sizes[dim]
    if dim == SAMPLE:
        return np.arange(n_samples), _read_several(X.indexes[dim])
    time = times_of(as_dataset(X), dim, [dim])
    if time is None:
        return np.arange(n_samples), np.zeros(n_samples, dtype=int)
    order = np.argsort(time.values, kind="stable")
    return order, count_gaps(time.values[order], n_samples)


def _read_several(index):
    """Return the gaps of samples of several dimensions, of which time is the last."""
    n_times = index.levshape[-1]
    time = index.get_level_values(-1)[:n_times]
    warn(
        f"Samples have the dimensions {', '.join(map(str, index.names))}. The test "
        f"treats sequences along {index.names[-1]!r} as independent of each other, "
        "which the members of one ensemble forecast are not.",
        UserWarning,
    )
    gaps = count_gaps(time.values if _has_dates(time) else None, n_times)
    return (np.arange(len(index) // n_times)[:, None] * n_times + gaps).ravel()


def _has_dates(index):
    return index.dtype.kind == "M" or hasattr(index, "calendar")


def time_last(labels):
    """Put the dimension with dates last, so that sequences stay in one piece."""
    if getattr(labels, "ndim", 1) < 2 or not hasattr(labels, "dims"):
        return labels
    dates = [d for d in labels.dims if d in labels.indexes]
    dates = [d for d in dates if _has_dates(labels.indexes[d])]
    return labels.transpose(..., *dates[:1])


def read_events(record, events, groups, time):
    """Return labelled events as arrays.

    Parameters
    ----------
    record : DataArray or Dataset
    events, groups, time : array-like or DataArray
        As for `lead_lag_composites`.

    Returns
    -------
    dim : str
        Dimension of the times of the record.
    events, groups, time : ndarray
        Without events at times that the record lacks.
    """
    labelled = (item for item in (groups, events) if hasattr(item, "dims"))
    dims = [item.dims[0] for item in labelled if item.ndim == 1]
    dim = next((name for name in dims if name in record.dims), first_dim(record))
    if time is None and dim in record.indexes:
        time = record[dim].values
    events = np.asarray(events)
    has_times = time is not None and events.dtype.kind not in "iu"
    if has_times and hasattr(groups, "indexes") and groups.size != events.size:
        groups = groups.sel({groups.dims[0]: events})
    groups = np.asarray(groups)
    if has_times and dim in record.indexes and len(groups) == len(events):
        index = record.indexes[dim]
        known = index.get_indexer(events) >= 0
        if not known.any():
            raise ValueError(
                f"events must be values of {dim!r} of the record, which starts at "
                f"{_describe(index)}, but none of {len(events)} is; got "
                f"{shown(events.tolist())}. The first dimension of the record must be "
                "that of its times."
            )
        events, groups = events[known], groups[known]
    return dim, events, groups, time
