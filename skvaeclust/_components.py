"""Principal components, and how many of them stand above the noise."""

import numpy as np
from scipy import linalg
from sklearn.utils.extmath import svd_flip

from skvaeclust._memory import remember
from skvaeclust._threads import on_one_thread

EXACT = 600  # an array whose shorter side is at most this is decomposed exactly
MOST, OVERSAMPLES, N_ITER = 128, 10, 4  # of the randomised decomposition
EXPLAINED = 0.99  # fraction of the variance that needs no further components
FEW = 4096  # samples that are enough for means over samples
BLOCK_VALUES = 2**19  # 4 MB in double precision, to stay in the cache


def unit_of(values):
    """Return 1, or a power of two close to the maximum if squares would overflow."""
    largest = max(values.max(initial=0), -values.min(initial=0))
    limit = float(np.finfo(values.dtype).max) ** 0.25
    if largest == 0 or 1 / limit < largest < limit:
        return 1.0
    return float(np.ldexp(1.0, np.clip(np.frexp(largest)[1], -1000, 1000)))


def blocks(rows):
    """Return slices that divide rows into blocks of about `BLOCK_VALUES` values."""
    size = max(1, BLOCK_VALUES // max(1, rows[:1].size))
    return [slice(i, i + size) for i in range(0, len(rows), size)]


def subset(n_samples, size, seed):
    """Select a random subset of samples; return their indices in order.

    Equally spaced samples would depend on cycles, such as the diurnal one.
    """
    if n_samples <= size:
        return np.arange(n_samples)
    chosen = np.random.RandomState(seed).permutation(n_samples)[:size]
    return np.sort(chosen)


def few(samples):
    """Return at most `FEW` samples, always the same ones."""
    return samples[subset(len(samples), FEW, 0)]


@remember(3)
@on_one_thread
def principal_components(X):
    """Compute the principal components of X whose variance is not zero.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    mean : ndarray of shape (n_features,)
    components : ndarray of shape (rank, n_features)
        Orthonormal rows, in decreasing order of variance.
    spread : ndarray of shape (rank,)
        Standard deviations along the components (divisor n_samples - 1).

    Notes
    -----
    The method is an eigendecomposition of the covariance for a tall X, and a thin SVD
    otherwise; neither needs more memory than X. Results are shared and read-only.
    """
    n_samples, n_features = X.shape
    mean = X.mean(axis=0)
    anomalies = X - mean
    unit = unit_of(anomalies)
    if unit != 1:
        anomalies /= unit
    if n_samples > 5 * n_features:
        squares, vectors = linalg.eigh(anomalies.T @ anomalies)
        squares, components = squares[::-1].clip(min=0), vectors.T[::-1]
        tolerance = squares[0] * n_samples * np.finfo(X.dtype).eps
    else:
        _, singular, components = linalg.svd(anomalies, full_matrices=False)
        squares = singular**2
        tolerance = squares[0] * (max(X.shape) * np.finfo(X.dtype).eps) ** 2
    rank = min(np.count_nonzero(squares > tolerance), n_samples - 1)
    _, components = svd_flip(None, components[:rank], u_based_decision=False)
    components = components.copy(order="K")  # contiguous, as when read from a file
    result = mean, components, np.sqrt(squares[:rank] / (n_samples - 1)) * unit
    for array in result:
        array.setflags(write=False)
    return result


@on_one_thread
def leading_components(rows):
    r"""Compute the leading principal components, and how many of them are signal.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        May be a memory map: it is read one block at a time.

    Returns
    -------
    components : ndarray of shape (n_components, n_features)
        Orthonormal rows, in decreasing order of variance.
    n_signal : int
        Number of components that stand above the noise, or zero.

    Notes
    -----
    With the noise level :math:`\sigma` from the median singular value, components
    whose singular value is above the optimal threshold of Gavish and Donoho [1]_ are
    signal,

    .. math:: \lambda(\beta) \sqrt n \sigma, \qquad
        \lambda(\beta)^2 = 2 (\beta + 1)
        + \frac{8 \beta}{\beta + 1 + \sqrt{\beta^2 + 14 \beta + 1}},

    for n the longer side of the array and :math:`\beta` the ratio of the shorter to it.
    Smooth fields have nearly no noise: components beyond 99 % of the variance are
    omitted as well. Arrays with more than 600 rows and columns are decomposed by a
    randomised range finder [2]_ into at most 128 components, with the noise level of
    600 of the rows.

    References
    ----------
    .. [1] M. Gavish, D. L. Donoho, "The optimal hard threshold for singular values is
       :math:`4/\sqrt 3`", IEEE Transactions on Information Theory 60, 2014.
       :doi:`10.1109/TIT.2014.2323359`
    .. [2] N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with randomness",
       SIAM Review 53, 2011. :doi:`10.1137/090771806`
    """
    n_samples, n_features = rows.shape
    if min(rows.shape) <= EXACT:
        _, components, spread = principal_components(np.asarray(rows, dtype=float))
        singular = spread / unit_of(spread) * np.sqrt(n_samples - 1)
        total, shape = np.sum(singular**2), (n_samples - 1, n_features)
        every = np.pad(singular, (0, max(0, min(shape) - len(singular))))
    else:
        unit = unit_of(rows)
        components, singular, total = _randomised_components(rows, unit)
        shape = (EXACT - 1, n_features)
        every = _singular_values(rows[subset(n_samples, EXACT, 0)], unit)
    noise = noise_level(every, shape)
    threshold = noise * optimal_threshold((n_samples - 1, n_features))
    above = np.count_nonzero(singular > threshold)
    explained = np.cumsum(singular**2) / total
    enough = np.searchsorted(explained, EXPLAINED) + 1
    return components, int(min(above, enough))


def optimal_threshold(shape):
    """Return the threshold on the singular values of noise of unit variance."""
    shorter, longer = sorted(shape)
    ratio = shorter / longer
    root = np.sqrt(ratio**2 + 14 * ratio + 1)
    return np.sqrt(longer * (2 * (ratio + 1) + 8 * ratio / (ratio + 1 + root)))


def noise_level(singular_values, shape):
    """Estimate the standard deviation of the noise from the median singular value.

    Parameters
    ----------
    singular_values : ndarray of shape (min(shape),)
        All of them, including zeros.
    shape : tuple of two int
        Degrees of freedom of rows and columns.
    """
    ratio = min(shape) / max(shape)
    # Polynomial of Gavish and Donoho for the threshold divided by the median.
    factor = 0.56 * ratio**3 - 0.95 * ratio**2 + 1.82 * ratio + 1.43
    return factor * np.median(singular_values) / optimal_threshold(shape)


def _singular_values(some_rows, unit):
    """Compute all singular values of the anomalies of a few rows."""
    anomalies = some_rows.astype(float) / unit
    anomalies -= anomalies.mean(axis=0)
    squares = linalg.eigvalsh(anomalies @ anomalies.T)[1:]
    return np.sqrt(squares.clip(min=0))


@remember(3)
def _randomised_components(rows, unit):
    """Compute leading components, singular values and the sum of all their squares."""
    mean = (rows.mean(axis=0, dtype=float) / unit).astype(rows.dtype)
    parts = blocks(rows)

    def anomalies(part):
        block = rows[part]
        return (block if unit == 1 else block / unit) - mean

    def project(basis):
        return np.concatenate([anomalies(part) @ basis for part in parts])

    def combine(left):
        return sum(anomalies(part).T @ left[part] for part in parts)

    size = (rows.shape[1], MOST + OVERSAMPLES)
    basis = np.random.RandomState(0).standard_normal(size).astype(rows.dtype)
    for _ in range(N_ITER):
        left = linalg.qr(project(basis), mode="economic")[0]
        basis = linalg.qr(combine(left), mode="economic")[0]
    left = linalg.qr(project(basis), mode="economic")[0]
    _, singular, components = linalg.svd(combine(left).T, full_matrices=False)
    _, components = svd_flip(None, components[:MOST], u_based_decision=False)
    total = sum(np.square(anomalies(part)).sum(dtype=float) for part in parts)
    return components.astype(float), singular[:MOST], total
