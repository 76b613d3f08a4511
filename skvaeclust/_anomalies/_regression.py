"""Least-squares climatology and trend of every point, computed in batches."""

import numpy as np

from skvaeclust._anomalies._design import Design
from skvaeclust._threads import on_one_thread


class Regression:
    """Linear regression of every valid point on functions of time.

    Attributes
    ----------
    design : Design
        The functions of time.
    valid : ndarray of bool of shape (n_points,)
        Points with data in at least one sample.
    n_samples : int
        Number of samples.
    mean : ndarray of shape (n_valid,)
        Mean of the fitted values over the samples.
    gaps : int
        Number of missing values at valid points.
    """

    def __init__(self, climatology, detrend, time):
        self.design = Design(climatology, detrend, time)

    @property
    def removes(self):
        """Whether a climatology or a trend is removed."""
        return self.design.removes

    @on_one_thread
    def fit(self, batches, valid, fill):
        """Solve the normal equations.

        The sums of products are accumulated over batches. If values may be missing,
        each point has its own matrix.

        Parameters
        ----------
        batches : iterable of (time, rows)
            Rows of shape (n, n_points), NaN where values are missing.
        valid : ndarray of bool of shape (n_points,)
            Points with data in at least one sample.
        fill : bool
            Whether values may be missing in some samples.

        Returns
        -------
        self : Regression
        """
        self.valid, self.gaps = valid, 0
        shift = np.full(int(valid.sum()), np.nan)
        n_samples, total, moment, square = 0, 0.0, 0.0, 0.0
        for time, rows in batches:
            rows = rows[:, valid]
            missing = np.isnan(rows)
            # Differences from a value of each point: constants are exact.
            new = rows[np.argmin(missing, axis=0), np.arange(rows.shape[1])]
            functions = self.design.matrix(time, len(rows))
            shift = np.where(np.isnan(shift), new, shift)
            total = total + functions.sum(axis=0)
            moment = moment + functions.T @ np.where(missing, 0.0, rows - shift)
            if fill:
                pairs = functions[:, :, None] * functions[:, None]
                square = square + np.einsum("nij,np->pij", pairs, ~missing)
            else:
                square = square + functions.T @ functions
            self.gaps += int(missing.sum())
            n_samples += len(rows)
        self._shift, self.n_samples = shift, n_samples
        if fill:
            inverse = np.linalg.pinv(square, hermitian=True)
            self._coefficients = np.einsum("pij,jp->ip", inverse, moment)
        else:
            self._coefficients = np.linalg.pinv(square, hermitian=True) @ moment
        self.mean = self._shift + total / n_samples @ self._coefficients
        return self

    @on_one_thread
    def predict(self, time, n_samples):
        """Evaluate the regression at the samples, shape (n_samples, n_valid)."""
        functions = self.design.matrix(time, n_samples)
        return self._shift + functions @ self._coefficients

    @on_one_thread
    def variance(self, batches):
        """Return the mean square residual of every valid point."""
        squares, n_samples = 0.0, 0
        for time, rows in batches:
            rest = rows[:, self.valid] - self.predict(time, len(rows))
            squares = squares + np.nansum(np.square(rest), axis=0)
            n_samples += len(rows)
        return squares / n_samples

    def removed(self, time, n_samples):
        """Return the values to subtract; without times, their mean over the fit."""
        if not self.removes:
            return 0.0
        return self.mean if time is None else self.predict(time, n_samples)

    def why_constant(self):
        """Return why the anomalies of all samples are 0, for an error message."""
        if not self.design.needs_time:
            return "is constant: each point has the same value in every sample."
        return (
            f"is explained completely by {self.design.describe()}, fitted to "
            f"{self.n_samples} samples. Pass more samples, or remove less."
        )
