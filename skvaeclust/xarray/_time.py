"""Climatology and trend as one regression on functions of time."""

import numpy as np
import xarray as xr

N_HARMONICS = 3
LONGEST_GAP = 15  # days from the days of the year that a climatology has seen
UNITS = "days since 1970-01-01"


def encode(time):
    """Return times as days since 1970 and their calendar; numbers as they are."""
    values = np.asarray(time.values)
    if values.dtype.kind in "fiu":
        return values.astype(float), ""
    calendar = time.dt.calendar
    numbers, *_ = xr.coding.times.encode_cf_datetime(
        values.ravel(), UNITS, calendar, dtype=np.dtype("float64")
    )
    return np.asarray(numbers, float).reshape(values.shape), calendar


def decode(numbers, calendar):
    """Return the times that `encode` was given."""
    if not calendar:
        return numbers
    return xr.coding.times.decode_cf_datetime(numbers, UNITS, calendar)


def times_of(data, dim, samples):
    """Return the time of every sample, None where there is none.

    Forecasts have a coordinate "valid_time", or a dimension of lead times that are
    added to the coordinate of `dim`.

    Parameters
    ----------
    data : Dataset
    dim : str
    samples : sequence of str
        Dimensions of the samples.

    Returns
    -------
    time : DataArray with the dimensions of the samples, or None
    """
    if "valid_time" in data.coords and set(data["valid_time"].dims) <= set(samples):
        time = data["valid_time"]
    elif dim in data.coords and set(data[dim].dims) <= set(samples):
        time = data[dim]
        for name in samples:
            if name in data.coords and data[name].dtype.kind == "m":
                time = time + data[name]
    else:
        return None
    sizes = {name: data.sizes[name] for name in samples}
    return time.broadcast_like(xr.DataArray(np.empty([*sizes.values()]), dims=[*sizes]))


class Design:
    """Functions of time that a climatology and a trend are made of.

    Parameters
    ----------
    climatology : {None, "mean", "month", "dayofyear"}
    detrend : bool
    time : DataArray or None
        Times of the fit, needed unless `climatology` is None or "mean".
    """

    def __init__(self, climatology, detrend, time):
        self.climatology, self.detrend = climatology, detrend
        self.months, self.days, self.calendar = [], [], ""
        self.center, self.span = 0.0, 1.0
        self._check(time)
        if climatology == "month":
            self.months = sorted(set(time.dt.month.values.ravel().tolist()))
        if climatology == "dayofyear":
            self.days = sorted(set(time.dt.dayofyear.values.ravel().tolist()))
        if detrend:
            numbers, self.calendar = encode(time)
            self.center = float(numbers.mean())
            self.span = float(np.ptp(numbers)) or 1.0

    @property
    def removes(self):
        """Whether anything is removed."""
        return self.detrend or self.climatology is not None

    @property
    def needs_time(self):
        """Whether what is removed depends on time."""
        return self.detrend or self.climatology in ("month", "dayofyear")

    def matrix(self, time, n_samples):
        """Return the functions at each sample, shape (n_samples, n_functions)."""
        self._check(time)
        columns = []
        if self.climatology == "month":
            columns += self._months(time)
        elif self.climatology == "dayofyear":
            columns += self._harmonics(time)
        else:
            columns.append(np.ones(n_samples))
        if self.detrend:
            numbers, calendar = encode(time)
            if calendar != self.calendar:
                raise ValueError(
                    f"The times have the calendar {calendar!r}, but the trend was "
                    f"fitted in {self.calendar!r}."
                )
            columns.append((numbers.ravel() - self.center) / self.span)
        return np.column_stack(columns)

    def _check(self, time):
        if self.needs_time and time is None:
            raise ValueError(
                f"climatology={self.climatology!r} with detrend={self.detrend} needs "
                "the times of the samples as a coordinate."
            )
        if self.climatology in ("month", "dayofyear") and not has_dates(time):
            raise ValueError(
                f"climatology={self.climatology!r} needs dates. The times have the "
                f"type {time.dtype}."
            )

    def _months(self, time):
        months = time.dt.month.values.ravel()
        unseen = sorted(set(months.tolist()) - set(self.months))
        if unseen:
            raise ValueError(
                f"The climatology has seen no sample of month {unseen[0]}, but of "
                f"months {self.months}."
            )
        return [(months == month).astype(float) for month in self.months]

    def _harmonics(self, time):
        days = time.dt.dayofyear.values.ravel()
        calendar = time.dt.calendar
        length = {"360_day": 360, "noleap": 365, "all_leap": 366}.get(calendar, 365.25)
        distance = np.abs(days[:, None] - np.array(self.days))
        nearest = np.minimum(distance, length - distance).min(axis=1)
        if nearest.max(initial=0) > LONGEST_GAP:
            raise ValueError(
                f"The climatology has seen no sample within {LONGEST_GAP} days of day "
                f"{days[nearest.argmax()]} of the year."
            )
        phase = 2 * np.pi * (days - 1) / length
        waves = [
            wave(j * phase)
            for j in range(1, N_HARMONICS + 1)
            for wave in (np.cos, np.sin)
        ]
        return [np.ones(len(days)), *waves]


def has_dates(time):
    """Tell whether times are dates, of numpy or of cftime."""
    try:
        return time.dt is not None and time.dtype.kind != "m"
    except (AttributeError, TypeError):
        return False
