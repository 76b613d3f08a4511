"""Base class of augmenters (without torch)."""

import numpy as np
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from skvaeclust._fields import Layout, as_array
from skvaeclust._limits import count, refuse_too_large

MAX_COPIES = 10_000
COPIES = {
    "n_copies": [count(0, MAX_COPIES)],
    "random_state": ["random_state"],
}


class BaseAugmenter(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base class of augmenters, which add copies to the samples.

    A subclass has the parameters ``n_copies`` and ``random_state`` and a method
    ``_copies(rows, shape)``, where ``shape`` is that of a sample. It returns
    ``n_copies * len(rows)`` rows: one copy of every sample, then the next copy of every
    sample, and so on. The given rows are read-only. A subclass that fits more than the
    mean of the samples also has ``_fit(valid_rows, valid)``.

    Attributes
    ----------
    noise_factor_ : ndarray of shape (n_components, n_features) or None
        If not None, copies are samples with the noise ``eps @ noise_factor_``, with
        ``eps`` standard normal, and :class:`~skvaeclust.VAEClustering` uses new noise
        in every epoch. If None (default), copies are made once.

    Examples
    --------
    An augmenter that adds mirrored copies:

    >>> import numpy as np
    >>> from skvaeclust.augmentation import BaseAugmenter
    >>> class MirrorAugmenter(BaseAugmenter):
    ...     def __init__(self, n_copies=1, random_state=None):
    ...         self.n_copies = n_copies
    ...         self.random_state = random_state
    ...
    ...     def _copies(self, rows, shape):
    ...         mirrored = rows.reshape(-1, *shape)[..., ::-1]
    ...         return np.tile(mirrored.reshape(len(rows), -1), (self.n_copies, 1))
    >>> MirrorAugmenter().fit_transform(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.],
           [2., 1.],
           [4., 3.]])
    """

    _parameter_constraints: dict = COPIES
    noise_factor_ = None

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the augmenter to the samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : BaseAugmenter
            The fitted augmenter.
        """
        self._layout, rows = Layout.fit(self, X)
        self.mean_ = self._layout.write(rows.mean(axis=0)[None]).ravel()
        self._fit(rows, self._layout.valid)
        return self

    def _fit(self, valid_rows, valid):
        """Fit more than the mean; subclasses may override this."""

    def augment(self, X) -> np.ndarray:
        """Return copies of the samples, without the samples themselves.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.

        Returns
        -------
        copies : ndarray of shape (n_copies * n_samples, ...)
            One copy of every sample, then the next copy of every sample, and so on.
        """
        rows, shape = self._read(X)
        return self._make(rows, shape).reshape(-1, *shape)

    def transform(self, X):
        """Return X unchanged; copies are added only by `fit_transform`.

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
        rows, shape = self._read(X)
        return rows.reshape(-1, *shape)

    def inverse_transform(self, X):
        """Return X unchanged, as `transform` does.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            The same samples.
        """
        return self.transform(X)

    def fit_transform(self, X, y=None):
        """Fit the augmenter and return the samples followed by their copies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) stay NaN.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        augmented : ndarray of shape ((1 + n_copies) * n_samples, ...)
            The samples, followed by the copies as returned by `augment`.
        """
        rows, shape = self.fit(X)._read(X)
        augmented = np.concatenate([rows, self._make(rows, shape)])
        container = _get_output_config("transform", self)["dense"]
        if container == "pandas" and hasattr(X, "index"):
            # scikit-learn would use the index of X, which is too short.
            import pandas as pd

            return pd.DataFrame(augmented, np.tile(X.index, 1 + self.n_copies))
        return augmented.reshape(-1, *shape)

    def _make(self, rows, shape):
        """Make copies, and check their shape and values."""
        self._validate_params()
        name = type(self).__name__
        refuse_too_large(
            self.n_copies * rows.nbytes,
            f"{name} with n_copies={self.n_copies} and {len(rows)} samples",
        )
        rows = rows.view()
        rows.flags.writeable = False  # they may be the data of the user
        copies = as_array(
            self._copies(rows, shape), name=f"{name}._copies(rows, shape)"
        )
        expected = self.n_copies * len(rows), rows.shape[1]
        if copies.shape != expected:
            raise ValueError(
                f"{name} returned copies of shape {copies.shape}, expected {expected}."
            )
        self._layout.take(copies, f"The result of {name}")
        return copies

    def _read(self, X):
        """Validate X; return flat rows with NaN on land, and the shape of a sample."""
        check_is_fitted(self)
        rows, shape = self._layout.read(self, X)
        container = _get_output_config("transform", self)["dense"]
        if container != "default" and len(shape) > 1:
            raise ValueError(
                f"X has fields of shape {shape}, which set_output(transform="
                f"{container!r}) cannot hold. Pass flat rows, X.reshape(len(X), -1), "
                "or set_output(transform='default')."
            )
        return self._layout.write(rows, (len(self._layout.valid),)), shape
