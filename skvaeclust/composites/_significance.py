"""Tests of mean fields: memory in time, channels jointly, over many points."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import false_discovery_control

from skvaeclust._arguments import check_number
from skvaeclust.composites._memory_in_time import gap_factors, pooled_spectrum

LARGEST = 1e140  # of values that are squared and summed
CONSTANT = 1e-12  # variations below this fraction of the mean are rounding
SINGULAR = 1e-10  # relative size of eigenvalues that are treated as zero
LOWEST = -700.0  # logarithm of the smallest p-value
N_NODES = 400  # of the tables of p-values
N_SERIES = 200  # points from which the spectrum is estimated
BLOCK = 2**20  # values of the record that are processed at a time


def mean_p_values(fields, counts, segments, *, independent=False):
    r"""Test at each point whether the means of sets differ from that of the record.

    Parameters
    ----------
    fields : ndarray of shape (n_times, n_channels, n_points)
        The record, in order of time; NaN on land.
    counts : ndarray of shape (n_sets, n_times)
        How many times each field is in each set.
    segments : ndarray of int of shape (n_times,)
        Number of gaps before each time.
    independent : bool, default=False
        Whether the fields are independent, so that their order has no meaning.

    Returns
    -------
    p : ndarray of shape (n_sets, n_points)
        NaN where a value is missing or no channel varies, for sets that are empty or
        contain every field equally often, and for records that are too short.

    Notes
    -----
    See `lead_lag_composites`. Let :math:`b_f` be the contribution of frequency f to the
    variance of the mean, as a fraction. For Gaussian fields and one channel,

    .. math:: q = \Big(\sum_f \sqrt{b_f}\, y_f\Big)^2 \Big/
              \sum_f b_f (y_f^2 + z_f^2) / 2

    with independent standard normal y and z. Then P(q > c) is the probability that a
    quadratic form with one positive eigenvalue :math:`\lambda` is positive. The sum of
    the others is approximated by a gamma distribution with the same mean and variance,
    which gives an F distribution. For equal :math:`b_f`, this is exact. Several
    channels follow Hotelling's distribution with these degrees of freedom.
    """
    n_times, n_channels, n_points = fields.shape
    p = np.full((len(counts), n_points), np.nan)
    known = np.flatnonzero(~np.isnan(fields).any(axis=(0, 1)))
    members = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = members - 1 / n_times
    sets = np.flatnonzero(members.any(axis=1) & (np.ptp(members, axis=1) > 0))
    if not (sets.size and known.size):
        return p
    members, weights = members[sets], weights[sets]
    sample = known[:: max(1, len(known) // N_SERIES)]
    sample = _whiten(fields[:, :, sample]).reshape(n_times, -1)
    memory = _read_time(sample, weights, segments, independent)
    tables = [_tabulate(b, memory.n_squares, n_channels) for b in memory.fractions]
    step = max(1, BLOCK // (n_times * n_channels))
    for part in np.split(known, range(step, len(known), step)):
        q, rank = _quotients(fields[:, :, part], weights, members, memory)
        p[np.ix_(sets, part)] = _look_up(tables, q, rank)
    return p


@dataclass(frozen=True)
class _Memory:
    """Variances of means by frequency.

    Attributes
    ----------
    power : ndarray of shape (n_sets, n_frequencies)
        Factors of the squared Fourier coefficients of the fields in the variance.
    factors : ndarray of shape (n_sets,)
        Factors for gaps.
    fractions : ndarray of shape (n_sets, n_frequencies)
        Contributions b of frequencies to the variance; each row sums up to 1.
    n_squares : int
        Number of squares per frequency in the denominator of q.
    """

    power: np.ndarray
    factors: np.ndarray
    fractions: np.ndarray
    n_squares: int


def _read_time(series, weights, segments, independent):
    """Return the variances by frequency, from standardised series of some points."""
    n_times, n_sets = len(series), len(weights)
    power = np.square(np.abs(np.fft.rfft(weights, axis=1)[:, 1:])) / n_times**2
    twice = np.full(power.shape[1], 2.0)
    twice[-1] -= n_times % 2 == 0  # the highest frequency has no phase
    power *= twice
    if independent:
        power = np.outer(power.sum(axis=1), twice / twice.sum())
        fractions = np.full((n_sets, n_times - 1), 1 / (n_times - 1))
        return _Memory(power, np.ones(n_sets), fractions, 1)
    contributions = power * pooled_spectrum(series) + np.finfo(float).tiny
    variances = contributions.sum(axis=1)
    factors = gap_factors(series, weights, segments, variances)
    return _Memory(power, factors, contributions / variances[:, None], 2)


def _whiten(fields):
    """Return anomalies with channels of unit variance, uncorrelated at each point.

    Parameters
    ----------
    fields : ndarray of shape (n_times, n_channels, n_points)

    Returns
    -------
    white : ndarray of the same shape
        Zero in channels without variation, and in directions without variation.
    """
    mean = fields.mean(axis=0)
    anomalies = fields - mean
    spread = np.sqrt(np.square(anomalies).mean(axis=0))
    varies = spread > CONSTANT * np.abs(mean)
    white = np.divide(anomalies, spread, out=np.zeros_like(anomalies), where=varies)
    if white.shape[1] == 1:
        return white
    correlation = np.einsum("tip,tjp->pij", white, white) / len(white)
    values, vectors = np.linalg.eigh(correlation)
    kept = values > SINGULAR
    scale = np.divide(1, np.sqrt(values.clip(0)), out=np.zeros_like(values), where=kept)
    return np.einsum("tip,pij,pj->tjp", white, vectors, scale, optimize=True)


def _products(channels):
    """Return products of all pairs of channels: (n, n_channels, n_channels, ...)."""
    return channels[:, :, None] * channels[:, None].conj()


def _average(weights, values):
    """Return weighted sums over the first axis of values, one per row of weights."""
    flat = weights @ values.reshape(len(values), -1)
    return flat.reshape(len(weights), *values.shape[1:])


def _quotients(fields, weights, members, memory):
    """Return the squared standardised differences of means, and their rank.

    Returns
    -------
    q : ndarray of shape (n_sets, n_points)
    rank : ndarray of int of the same shape
        Number of linearly independent channels; 0 where nothing can be tested.
    """
    white = _whiten(fields)
    shift = _average(weights, white)
    spectra = np.fft.rfft(white, axis=0)[1:]
    variance = _average(memory.power, _products(spectra).real)
    within = _average(members, white**2) - _average(members, white) ** 2
    n_varying = np.maximum(1, white.any(axis=0).sum(axis=0))
    excess = np.maximum(1, within.sum(axis=1) / n_varying)
    variance *= (memory.factors[:, None] * excess)[:, None, None]
    values, vectors = np.linalg.eigh(np.moveaxis(variance, -1, 1))
    floor = SINGULAR * np.square(weights).sum(axis=1)[:, None, None]
    kept = values > np.maximum(floor, SINGULAR * values[..., -1:])
    squares = np.einsum("spij,sip->spj", vectors, shift, optimize=True) ** 2
    q = np.divide(squares, values, out=np.zeros_like(values), where=kept)
    return q.sum(axis=-1), kept.sum(axis=-1)


def _tabulate(fractions, degrees, n_channels):
    """Tabulate the logarithm of p-values at square roots of q, for each rank.

    Parameters
    ----------
    fractions : ndarray of shape (n_frequencies,)
        Contributions b of frequencies to the variance; their sum is 1.
    degrees : int
        Number of squares per frequency in the denominator of q.
    n_channels : int

    Returns
    -------
    nodes : ndarray of shape (n_nodes,)
    log_p : ndarray of shape (n_channels, n_nodes)
        NaN for ranks that the record is too short for.
    """
    fractions = fractions[fractions > SINGULAR * fractions.max()]
    largest = degrees * len(fractions)  # of q
    wanted = np.linspace(0, 1, N_NODES + 2)[1:-1] ** 2 * largest
    ratio = 1 / wanted - 1 / largest  # the positive eigenvalue, divided by q
    q = (fractions / (ratio[:, None] + fractions / degrees)).sum(axis=1)
    positive, squares = q * ratio, np.square(fractions).sum() / degrees
    negative = positive - 1 + q
    freedom = negative**2 / (1 - 2 * q * squares + q**2 * squares - positive**2)
    rank = np.arange(1, n_channels + 1)[:, None]
    rest = np.where(freedom + 1 > rank, freedom + 1 - rank, np.nan)
    log_p = f_distribution.logsf(
        negative / positive * rest / (rank * freedom), rank, rest
    )
    nodes = np.append(0, np.sqrt(q))
    return nodes, np.insert(np.maximum(log_p, LOWEST), 0, 0, axis=1)


def _look_up(tables, q, rank):
    """Return the p-values of q, by set and rank; NaN for rank 0."""
    p = np.full(q.shape, np.nan)
    for i, table in enumerate(tables):
        nodes, log_p = table
        for r in range(1, len(log_p) + 1):
            at = rank[i] == r
            p[i, at] = np.exp(np.interp(np.sqrt(q[i, at]), nodes, log_p[r - 1]))
    return p


def check_alpha(alpha):
    """Check a false discovery rate."""
    check_number(alpha, "alpha", 0, 1, strictly=True)


def _refuse_large(record):
    """Raise an error for infinite values, and for those whose squares overflow."""
    if not record.size:
        raise ValueError(
            f"The test requires samples, got fields of shape {record.shape}."
        )
    largest = max(np.fmax.reduce(record, None), -np.fmin.reduce(record, None))
    if largest > LARGEST:
        raise ValueError(
            f"The test requires finite values up to {LARGEST:g}, got {largest:g}. "
            "Replace infinite values by NaN, or change the units."
        )


def compare_with_record(record, counts, segments, alpha, *, independent=False):
    """Test the means of sets, with one false discovery rate for all of them.

    Parameters
    ----------
    record : ndarray of shape (n_times, ...)
        Of four dimensions, the second one has the channels, which are tested together.
        Times without any value are left out.
    counts, segments, independent
        As for `mean_p_values`.
    alpha : float
        False discovery rate.

    Returns
    -------
    significant : ndarray of bool of shape (n_sets, ...)
    p_values : ndarray of shape (n_sets, ...)
    """
    _refuse_large(record)
    n_channels = record.shape[1] if record.ndim == 4 else 1
    fields = record.reshape(len(record), n_channels, -1)
    present = ~np.isnan(fields).all(axis=(1, 2))
    if not present.all():
        fields, counts, segments = (
            fields[present],
            counts[:, present],
            segments[present],
        )
    p = mean_p_values(fields, counts, segments, independent=independent)
    shape = (len(counts), *record.shape[1:])
    p = np.repeat(p[:, None], n_channels, axis=1).reshape(shape)
    return significant_points(p, alpha), p


def significant_points(p, alpha):
    """Return where p-values are significant at the false discovery rate alpha."""
    tested = np.isfinite(p)
    significant = np.zeros(p.shape, dtype=bool)
    if tested.any():
        significant[tested] = false_discovery_control(p[tested]) <= alpha
    return significant
