"""Conversion of labelled results to what files can store."""

import numpy as np
import xarray as xr

from skvaeclust._attrs import plain
from skvaeclust._coordinates._time import as_dates, has_dates


def make_writable(results):
    """Convert coordinates, names and encodings to what NetCDF and zarr can store.

    Results have the coordinates of the data as they were. Files cannot store all types
    that xarray can hold.

    Parameters
    ----------
    results : DataArray or Dataset
        For example, ``labels_`` of :class:`FieldClustering`.

    Returns
    -------
    results : DataArray or Dataset
        Multi-indexes become their levels, dates with a time zone become UTC, periods
        their start, and other objects text. A "/" in names becomes "_". Encodings of
        the files that were read are dropped.

    Raises
    ------
    TypeError
        If the results are not labelled.

    Examples
    --------
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from skvaeclust.xarray import make_writable
    >>> times = pd.date_range("2001-01-01", periods=3, tz="Europe/Oslo")
    >>> labels = xr.DataArray([0, 1, 0], {"time": times}, ["time"], name="label")
    >>> str(make_writable(labels).time.values[0])[:16]
    '2000-12-31T23:00'
    """
    if not isinstance(results, xr.DataArray | xr.Dataset):
        raise TypeError(
            f"results must be a DataArray or a Dataset, got {type(results).__name__}."
        )
    if isinstance(results, xr.DataArray):
        name = "field" if results.name is None else str(results.name)
        data = make_writable(results.to_dataset(name=name))
        return data[name.replace("/", "_")]
    results = reset_multi_indexes(results)
    slashes = [name for name in results.variables if "/" in name]
    results = results.rename({name: name.replace("/", "_") for name in slashes})
    for name, coord in results.coords.items():
        dates = has_dates(coord)
        if dates:
            values = as_dates(coord).values
        elif not isinstance(coord.dtype, np.dtype) or coord.dtype.kind in "OcT":
            values = as_text(coord).values
        else:
            half = coord.dtype == np.float16
            values = coord.values.astype(np.float32) if half else coord.values
        attrs = plain(coord.attrs)
        if dates:
            attrs = {"standard_name": "time", "long_name": name} | attrs
        if dates or coord.dtype.kind == "m":  # written by xarray
            attrs = {k: v for k, v in attrs.items() if k not in ("units", "calendar")}
        encoding = {"_FillValue": None}  # CF: no missing values in coordinates
        variable = xr.Variable(coord.dims, values, attrs, encoding)
        results = results.assign_coords({name: variable})
    return results


def as_text(coord):
    """Convert objects, numbers and strings of any length to text."""
    values = np.asarray(coord.values)
    text = np.array([str(value) for value in values.ravel()], dtype=str)
    return xr.DataArray(text.reshape(values.shape), dims=coord.dims, name=coord.name)


def reset_multi_indexes(results):
    """Convert multi-indexes to coordinates of their levels."""
    multi = [n for n, index in results.indexes.items() if index.nlevels > 1]
    return results.reset_index([n for n in multi if n in results.dims])
