"""Times of the samples, and the functions of time of climatology and trend."""

import numpy as np
import xarray as xr

from skvaeclust.xarray._metadata import find_coords

N_HARMONICS = 3
LONGEST_GAP = 15  # maximum distance in days from the fitted days of the year
UNITS = "days since 1970-01-01"


def encode(time):
    """Convert dates to days since 1970 and their calendar; numbers stay."""
    values = np.asarray(time.values)
    if values.dtype.kind in "fiu":
        return values.astype(float), ""
    calendar = time.dt.calendar
    numbers, *_ = xr.coding.times.encode_cf_datetime(
        values.ravel(), UNITS, calendar, dtype=np.dtype("float64")
    )
    return np.asarray(numbers, float).reshape(values.shape), calendar


def decode(numbers, calendar):
    """Invert `encode`."""
    if not calendar:
        return numbers
    return xr.coding.times.decode_cf_datetime(numbers, UNITS, calendar)


def times_of(data, dim, samples):
    """Return the time of every sample, or None if the data have no times.

    The time is the coordinate with most dimensions among "valid_time", `dim` and those
    that are times by the CF conventions. Lead times of type timedelta are added to the
    coordinate of `dim`.

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
    names = [
        name
        for name in ("valid_time", dim)
        if name in data.coords and set(data[name].dims) <= {*samples}
    ]
    found = find_coords(data, "time", samples)
    names += [name for name in found if data[name].dtype.kind != "m"]
    if not names:
        return None
    chosen = max(names, key=lambda name: data[name].ndim)  # the first of equal ones
    time = data[chosen]
    if chosen == dim:
        for name in samples:
            if name in data.coords and data[name].dtype.kind == "m":
                time = time + data[name]
    sizes = {name: data.sizes[name] for name in samples}
    return time.broadcast_like(xr.DataArray(np.empty([*sizes.values()]), dims=[*sizes]))


class Design:
    """Functions of time that are fitted as climatology and trend.

    Parameters
    ----------
    climatology : {None, "mean", "month", "dayofyear"}
    detrend : bool
    time : DataArray or None
        Times of the samples of fit; may be None if nothing depends on time.
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
        """Whether a climatology or a trend is removed."""
        return self.detrend or self.climatology is not None

    @property
    def needs_time(self):
        """Whether the climatology or the trend depends on time."""
        return self.detrend or self.climatology in ("month", "dayofyear")

    def matrix(self, time, n_samples):
        """Evaluate the functions at the samples, shape (n_samples, n_functions)."""
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
                    f"Expected times in the calendar {self.calendar!r} of the fitted "
                    f"trend, got {calendar!r}."
                )
            columns.append((numbers.ravel() - self.center) / self.span)
        return np.column_stack(columns)

    def _check(self, time):
        """Check that there are times, and dates where they are needed."""
        if self.needs_time and time is None:
            raise ValueError(
                f"climatology={self.climatology!r} with detrend={self.detrend} needs "
                "a coordinate with the times of the samples; got none."
            )
        if self.climatology in ("month", "dayofyear") and not has_dates(time):
            raise ValueError(
                f"climatology={self.climatology!r} needs dates, got times of type "
                f"{time.dtype}."
            )

    def _months(self, time):
        """Return an indicator of each fitted month."""
        months = time.dt.month.values.ravel()
        unseen = sorted(set(months.tolist()) - set(self.months))
        if unseen:
            raise ValueError(
                f"Month {unseen[0]} is not in the fitted climatology, which has the "
                f"months {self.months}."
            )
        return [(months == month).astype(float) for month in self.months]

    def _harmonics(self, time):
        """Return a constant and the harmonics of the year."""
        days = time.dt.dayofyear.values.ravel()
        calendar = time.dt.calendar
        length = {"360_day": 360, "noleap": 365, "all_leap": 366}.get(calendar, 365.25)
        distance = np.abs(days[:, None] - np.array(self.days))
        nearest = np.minimum(distance, length - distance).min(axis=1)
        if nearest.max(initial=0) > LONGEST_GAP:
            raise ValueError(
                f"Day {days[nearest.argmax()]} of the year is {nearest.max():g} days "
                f"from the fitted climatology; at most {LONGEST_GAP} are allowed."
            )
        phase = 2 * np.pi * (days - 1) / length
        waves = [
            wave(j * phase)
            for j in range(1, N_HARMONICS + 1)
            for wave in (np.cos, np.sin)
        ]
        return [np.ones(len(days)), *waves]


def has_dates(time):
    """Check whether times are dates of numpy or cftime."""
    try:
        return time.dt is not None and time.dtype.kind != "m"
    except (AttributeError, TypeError):
        return False
