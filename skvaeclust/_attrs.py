"""Attributes of labelled data that files can store."""

import json

import numpy as np

CLUSTERED = "clustered_variables"  # attribute of labels: names with commas between

PACKING = ("scale_factor", "add_offset")
STORAGE = {"", "_FillValue", "missing_value", "coordinates", "dtype", *PACKING}
OF_TIME = ("units", "calendar")


def with_plain_attrs(data):
    """Return a DataArray or Dataset with attributes that NetCDF can store."""
    data = data.copy(deep=False)
    variables = getattr(data, "data_vars", {})
    for part in (data, *variables.values(), *data.coords.values()):
        part.attrs = own_attrs(part)
    return data


def own_attrs(variable):
    """Return the attributes of a variable that can be written.

    xarray writes the units of dates and durations.
    """
    attrs = plain(variable.attrs)
    if getattr(variable, "dtype", np.dtype(float)).kind in "mMO":
        attrs = {name: value for name, value in attrs.items() if name not in OF_TIME}
    return attrs


def plain(attrs):
    """Convert attributes to text, numbers and arrays, which NetCDF can store.

    Attributes that say how values are stored are left out: xarray writes its own.
    """
    return {
        str(name).replace("/", "_"): str(value) if name == "bounds" else _plain(value)
        for name, value in attrs.items()
        if value is not None and str(name) not in STORAGE
    }


def _plain(value):
    """Convert the value of an attribute."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        return str(value)
    if isinstance(value, str | int | float | np.number):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    array = np.asarray(value) if isinstance(value, np.ndarray | list | tuple) else None
    if array is not None and array.ndim < 2 and array.dtype.kind in "biufUS":
        return array.astype(np.int8) if array.dtype.kind == "b" else value
    try:
        return json.dumps(value, default=str)
    except (TypeError, ValueError):
        return str(value)


def anomaly_name(field):
    """Return the long name of the anomalies of a variable."""
    quantity = str(field.attrs.get("long_name", field.name or "field"))
    return quantity if "anomal" in quantity.lower() else f"{quantity} anomaly"
