"""Augmenters that add noise, on principal components or at every point."""

import numpy as np
from sklearn.utils import check_random_state

from skvaeclust._components import principal_components
from skvaeclust._limits import count, real
from skvaeclust._threads import on_one_thread
from skvaeclust.augmentation._base import COPIES, BaseAugmenter

NOISE_SCALE = real(0, 100)


class PCScaledNoiseAugmenter(BaseAugmenter):
    r"""Add copies of the samples with noise scaled by the principal components.

    The covariance of the noise is ``noise_scale ** 2`` times that of the data. The
    noise is zero in directions in which the data do not vary, so copies stay in the
    span of the data.

    Parameters
    ----------
    n_copies : int, default=10
        Number of noisy copies of every sample.
    noise_scale : float, default=0.25
        Standard deviation of the noise on a principal component as a fraction of the
        standard deviation of the data on it.
    n_components : int or None, default=None
        Number of leading principal components that carry noise. Default: all with a
        nonzero variance (at most n_samples - 1).
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Mean of the samples; NaN on land.
    components_ : ndarray of shape (n_components, n_features)
        Principal components as orthonormal rows; 0 on land.
    explained_variance_ : ndarray of shape (n_components,)
        Variance of the samples along each component (divisor n_samples - 1).
    n_components_ : int
        Number of components that carry noise.
    n_features_in_ : int
        Number of features seen by ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has feature names.

    See Also
    --------
    VAEClustering : Takes an augmenter as a parameter, with new noise in every epoch.

    Notes
    -----
    With the eigenvalues :math:`\lambda_i` and eigenvectors :math:`v_i` of the sample
    covariance, a copy of x is [1]_

    .. math:: x + \sum_{i=1}^{M} \epsilon_i \sqrt{\lambda_i}\, v_i, \qquad
              \epsilon_i \sim N(0, \mathrm{noise\_scale}^2).

    ``fit_transform`` returns the samples followed by their copies, and ``transform``
    returns X unchanged. In a :class:`~sklearn.pipeline.Pipeline`, the last step is
    therefore trained on the samples and the copies, but ``predict``, ``transform`` and
    ``score`` use X alone.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

    Examples
    --------
    Copies of samples on a line in the plane stay on this line:

    >>> import numpy as np
    >>> from skvaeclust import PCScaledNoiseAugmenter
    >>> X = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    >>> augmenter = PCScaledNoiseAugmenter(n_copies=2, random_state=0)
    >>> augmented = augmenter.fit_transform(X)
    >>> augmented.shape
    (9, 2)
    >>> bool(np.allclose(augmented[:, 1], 2 * augmented[:, 0]))
    True
    """

    _parameter_constraints: dict = COPIES | {
        "noise_scale": [NOISE_SCALE],
        "n_components": [count(1), None],
    }

    def __init__(
        self, n_copies=10, *, noise_scale=0.25, n_components=None, random_state=None
    ):
        self.n_copies = n_copies
        self.noise_scale = noise_scale
        self.n_components = n_components
        self.random_state = random_state

    def _fit(self, valid_rows, valid):
        _, components, spread = principal_components(valid_rows)
        components = components[: self.n_components]
        self.components_ = np.zeros((len(components), len(valid)), valid_rows.dtype)
        self.components_[:, valid] = components
        self._spread = spread[: self.n_components]
        with np.errstate(over="ignore", under="ignore"):
            self.explained_variance_ = np.square(self._spread)
        self.n_components_ = len(components)

    @property
    def noise_factor_(self):
        """Matrix F of shape (n_components, n_features): the noise is ``eps @ F``.

        Here ``eps`` is standard normal. With this attribute, :class:`VAEClustering`
        uses new noise in every epoch.
        """
        return (self.noise_scale * self._spread)[:, None] * self.components_

    @on_one_thread
    def _copies(self, rows, shape):
        rng = check_random_state(self.random_state)
        eps = rng.standard_normal((self.n_copies * len(rows), self.n_components_))
        noise = (eps @ self.noise_factor_).astype(rows.dtype, copy=False)
        return np.tile(rows, (self.n_copies, 1)) + noise


class PCUniformNoiseAugmenter(PCScaledNoiseAugmenter):
    r"""Add copies with the same noise on every principal component.

    Copies stay in the span of the data, but the noise does not depend on the variance
    of the data on each component.

    Parameters
    ----------
    n_copies : int, default=10
        Number of noisy copies of every sample.
    noise_scale : float, default=0.25
        Standard deviation of the noise on every principal component, as a fraction of
        the standard deviation of the data on the first component.
    n_components : int or None, default=None
        Number of leading principal components that carry noise. Default: all with a
        nonzero variance.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.

    See Also
    --------
    PCScaledNoiseAugmenter : Noise in proportion to the data.

    Notes
    -----
    With the largest eigenvalue :math:`\lambda_1` and the eigenvectors :math:`v_i` of
    the sample covariance, a copy of x is

    .. math:: x + \sum_i \epsilon_i \sqrt{\lambda_1}\, v_i, \qquad
              \epsilon_i \sim N(0, \mathrm{noise\_scale}^2).

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust import PCUniformNoiseAugmenter
    >>> X = np.random.default_rng(0).standard_normal((20, 3))
    >>> PCUniformNoiseAugmenter(2, random_state=0).fit_transform(X).shape
    (60, 3)
    """

    @property
    def noise_factor_(self):
        """Matrix F of shape (n_components, n_features): the noise is ``eps @ F``."""
        return self.noise_scale * self._spread.max(initial=0) * self.components_


class IsotropicNoiseAugmenter(BaseAugmenter):
    r"""Add copies with independent noise at every point.

    Parameters
    ----------
    n_copies : int, default=10
        Number of noisy copies of every sample.
    noise_scale : float, default=0.25
        Standard deviation of the noise at every point, as a fraction of the standard
        deviation of the data on the first principal component.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.

    See Also
    --------
    PCScaledNoiseAugmenter : Noise that stays in the span of the data.

    Notes
    -----
    A copy of x is :math:`x + \epsilon \sqrt{\lambda_1}`, with
    :math:`\epsilon \sim N(0, \mathrm{noise\_scale}^2)` at every point and the largest
    eigenvalue :math:`\lambda_1` of the sample covariance. With many points this noise
    is strong, since the variance of the first component is a sum over all points.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust import IsotropicNoiseAugmenter
    >>> X = np.random.default_rng(0).standard_normal((20, 3))
    >>> IsotropicNoiseAugmenter(2, random_state=0).fit_transform(X).shape
    (60, 3)
    """

    _parameter_constraints: dict = COPIES | {"noise_scale": [NOISE_SCALE]}

    def __init__(self, n_copies=10, *, noise_scale=0.25, random_state=None):
        self.n_copies = n_copies
        self.noise_scale = noise_scale
        self.random_state = random_state

    def _fit(self, valid_rows, valid):
        *_, spread = principal_components(valid_rows)
        self.largest_spread_ = float(spread.max(initial=0))

    def _copies(self, rows, shape):
        rng = check_random_state(self.random_state)
        noise = rng.standard_normal((self.n_copies * len(rows), rows.shape[1]))
        noise *= self.noise_scale * self.largest_spread_
        return np.tile(rows, (self.n_copies, 1)) + noise.astype(rows.dtype, copy=False)
