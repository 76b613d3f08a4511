"""Times of the samples: coordinates, lead times, calendars."""

import re
from datetime import datetime

import numpy as np
import pandas as pd
import xarray as xr

from skvaeclust._coordinates._coords import equal
from skvaeclust._coordinates._metadata import find_coords, units_of
from skvaeclust._dates import check_not_dates

UNITS = "days since 1970-01-01"
GREGORIAN = {"standard", "gregorian", "proleptic_gregorian"}  # equal after 1582
KINDS = {"M": "date", "m": "duration", "f": "number", "i": "number", "u": "number"}
LEADS = re.compile(
    r"lead|step|(forecast|fcst)_?(period|hour|day|week|month|year|time)|"
    r"prediction_|fhour|tau$|l$",
    re.IGNORECASE,
)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DURATION = re.compile(
    r"(s)(ec(ond)?s?)?|(m)in(ute)?s?|(h)((ou)?rs?)?|(d)(ays?)?|(w)(ee)?ks?", re.I
)


def encode(time):
    """Convert dates to days since 1970 and their calendar; numbers stay."""
    values = np.asarray(time.values)
    if values.dtype.kind in "fiu":
        return values.astype(float), ""
    if values.dtype.kind == "m":
        return values / np.timedelta64(1, "D"), ""
    calendar = time.dt.calendar
    numbers, *_ = xr.coding.times.encode_cf_datetime(
        values.ravel(), UNITS, calendar, dtype=np.dtype("float64")
    )
    calendar = "standard" if calendar in GREGORIAN else calendar
    return np.asarray(numbers, float).reshape(values.shape), calendar


