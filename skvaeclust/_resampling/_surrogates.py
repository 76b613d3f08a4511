"""Data without clusters that otherwise resemble the samples."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.isotonic import isotonic_regression
from sklearn.utils import check_random_state

from skvaeclust._components import principal_components, unit_of
from skvaeclust._fields import Layout
from skvaeclust._labels import is_labelled
from skvaeclust._limits import MAX_RESAMPLES, checked, count, refuse_too_large
from skvaeclust._resampling._labelled import sample_dim
from skvaeclust._threads import on_one_thread

PARAMETERS = {
    "n_surrogates": [count(1, MAX_RESAMPLES)],
    "random_state": ["random_state"],
}
N_SHAPED = 20  # components whose distribution is kept; the others are nearly Gaussian
N_POINTS = 1024  # size of the grid on which densities are smoothed
MAX_FLATTENED = 0.05  # maximum fraction of a density that may be flattened


@on_one_thread
def _surrogates(X, n_surrogates, random_state, generate, name):
    """Make surrogates of X from ``generate(scores, rng)``, new scores of equal shape.

    ``name`` is that of the public function, for error messages.
    """
    rng = check_random_state(random_state)
    if is_labelled(X):
        from skvaeclust.xarray._surrogates import surrogates_along_first

        sample_dim(X)
        return surrogates_along_first(
            X, lambda rows: _surrogates(rows, n_surrogates, rng, generate, name)
        )
    layout, rows = Layout.fit(BaseEstimator(), X, owner=name)
    refuse_too_large(
        n_surrogates * rows.nbytes, f"{name}(X, {n_surrogates}) with X of this size"
    )
    mean, components, _ = principal_components(rows)
    unit = unit_of(rows)  # squares do not overflow
    scores = ((rows - mean) / unit) @ components.T
    surrogates = [
        layout.write(
            (mean + unit * generate(scores, rng) @ components).astype(rows.dtype)
        )
        for _ in range(n_surrogates)
    ]
    return np.stack(surrogates)


def _gaussian(scores, rng):
    """Generate Gaussian scores with exactly the mean (0) and covariance of scores."""
    noise = rng.standard_normal(scores.shape)
    orthonormal, triangle = np.linalg.qr(noise - noise.mean(axis=0))
    # LAPACK fixes the signs of the first sample. Those of Gram and Schmidt are random.
    signs = np.where(np.diag(triangle) < 0, -1, 1)
    return orthonormal * signs * np.linalg.norm(scores, axis=0)


def _with_random_phases(scores, rng):
    """Rotate the phases of all scores by the same random angle at each frequency."""
    spectrum = np.fft.rfft(scores, axis=0)
    phases = np.exp(2j * np.pi * rng.uniform(size=(len(spectrum), 1)))
    phases[0] = 1  # the mean
    if len(scores) % 2 == 0:
        phases[-1] = np.sign(phases[-1].real)  # the highest frequency stays real
    return np.fft.irfft(spectrum * phases, n=len(scores), axis=0)


def with_one_mode(density):
    """Flatten a density so that it increases up to its peak and decreases after it."""
    peak = int(np.argmax(density))
    rising = isotonic_regression(density[: peak + 1])
    falling = isotonic_regression(density[peak:], increasing=False)
    return np.concatenate([rising, falling[1:]])


def smooth_to_one_mode(values):
    """Smooth the density of values with the minimum width that leaves a single mode.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)

    Returns
    -------
    points, probabilities : ndarray of shape (n_points,)
        Cumulative distribution function.

    Notes
    -----
    The width of the Gaussian kernel is found by bisection, following [1]_. Outliers
    form separate modes unless the kernel is so wide that the shape is lost. Therefore,
    up to 5 % of the density may be in other modes, which are then flattened.

    References
    ----------
    .. [1] B. W. Silverman, "Using kernel density estimates to investigate
       multimodality", Journal of the Royal Statistical Society B 43, 1981.
       :doi:`10.1111/j.2517-6161.1981.tb01155.x`
    """
    margin = np.ptp(values)
    edges = np.linspace(values.min() - margin, values.max() + margin, N_POINTS + 1)
    counts = np.histogram(values, edges)[0] / len(values)
    narrow, wide = 0.0, N_POINTS / 5  # in grid steps; the wide kernel leaves one mode
    for _ in range(16):
        width = (narrow + wide) / 2
        density = gaussian_filter1d(counts, width)
        excess = np.abs(density - with_one_mode(density)).sum() / 2
        narrow, wide = (width, wide) if excess > MAX_FLATTENED else (narrow, width)
    probabilities = np.cumsum(with_one_mode(gaussian_filter1d(counts, wide)))
    return (edges[:-1] + edges[1:]) / 2, probabilities / probabilities[-1]


def _unimodal(scores, rng):
    """Generate scores with smoothed distributions, coupled by a Gaussian copula."""
    result = _gaussian(scores, rng)
    for j in range(min(N_SHAPED, scores.shape[1])):
        points, probabilities = smooth_to_one_mode(scores[:, j])
        ranks = norm.cdf(result[:, j] / result[:, j].std())
        values = np.interp(ranks, probabilities, points)
        values -= values.mean()
        result[:, j] = values * (scores[:, j].std() / values.std())
    return result


@checked(PARAMETERS)
def gaussian_surrogates(X, n_surrogates=1, *, random_state=None):
    """Generate Gaussian data with the mean and the covariance of the samples.

    Any clusters found in them are artefacts.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples, flat or fields, along the first dimension. Points that are NaN in
        every sample (land) stay NaN.
    n_surrogates : int, default=1
        Number of data sets.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Returns
    -------
    surrogates : ndarray of shape (n_surrogates, n_samples, ...), DataArray or Dataset
        Data sets with the shape of X, labelled as X is, on the dimension "surrogate".

    See Also
    --------
    unimodal_surrogates : Data that also keep the shape of the distributions.
    phase_randomized_surrogates : Time series that keep the autocorrelation.
    choose_n_clusters : Compare the clusters of the samples with those of surrogates.

    Notes
    -----
    Gaussian scores on the principal components are made orthogonal, so that mean and
    covariance are exactly those of the samples. Mean and covariance are sufficient
    statistics of a Gaussian. Therefore, if the samples are independent and Gaussian, a
    p-value from ranks among the surrogates is exact for any mean and covariance.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.model_selection import gaussian_surrogates
    >>> X = np.random.default_rng(0).uniform(size=(20, 3))
    >>> surrogates = gaussian_surrogates(X, 99, random_state=0)
    >>> surrogates.shape
    (99, 20, 3)
    >>> bool(np.allclose(np.cov(surrogates[0].T), np.cov(X.T)))
    True
    """
    return _surrogates(X, n_surrogates, random_state, _gaussian, "gaussian_surrogates")


@checked(PARAMETERS)
def unimodal_surrogates(X, n_surrogates=1, *, random_state=None):
    """Generate unimodal data with about the skewness and kurtosis of the samples.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples, flat or fields, along the first dimension. Points that are NaN in
        every sample (land) stay NaN.
    n_surrogates : int, default=1
        Number of data sets.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Returns
    -------
    surrogates : ndarray of shape (n_surrogates, n_samples, ...), DataArray or Dataset
        Data sets with the shape of X, labelled as X is, on the dimension "surrogate".

    See Also
    --------
    gaussian_surrogates : Data that keep only the mean and the covariance.
    phase_randomized_surrogates : Time series that keep the autocorrelation.

    Notes
    -----
    On each of the leading 20 principal components, the distribution of the scores is
    smoothed until at least 95 % of it has a single mode, and rescaled to its original
    variance. The scores on the other components are Gaussian. The components are
    coupled by a Gaussian copula without correlation, following the null distribution of
    [1]_. The mean and variance of each component are exactly those of the samples. The
    covariances between components are zero only on average.

    References
    ----------
    .. [1] E. S. Helgeson, D. M. Vock, E. Bair, "Nonparametric cluster significance
       testing with reference to a unimodal null distribution", Biometrics 77, 2021.
       :doi:`10.1111/biom.13376`

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import skew
    >>> from skvaeclust.model_selection import unimodal_surrogates
    >>> X = np.random.default_rng(0).exponential(size=(500, 1))
    >>> surrogate = unimodal_surrogates(X, random_state=0)[0]
    >>> bool(skew(surrogate[:, 0]) > 1)
    True
    """
    return _surrogates(X, n_surrogates, random_state, _unimodal, "unimodal_surrogates")


@checked(PARAMETERS)
def phase_randomized_surrogates(X, n_surrogates=1, *, random_state=None):
    """Generate time series with the spectra and cross-spectra of X.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples in order of time, at equal steps except where pieces such as winters
        are joined, along the first dimension. Points that are NaN in every sample
        (land) stay NaN.
    n_surrogates : int, default=1
        Number of data sets.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Returns
    -------
    surrogates : ndarray of shape (n_surrogates, n_samples, ...), DataArray or Dataset
        Data sets with the shape of X, labelled as X is, on the dimension "surrogate".

    See Also
    --------
    gaussian_surrogates : Data to compare with independent samples.

    Notes
    -----
    At each frequency, the Fourier phases of all points are rotated by the same random
    angle; the amplitudes are kept (section 4.6 of [1]_). Thus the mean, the covariance,
    and all circular auto- and cross-correlations are exactly those of the samples. If X
    is a stationary Gaussian series, a p-value from ranks among the surrogates is exact,
    except for the jump from the last sample to the first. Pieces that were joined, such
    as winters, are one series: surrogates continue across the joints, as do the
    correlations that they keep.

    References
    ----------
    .. [1] T. Schreiber, A. Schmitz, "Surrogate time series", Physica D 142, 2000.
       :arxiv:`chao-dyn/9909037`

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.model_selection import phase_randomized_surrogates
    >>> wave = np.sin(np.arange(40) / 2)[:, None]
    >>> surrogate = phase_randomized_surrogates(wave, random_state=0)[0]
    >>> amplitudes = [abs(np.fft.rfft(x[:, 0])) for x in (wave, surrogate)]
    >>> bool(np.allclose(*amplitudes))
    True
    """
    return _surrogates(
        X,
        n_surrogates,
        random_state,
        _with_random_phases,
        "phase_randomized_surrogates",
    )


SURROGATES = {
    "gaussian": gaussian_surrogates,
    "unimodal": unimodal_surrogates,
    "phase": phase_randomized_surrogates,
}
