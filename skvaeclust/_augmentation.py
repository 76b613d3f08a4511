"""Augmentation by noise along principal components (numpy only)."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from skvaeclust._fields import (
    find_valid,
    on_one_thread,
    principal_components,
    take_valid,
    validate_fields,
)


class BaseAugmenter(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Copies of samples: what all augmenters share.

    Those that derive from it have the parameters ``n_copies`` and ``random_state``, the
    method ``_copies`` and, if they need more than the mean, ``_fit``.
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from the samples what the copies need.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        self : BaseAugmenter
            The fitted augmenter.
        """
        rows, _ = validate_fields(self, X, reset=True, min_samples=2)
        valid = find_valid(rows)
        valid_rows = take_valid(rows, valid, type(self).__name__)
        self.mean_ = np.full(rows.shape[1], np.nan, dtype=rows.dtype)
        self.mean_[valid] = valid_rows.mean(axis=0)
        self._fit(valid_rows, valid)
        return self

    def _fit(self, valid_rows, valid):
        """Learn more than the mean."""

    def augment(self, X):
        """Copies of the samples, without the samples themselves.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.

        Returns
        -------
        copies : ndarray of shape (n_copies * n_samples, ...)
            Copy after copy of all the samples.
        """
        rows, shape = self._validate(X)
        return self._copies(rows, shape).reshape(-1, *shape)

    def transform(self, X):
        """X as it is: new samples are not augmented.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            The same samples.
        """
        rows, shape = self._validate(X)
        return rows.reshape(-1, *shape)

    def fit_transform(self, X, y=None):
        """Fit, and give the samples followed by their copies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        augmented : ndarray of shape ((1 + n_copies) * n_samples, ...)
            The samples, then copy after copy of all of them.
        """
        rows, shape = self.fit(X)._validate(X)
        augmented = np.concatenate([rows, self._copies(rows, shape)])
        container = _get_output_config("transform", self)["dense"]
        if container == "pandas" and hasattr(X, "index"):
            # scikit-learn would put the index of X on all rows, and they are more.
            import pandas as pd

            return pd.DataFrame(augmented, np.tile(X.index, 1 + self.n_copies))
        return augmented.reshape(-1, *shape)

    def _validate(self, X):
        check_is_fitted(self)
        rows, field_shape = validate_fields(self, X, reset=False)
        take_valid(rows, ~np.isnan(self.mean_), type(self).__name__)
        return rows, field_shape or rows.shape[1:]


class PCScaledNoiseAugmenter(BaseAugmenter):
    r"""Add copies of the samples with noise scaled by the principal components.

    The noise has the covariance of the data, times ``noise_scale ** 2``: large where
    and how the data vary, zero in every direction in which they do not, so that a copy
    never leaves the span of the data.

    Parameters
    ----------
    n_copies : int, default=10
        Noisy copies of every sample.
    noise_scale : float, default=0.25
        Standard deviation of the noise on a principal component as a fraction of the
        standard deviation of the data on it.
    n_components : int or None, default=None
        Principal components that carry noise, from the first; None takes all whose
        variance is not zero (at most n_samples - 1).
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
        Mean of the samples, NaN on land.
    components_ : ndarray of shape (n_components, n_features)
        Principal components, orthonormal rows, 0 on land.
    explained_variance_ : ndarray of shape (n_components,)
        Variance of the samples along each component (divisor n_samples - 1).
    n_components_ : int
        Number of components that carry noise.
    n_features_in_ : int
        Number of features seen by ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X had names.

    See Also
    --------
    VAEClustering : Takes an augmenter as a parameter, for fresh noise every epoch.

    Notes
    -----
    With the eigenvalues :math:`\lambda_i` and eigenvectors :math:`v_i` of the sample
    covariance, a copy of x is [1]_

    .. math:: x + \sum_{i=1}^{M} \epsilon_i \sqrt{\lambda_i}\, v_i, \qquad
              \epsilon_i \sim N(0, \mathrm{noise\_scale}^2).

    ``fit_transform`` gives the samples followed by their copies, ``transform`` gives X
    as it is. In a :class:`~sklearn.pipeline.Pipeline` the last step is thus trained on
    the copies too, while ``predict``, ``transform`` and ``score`` see the rows given.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

    Examples
    --------
    Three samples on a line in the plane: their copies stay on it.

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

    _parameter_constraints: dict = {
        "n_copies": [Interval(Integral, 0, None, closed="left")],
        "noise_scale": [Interval(Real, 0, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self, n_copies=10, *, noise_scale=0.25, n_components=None, random_state=None
    ):
        self.n_copies = n_copies
        self.noise_scale = noise_scale
        self.n_components = n_components
        self.random_state = random_state

    def _fit(self, valid_rows, valid):
        _, components, variance = principal_components(valid_rows)
        components = components[: self.n_components]
        self.components_ = np.zeros((len(components), len(valid)), valid_rows.dtype)
        self.components_[:, valid] = components
        self.explained_variance_ = variance[: self.n_components]
        self.n_components_ = len(components)

    @property
    def noise_factor_(self):
        """Matrix F of shape (n_components, n_features): the noise is ``eps @ F``.

        With eps of standard normal numbers. An augmenter that has it gives
        :class:`VAEClustering` fresh noise in every epoch.
        """
        scale = self.noise_scale * np.sqrt(self.explained_variance_)
        return scale[:, None] * self.components_

    @on_one_thread
    def _copies(self, rows, shape):
        rng = check_random_state(self.random_state)
        eps = rng.standard_normal((self.n_copies * len(rows), self.n_components_))
        noise = (eps @ self.noise_factor_).astype(rows.dtype, copy=False)
        return np.tile(rows, (self.n_copies, 1)) + noise
