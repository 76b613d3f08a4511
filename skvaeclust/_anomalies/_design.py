"""Functions of time that are fitted as climatology and trend."""

import numpy as np
import xarray as xr

from skvaeclust._coordinates._metadata import units_of
from skvaeclust._coordinates._time import as_dates, encode, has_dates, kind_of
from skvaeclust._warnings import warn

N_HARMONICS = 3
LONGEST_GAP = 15  # maximum distance in days from the fitted days of the year
MOST = 0.7  # fraction of months with one year, from which a warning is issued
SEASONAL = ("month", "dayofyear")


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
        seasonal = climatology in SEASONAL
        self.purpose = purpose or self.describe()
        self.months, self.days, self.calendar = [], [], ""
        self.center, self.span = 0.0, 1.0
        time = self._read(time)
        if seasonal:
            self.months = sorted(set(time.dt.month.values.ravel().tolist()))
            self.days = sorted(set(time.dt.dayofyear.values.ravel().tolist()))
        if seasonal and purpose is None:
            self._warn_about_single_years(time)
        if detrend:
            numbers, self.calendar = encode(time)
            self.center = float(numbers.mean())
            self.span = float(np.ptp(numbers)) or 1.0

    def describe(self):
        """Return what is removed, for messages."""
        both = f"climatology={self.climatology!r} with detrend=True"
        return both if self.detrend else f"climatology={self.climatology!r}"

    @property
    def removes(self):
        """Whether a climatology or a trend is removed."""
        return self.detrend or self.climatology is not None

    @property
    def needs_time(self):
        """Whether the climatology or the trend depends on time."""
        return self.detrend or self.climatology in SEASONAL

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
        if self.climatology in SEASONAL and not has_dates(time):
            units = f" in {units_of(time)!r}" if units_of(time) else ""
            raise ValueError(
                f"{needs} dates, got times of type {time.dtype}{units}. Decode them, "
                "for example by xarray.decode_cf(data), or assign dates; "
                "pandas.to_datetime converts text."
            )
        if kind_of(time) == "other":
            raise ValueError(f"{needs} dates or numbers, got times of {time.dtype}.")
        return time

    def _warn_about_single_years(self, time):
        """Warn if the climatology cannot differ from the samples of a single year."""
        dates = np.column_stack([time.dt.month.values, time.dt.year.values])
        seen = np.unique(dates, axis=0)  # months of years
        months, n_years = np.unique(seen[:, 0], return_counts=True)
        n_single = np.count_nonzero(n_years == 1)
        are_members = 2 * np.unique(time.values).size <= time.size  # of an ensemble
        if are_members or n_single < MOST * len(months):
            return
        which = (
            "each month has samples"
            if n_single == len(months)
            else f"{n_single} of {len(months)} months have samples"
        )
        warn(
            f"climatology={self.climatology!r}: {which} of one year only, so the "
            "climatology removes the signal between months and not only the annual "
            "cycle. Use climatology='mean', or samples of several years.",
            UserWarning,
        )

    def _mask(self):
        """Return how to leave samples out that the climatology does not cover."""
        return (
            "To leave such samples without a cluster (label -1), mask them by their "
            f"valid time: X.where(time.dt.month.isin({self.months}))."
        )

    def _months(self, time):
        """Return an indicator of each fitted month."""
        months = time.dt.month.values.ravel()
        unseen = sorted(set(months.tolist()) - set(self.months))
        if unseen:
            raise ValueError(
                f"Month {unseen[0]} is not in the fitted climatology, which has the "
                f"months {self.months}. {self._mask()}"
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
                f"from the fitted climatology; at most {LONGEST_GAP} are allowed. "
                + self._mask()
            )
        phase = 2 * np.pi * (days - 1) / length
        waves = [
            wave(j * phase)
            for j in range(1, N_HARMONICS + 1)
            for wave in (np.cos, np.sin)
        ]
        return [np.ones(len(days)), *waves]