def kind_of(coord):
    """Return "date", "number", "duration" or "other", the kind of the values."""
    if isinstance(coord.dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return "date"
    if coord.dtype.kind == "O":
        values = coord.values.ravel()[:2]
        dates = [hasattr(v, "calendar") or isinstance(v, datetime) for v in values]
        return "date" if any(dates) else "other"
    return KINDS.get(coord.dtype.kind, "other")


def has_dates(coord):
    """Check whether a coordinate holds dates of numpy, pandas, Python or cftime."""
    return kind_of(coord) == "date"


def as_dates(coord):
    """Convert dates with a time zone to UTC, and periods to their start."""
    if not has_dates(coord) or isinstance(coord.dtype, np.dtypes.DateTime64DType):
        return coord
    if isinstance(coord.dtype, pd.DatetimeTZDtype) and coord.ndim == 1:
        index = coord.to_index().tz_convert(None)
        return xr.DataArray(index.values, dims=coord.dims, name=coord.name)
    values = np.asarray(coord.values)
    if any(hasattr(value, "calendar") for value in values.ravel()[:2]):
        return coord
    dates = [getattr(v, "start_time", v) for v in values.ravel()]
    index = pd.to_datetime(dates, utc=True).tz_localize(None)
    dates = index.values.reshape(values.shape)
    return xr.DataArray(dates, dims=coord.dims, name=coord.name, attrs=coord.attrs)


def times_of(data, dim, samples, start=0):
    """Return the time of every sample, or None if the data have no times.

    The time is the coordinate that varies as the samples do: "valid_time", `dim`, one
    that is a time by the CF conventions or holds dates. Dates precede numbers; of
    several, that with most dimensions is chosen. Lead times are added to it.

    Parameters
    ----------
    data : Dataset
    dim : str
    samples : sequence of str
        Dimensions of the samples.
    start : int, default=0
        Index of the first sample along the first dimension, for messages.

    Returns
    -------
    time : DataArray with the dimensions of the samples, or None

    Raises
    ------
    ValueError
        If a time is missing, if numbers are dates, if a lead time has no units, or if
        two coordinates may be the time.
    """
    sizes = {name: data.sizes[name] for name in samples}
    leads = _lead_times(data, dim, samples)
    names = _candidates(data, dim, sizes, leads)
    if not names:
        return None
    chosen = max(names, key=lambda n: (has_dates(data[n]), data[n].ndim))  # the first
    coord = data[chosen]
    time = xr.DataArray(as_dates(coord).variable, name=chosen)
    _check_times(time, samples, start)
    _check_selected(data, dim, time, leads)
    for lead in leads:
        if _is_added(lead, coord):
            time = _add(time, lead)
    shape = xr.DataArray(np.empty([*sizes.values()]), dims=[*sizes])
    return time.broadcast_like(shape).transpose(*sizes).rename(chosen)


def _candidates(data, dim, sizes, leads):
    """List coordinates that may be the time of the samples, preferred ones first."""
    certain = ["valid_time", dim, *find_coords(data, "time", [*sizes])]
    dated = [name for name in data.coords if has_dates(data[name])]
    names = [
        name
        for name in dict.fromkeys([*certain, *dated])
        if name in data.coords
        and set(data[name].dims) <= {*sizes}
        and (kind_of(data[name]) in ("date", "number") or name == dim)
        and _varies(data[name], dim, sizes, leads)
    ]
    rivals = [name for name in names if name in dated]
    if len(rivals) > 1 and not {*rivals} & {*certain}:
        first, second = (data[name].variable for name in rivals[:2])
        if first.dims != second.dims or not equal(first, second).all():
            raise ValueError(
                f"The coordinates {rivals[0]!r} and {rivals[1]!r} both hold dates of "
                "the samples, and differ. Drop one of them, for example "
                f"data.drop_vars({rivals[1]!r})."
            )
    return names


def _varies(coord, dim, sizes, leads):
    """Check whether a coordinate may vary from sample to sample as the time does.

    A scalar that remains from the selection of one date is not the time of
    samples at several dates.
    """
    if dim in sizes:
        return dim in coord.dims
    left_over = coord.name == "valid_time" and any(lead.ndim for lead in leads)
    return coord.ndim > 0 or not left_over


def _lead_times(data, dim, samples):
    """List the coordinates that are lead times, at most one per dimension."""
    found = {}
    for name in [*samples, *data.coords]:
        if (
            name == dim
            or name not in data.coords
            or not set(data[name].dims) <= {*samples}
        ):
            continue
        coord, kind = data[name], kind_of(data[name])
        named = "forecast_period" in str(coord.attrs.get("standard_name", ""))
        named = named or bool(LEADS.match(name))
        units = DURATION.fullmatch(units_of(coord))
        inside = name in samples and (kind == "duration" or units)
        if kind in ("duration", "number") and (named or inside):
            found.setdefault(coord.dims, coord)
    return [*found.values()]


def _is_added(lead, time):
    """Check whether the lead time is not yet in a time."""
    if time.name == "valid_time":
        return False
    if lead.ndim == 0:
        return time.attrs.get("standard_name") == "forecast_reference_time"
    return not set(lead.dims) <= {*time.dims}


def _add(time, lead):
    """Add a lead time to a time."""
    if not has_dates(time):
        return time + lead.variable.to_base_variable()
    values = lead.values
    if values.dtype.kind != "m":
        match = DURATION.fullmatch(units_of(lead))
        if match is None:
            raise ValueError(
                f"The lead time {lead.name!r} must be a duration or have units such as "
                f"'hours' or 'days', got the units {units_of(lead)!r}. Assign them, or "
                "a coordinate 'valid_time' with the date of every sample."
            )
        seconds = SECONDS[next(filter(None, match.groups())).lower()[0]]
        values = np.rint(values * (1000.0 * seconds)).astype("m8[ms]")
    time, step = xr.broadcast(time, xr.DataArray(values, dims=lead.dims))
    if time.dtype.kind == "M":
        return time + step
    steps = step.values.astype("m8[us]").astype(object)  # cftime adds those of Python
    return time.copy(data=time.values + steps)


def _check_selected(data, dim, time, leads):
    """Check that a scalar "valid_time" is not that of another selection."""
    if time.ndim or time.name != "valid_time" or leads or dim not in data.coords:
        return
    own = as_dates(data[dim])
    if has_dates(own) and not equal(time.variable, own.variable).all():
        raise ValueError(
            f"The dates 'valid_time', {time.values}, and {dim!r}, {own.values}, "
            "differ. Drop the one that is not the date of the field, for example "
            "data.drop_vars('valid_time')."
        )


def _check_times(time, samples, start):
    """Check that times are known, and that numbers are not dates."""
    values = np.asarray(time.values)
    check_not_dates(values.ravel(), f"data[{time.name!r}]")
    missing = pd.isnull(values)
    if missing.any():
        index = dict(zip(time.dims, np.argwhere(missing)[0].tolist(), strict=True))
        if samples[0] in index:
            index[samples[0]] += start
        place = ", ".join(f"{dim}={i}" for dim, i in index.items())
        raise ValueError(
            f"Expected the time of every sample, got NaT or NaN in {time.name!r} for "
            f"the sample {place}. Assign it, or drop the sample."
        )
