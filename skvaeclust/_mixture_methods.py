"""Methods of a fitted mixture: prediction, decoding, sampling and scores."""

import numpy as np
from scipy.special import softmax
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skvaeclust._arguments import check_integer
from skvaeclust._calibration import find_temperature
from skvaeclust._components import subset
from skvaeclust._fields import as_array
from skvaeclust._limits import refuse_too_large
from skvaeclust._prediction import FittedModel
from skvaeclust._words import counted

N_CALIBRATION = 2000  # largest number of samples used for calibration
# The default of numpy, which the caller may have changed to an error.
IGNORE_UNDERFLOW = np.errstate(under="ignore")


class MixtureMethodsMixin(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin
):
    """Mixin of the methods of an estimator with a ``_model`` and a ``_layout``."""

    def fit_predict(self, X, y=None) -> np.ndarray:
        """Fit the model and return the cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Cluster of every sample, numbered by decreasing size.
        """
        return self.fit(X, y).labels_

    @IGNORE_UNDERFLOW
    def predict(self, X) -> np.ndarray:
        """Predict the most probable cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Cluster of every sample, numbered by decreasing size.
        """
        rows = self._read(X)
        return self._model.log_assignment(rows).argmax(axis=1)

    @IGNORE_UNDERFLOW
    def predict_proba(self, X) -> np.ndarray:
        r"""Predict the calibrated probability of every cluster.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            The samples, as fields or flat rows.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_clusters)
            Probabilities; rows add up to 1. The largest is that of ``predict``.

        Notes
        -----
        The probability is

        .. math:: \frac{q(k|x)^{1/T}}{\sum_l q(l|x)^{1/T}},

        with T = ``temperature_``. It is the probability that a sample at this place
        comes from cluster k, given that the clusters exist: about 70 % of the samples
        with a probability of 0.7 do. It does not express doubt about the clusters
        themselves; for this, see :func:`~skvaeclust.model_selection.cluster_stability`.
        """
        rows = self._read(X)
        return softmax(self._model.log_assignment(rows) / self.temperature_, axis=1)

    @IGNORE_UNDERFLOW
    def transform(self, X):
        """Compute the mean latent position of every sample, weighted by q(k|x).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        Z : ndarray of shape (n_samples, latent_dim)
            Positions in latent space.
        """
        rows = self._read(X)
        return self._model.posterior_mean(rows).astype(rows.dtype, copy=False)

    @IGNORE_UNDERFLOW
    def inverse_transform(self, Z) -> np.ndarray:
        """Decode latent positions into fields.

        Parameters
        ----------
        Z : array-like of shape (n_samples, latent_dim)
            Positions in latent space.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in the units and the layout of the X given to ``fit``; NaN on land.
        """
        check_is_fitted(self)
        Z = as_array(Z, float, "Z")
        latent_dim = self.latent_means_.shape[1]
        if Z.ndim != 2 or Z.shape[1] != latent_dim or not len(Z):
            raise ValueError(
                f"Z must have the shape (n_samples, {latent_dim}), as the latent space "
                f"has {counted(latent_dim, 'dimension')}; got the shape {Z.shape}."
            )
        if not np.isfinite(Z).all():
            raise ValueError("Z must be finite, got NaN or infinity.")
        return self._layout.write(self._model.decode(Z))

    @IGNORE_UNDERFLOW
    def reconstruct(self, X) -> np.ndarray:
        """Encode fields into latent space and decode them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in the units and the layout of the X given to ``fit``; NaN on land.
        """
        rows = self._read(X)
        return self.inverse_transform(self._model.posterior_mean(rows))

    @IGNORE_UNDERFLOW
    def sample(self, n_samples=1) -> tuple[np.ndarray, np.ndarray]:
        """Generate fields from the model.

        Clusters are sampled with probabilities ``weights_``, and latent positions from
        p(z|k). Each field is the mean of p(x|z), without added noise.

        Parameters
        ----------
        n_samples : int, default=1
            Number of fields.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in the units of X, ordered by cluster; NaN on land.
        labels : ndarray of shape (n_samples,)
            Cluster of each field.
        """
        check_is_fitted(self)
        n_samples = check_integer(n_samples, "n_samples", 1)
        refuse_too_large(
            24 * n_samples * (self.n_features_in_ + self._n_features_out),
            f"sample({n_samples})",
        )
        rng = check_random_state(self.random_state)
        sizes = rng.multinomial(n_samples, self.weights_)
        labels = np.repeat(np.arange(len(sizes)), sizes)
        spread = np.sqrt(self.latent_variances_[labels])
        Z = self.latent_means_[labels] + spread * rng.standard_normal(spread.shape)
        return self.inverse_transform(Z), labels

    @IGNORE_UNDERFLOW
    def score_samples(self, X) -> np.ndarray:
        """Compute the evidence lower bound of every sample (dimensionless).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        elbo : ndarray of shape (n_samples,)
            Higher is better. The expectation over z is replaced by the value at its
            mean. The squared error includes the part of X outside the span of the
            principal components of the training data.
        """
        rows = self._read(X)
        return self._model.lower_bound(rows, *self._gammas)

    def score(self, X, y=None) -> float:
        """Compute the mean evidence lower bound of the samples (dimensionless).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        elbo : float
            Higher is better.
        """
        return float(self.score_samples(X).mean())

    @property
    def _n_features_out(self):
        return self.latent_means_.shape[1]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def _fitted(self, networks, representation):
        """Return the attributes needed for prediction, given networks from `freeze`."""
        model = FittedModel(networks, representation)
        means, variances = model.components()
        return {
            "_layout": representation.layout,
            "_model": model,
            "_gammas": (self.gamma_categorical, self.gamma_latent),
            "latent_means_": means,
            "latent_variances_": variances,
            "n_components_": representation.n_components,
            "temperature_": 1.0,
        }

    def _find_temperature(self, rows, scores):
        """Calibrate the probabilities on some of the training samples."""
        some = subset(len(rows), N_CALIBRATION, 0)
        log_q = self._model.log_assignment(rows[some])
        points = scores[some, : self.n_components_]
        return find_temperature(log_q, points, self.labels_[some])

    def _read(self, X):
        """Check X against the fitted data; return rows of valid points."""
        check_is_fitted(self)
        return self._layout.read(self, X)[0]
