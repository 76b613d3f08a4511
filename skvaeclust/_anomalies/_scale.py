"""Divisors of anomalies: one per point, or a smooth annual cycle of their amplitude."""

from dataclasses import dataclass

import numpy as np

from skvaeclust._anomalies._design import Design
from skvaeclust._units import refuse_common_scale
from skvaeclust._warnings import warn

LARGEST = 1e140  # of values that are squared and summed
UNEQUAL = 30  # ratio of spreads of variables that may be in other units
FLOOR = 0.1  # smallest amplitude, as a fraction of its mean


@dataclass(frozen=True)
class Points:
    """Properties of the valid points and of their variables.

    Attributes
    ----------
    names, units : list of str
        Names and units of the variables.
    channel : ndarray of int of shape (n_valid,)
        Variable of each point.
    ranges : ndarray of shape (n_variables, 2)
        Smallest and largest value of each variable.
    area : ndarray of shape (n_valid,)
        Weight of each point.
    """

    names: list
    units: list
    channel: np.ndarray
    ranges: np.ndarray
    area: np.ndarray


def fit_scale(kind, regression, batches, time, points):
    """Fit the scale of anomalies.

    Parameters
    ----------
    kind : {None, "common", "variable", "season"}
    regression : Regression
        Fitted climatology and trend.
    batches : callable
        Returns an iterable of (time, rows), with rows of shape (n, n_points), NaN where
        values are missing.
    time : callable
        Returns the times of all samples.
    points : Points

    Returns
    -------
    anomalies : Anomalies
    """
    refuse_extreme(points)
    variance = regression.variance(batches())
    if kind is not None:
        refuse_constant(variance, regression, kind, points)
    scale = divisors(variance, kind, points)
    if kind != "season":
        return Anomalies(regression, scale)
    cycle = SeasonalAmplitude(batches(), time, regression, points.area)
    return Anomalies(regression, np.full(len(scale), cycle.mean), cycle)


def refuse_extreme(points):
    """Raise an error for values whose squares overflow, or are 0 by underflow."""
    for name, (low, high) in zip(points.names, points.ranges, strict=True):
        if max(abs(low), abs(high)) > LARGEST or 0 < high - low < 1 / LARGEST:
            raise ValueError(
                f"{name!r} has values from {low:.3g} to {high:.3g}, whose squares are "
                "beyond the range of floating-point numbers. Change its units."
            )


def refuse_constant(variance, regression, kind, points):
    """Raise an error if anomalies are 0 up to rounding, and name the cause."""
    largest = np.abs(points.ranges).max(axis=1)[points.channel]
    varies = variance > np.square(1e-13 * largest)
    for i, name in enumerate(points.names):
        own = points.channel == i
        of_scale = varies[own] if kind == "variable" else varies
        if own.any() and not of_scale.any():
            raise ValueError(f"{name!r} {regression.why_constant()}")


def divisors(variance, kind, points):
    """Return the divisor of anomalies at every valid point, without annual cycle."""
    if kind is None:
        return np.ones(len(variance))
    with np.errstate(invalid="ignore"):  # a variable without valid points
        means = np.bincount(points.channel, variance) / np.bincount(points.channel)
    if kind != "variable":
        refuse_common_scale(points.names, points.units, kind)
        _warn_if_unequal(kind, np.sqrt(means), points)
        return np.full(len(variance), np.sqrt(variance.mean()))
    return np.sqrt(means[points.channel])


def _warn_if_unequal(kind, spread, points):
    """Warn if one of several variables without known units varies much more."""
    least, most = int(np.nanargmin(spread)), int(np.nanargmax(spread))
    if not all(points.units) and spread[most] > UNEQUAL * spread[least]:
        warn(
            f"scale={kind!r} divides all variables by one number, but "
            f"{points.names[most]!r} varies {spread[most] / spread[least]:.3g} times "
            f"as much as {points.names[least]!r}, which then has no effect. If their "
            "units differ, pass scale='variable'.",
            UserWarning,
        )


@dataclass(frozen=True)
class Anomalies:
    """Climatology, trend and scale, which are removed from values and restored.

    Attributes
    ----------
    regression : Regression
    scale : ndarray of shape (n_valid,)
    cycle : SeasonalAmplitude or None
    """

    regression: object
    scale: np.ndarray
    cycle: object = None

    @property
    def needs_time(self):
        """Whether the climatology, the trend or the scale depend on time."""
        return self.regression.design.needs_time or self.cycle is not None

    def remove(self, time, rows):
        """Return scaled anomalies of rows (n, n_valid); gaps become 0."""
        missing = np.isnan(rows)
        if missing.any():
            rows = np.where(missing, self.regression.predict(time, len(rows)), rows)
        rest = rows - self.regression.removed(time, len(rows))
        return rest / self._divisor(time, len(rows))

    def restore(self, time, rows):
        """Return values; without times, the means of climatology and cycle are used."""
        values = rows * self._divisor(time, len(rows))
        return values + self.regression.removed(time, len(rows))

    def _divisor(self, time, n_samples):
        if self.cycle is None or time is None:
            return self.scale
        return self.scale * self.cycle.relative(time, n_samples)


class SeasonalAmplitude:
    """Smooth annual cycle of the amplitude of anomalies.

    The amplitude of a sample is the root of the area mean of squared anomalies. The
    cycle is a least-squares fit of a mean and three harmonics of the year.

    Parameters
    ----------
    batches : iterable of (time, rows)
        Rows of shape (n, n_points), NaN where values are missing.
    time : callable
        Returns the times of all samples.
    regression : Regression
        Fitted climatology and trend.
    area : ndarray of shape (n_valid,)
        Weight of each valid point.

    Attributes
    ----------
    mean : float
        Mean amplitude of the samples, in the units of the data.
    """

    def __init__(self, batches, time, regression, area):
        if not regression.removes:
            raise ValueError(
                "scale='season' divides anomalies, and needs a climatology: 'mean', "
                "'month' or 'dayofyear', got None."
            )
        self.design = Design("dayofyear", False, time, "scale='season'")
        functions, amplitudes = [], []
        for times, rows in batches:
            rows = rows[:, regression.valid]
            squares = np.square(rows - regression.predict(times, len(rows)))
            known = ~np.isnan(squares)
            mean = np.nan_to_num(squares) @ area / (known @ area)
            amplitudes.append(np.sqrt(mean))
            functions.append(self.design.matrix(times, len(rows)))
        amplitudes = np.concatenate(amplitudes)
        self.mean = float(amplitudes.mean())
        self._coefficients = np.linalg.lstsq(np.concatenate(functions), amplitudes)[0]

    def relative(self, time, n_samples):
        """Return the amplitude at the samples, divided by its mean, shape (n, 1)."""
        fitted = self.design.matrix(time, n_samples) @ self._coefficients
        return np.maximum(fitted / self.mean, FLOOR)[:, None]
