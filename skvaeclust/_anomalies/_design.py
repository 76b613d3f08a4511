"""Functions of time that are fitted as climatology and trend."""

import numpy as np
import xarray as xr

from skvaeclust._coordinates._metadata import units_of
from skvaeclust._coordinates._time import as_dates, encode, has_dates, kind_of

N_HARMONICS = 3
LONGEST_GAP = 15  # maximum distance in days from the fitted days of the year


class Design:
    """Functions of time that are fitted as climatology and trend.

    Parameters
    ----------
    climatology : {None, "mean", "month", "dayofyear"}
    detrend : bool
    time : DataArray, None or callable
        Times of the samples of fit, or a function that returns them, which is called
        only if climatology or trend depend on time.
    purpose : str, default=None
        What needs the times, for messages. Default: climatology and trend.
    """

    def __init__(self, climatology, detrend, time, purpose=None):
        self.climatology, self.detrend = climatology, detrend
        self.purpose = purpose or f"climatology={climatology!r} with detrend={detrend}"
        self.months, self.days, self.calendar = [], [], ""
        self.center, self.span = 0.0, 1.0
        time = self._read(time)
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
        time = self._read(time)
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
                    "Expected times in the calendar of the fitted trend, "
                    f"{self.calendar or 'numbers'}; got {calendar or 'numbers'}."
                )
            columns.append((numbers.ravel() - self.center) / self.span)
        return np.column_stack(columns)

    def _read(self, time):
        """Return times where they are needed, and check that they are dates."""
        if not self.needs_time:
            return None
        time = time() if callable(time) else time
        needs = f"{self.purpose} needs"
        if time is None:
            raise ValueError(
                f"{needs} a coordinate with the dates or times of the samples; got "
                "none. Text must be decoded, for example by pandas.to_datetime. A date "
                "that is the same for all samples is not used."
            )
        time = xr.DataArray(as_dates(time))
        if self.climatology in ("month", "dayofyear") and not has_dates(time):
            units = f" in {units_of(time)!r}" if units_of(time) else ""
            raise ValueError(
                f"{needs} dates, got times of type {time.dtype}{units}. Decode them, "
                "for example by xarray.decode_cf(data), or assign dates; "
                "pandas.to_datetime converts text."
            )
        if kind_of(time) == "other":
            raise ValueError(f"{needs} dates or numbers, got times of {time.dtype}.")
        return time

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
