"""Squared errors of probabilities, skill, and observed frequencies by probability."""

import numpy as np
from sklearn.isotonic import isotonic_regression


def squared_errors(probabilities, outcomes):
    """Return the squared error of each probability, whose mean is the Brier score.

    Parameters
    ----------
    probabilities, outcomes : ndarray of the same shape
        Outcomes are 0 or 1.

    Returns
    -------
    errors : ndarray
    """
    return (probabilities - outcomes) ** 2


def fair_squared_errors(total, squares, n_members, outcomes):
    r"""Return the fair squared error of each ensemble forecast.

    Parameters
    ----------
    total, squares : ndarray
        Sums over members of the probabilities and of their squares.
    n_members : ndarray
        Number of members. The result is NaN below 2.
    outcomes : ndarray
        0 or 1.

    Returns
    -------
    errors : ndarray

    Notes
    -----
    With the errors :math:`e_m = p_m - y` of M members, it is the mean of
    :math:`e_m e_{m'}` over all pairs of different members,

    .. math:: \frac{(\sum_m e_m)^2 - \sum_m e_m^2}{M (M - 1)}.
    """
    error = total - n_members * outcomes
    square = squares - 2 * outcomes * total + n_members * outcomes
    pairs = np.where(n_members > 1, n_members * (n_members - 1.0), np.nan)
    return (error**2 - square) / pairs


def skill(errors, reference_errors):
    """Return 1 minus the ratio of sums of errors; NaN if the reference has none."""
    errors, reference_errors = np.asarray(errors), np.asarray(reference_errors)
    ratio = np.full(errors.shape, np.nan)
    np.divide(errors, reference_errors, out=ratio, where=reference_errors > 0)
    return 1 - ratio


def observed_frequencies(probabilities, outcomes, weights, grid):
    """Return observed frequencies that increase with the forecast probability.

    Parameters
    ----------
    probabilities, outcomes : ndarray of shape (n_forecasts,)
        Outcomes are 0 or 1.
    weights : ndarray of shape (n_resamples, n_forecasts)
        How often each forecast is drawn.
    grid : ndarray of shape (n_points,)
        Probabilities.

    Returns
    -------
    frequencies : ndarray of shape (n_resamples, n_points)
        Isotonic regression of the outcomes, linear between forecast probabilities; NaN
        outside their range.
    """
    values, inverse = np.unique(probabilities, return_inverse=True)
    outside = (grid < values[0]) | (grid > values[-1])
    frequencies = np.empty((len(weights), len(grid)))
    for row, weight in zip(frequencies, weights, strict=True):
        size = np.bincount(inverse, weight, len(values))
        drawn = size > 0
        if not drawn.any():
            row[:] = np.nan
            continue
        hits = np.bincount(inverse, weight * outcomes, len(values))[drawn]
        fitted = isotonic_regression(hits / size[drawn], sample_weight=size[drawn])
        row[:] = np.interp(grid, values[drawn], fitted)
    frequencies[:, outside] = np.nan
    return frequencies
