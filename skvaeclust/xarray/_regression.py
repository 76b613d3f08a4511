"""Least-squares climatology and trend of every point, computed in batches."""

import numpy as np

from skvaeclust.xarray._time import Design


class Regression:
    """Linear regression of every valid point on functions of time.

    Attributes
    ----------
    design : Design
        The functions of time.
    valid : ndarray of bool of shape (n_points,)
        Points with data in at least one sample.
    gaps : int
        Number of missing values at valid points.
    """

    def __init__(self, climatology, detrend, time):
        self.design = Design(climatology, detrend, time)

    @property
    def removes(self):
        """Whether a climatology or a trend is removed."""
        return self.design.removes

    def fit(self, batches, fill):
        """Find the valid points and solve the normal equations.

        The sums of products are accumulated over batches. If values may be missing,
        each point has its own matrix.

        Parameters
        ----------
        batches : iterable of (time, rows)
            Rows of shape (n, n_points), NaN where values are missing.
        fill : bool
            Whether values may be missing in some samples.

        Returns
        -------
        self : Regression
        """
        shift, n_samples = None, 0
        total = moment = square = n_missing = 0.0
        for time, rows in batches:
            missing = np.isnan(rows)
            if shift is None:  # close to the mean, so that sums lose no digits
                n_present = np.maximum(1, (~missing).sum(axis=0))
                shift = np.where(missing, 0, rows).sum(axis=0) / n_present
            functions = self.design.matrix(time, len(rows))
            total = total + functions.sum(axis=0)
            moment = moment + functions.T @ np.where(missing, 0.0, rows - shift)
            if fill:
                pairs = functions[:, :, None] * functions[:, None]
                square = square + np.einsum("nij,np->pij", pairs, ~missing)
            else:
                square = square + functions.T @ functions
            n_missing = n_missing + missing.sum(axis=0)
            n_samples += len(rows)
        self.valid = n_missing < n_samples
        if not self.valid.any():
            raise ValueError("Expected data at some points, got missing values only.")
        self.gaps = int(n_missing[self.valid].sum())
        self._shift, moment = shift[self.valid], moment[:, self.valid]
        if fill:
            inverse = np.linalg.pinv(square[self.valid], hermitian=True)
            self._coefficients = np.einsum("pij,jp->ip", inverse, moment)
        else:
            self._coefficients = np.linalg.pinv(square, hermitian=True) @ moment
        self._mean = self._shift + total / n_samples @ self._coefficients
        return self

    def predict(self, time, n_samples):
        """Evaluate the regression at the samples, shape (n_samples, n_valid)."""
        functions = self.design.matrix(time, n_samples)
        return self._shift + functions @ self._coefficients

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
        return self._mean if time is None else self.predict(time, n_samples)
