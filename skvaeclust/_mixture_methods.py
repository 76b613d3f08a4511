"""What a fitted mixture offers: prediction, decoding, sampling, scores."""

from numbers import Integral

import numpy as np
from scipy.special import softmax
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils import check_array, check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted

from skvaeclust._prediction import FittedModel


class MixtureMethodsMixin(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin
):
    """Public methods of an estimator that has a ``_model`` and a ``_layout``."""

    def fit_predict(self, X, y=None):
        """Train the model and return the cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Index of the cluster, 0 the largest.
        """
        return self.fit(X, y).labels_

    def predict(self, X):
        """Predict the most probable cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Index of the cluster, 0 the largest.
        """
        rows = self._read(X)
        return self._model.log_assignment(rows).argmax(axis=1)

    def predict_proba(self, X):
        """Predict the probability q(k|x) of every cluster.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_clusters)
            Rows add up to 1.
        """
        rows = self._read(X)
        return softmax(self._model.log_assignment(rows), axis=1)

    def transform(self, X):
        """Compute the mean of the latent variable, averaged with q(k|x).

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

    def inverse_transform(self, Z):
        """Decode latent positions into fields.

        Parameters
        ----------
        Z : array-like of shape (n_samples, latent_dim)
            Positions in latent space.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in units of X and in the layout given to ``fit``; land is NaN.
        """
        check_is_fitted(self)
        Z = check_array(Z, dtype=np.float64)
        if Z.shape[1] != self.latent_means_.shape[1]:
            raise ValueError(
                f"Z has {Z.shape[1]} columns, but the latent space has "
                f"{self.latent_means_.shape[1]} dimensions."
            )
        return self._layout.write(self._model.decode(Z))

    def reconstruct(self, X):
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
            Fields in units of X and in the layout given to ``fit``; land is NaN.
        """
        rows = self._read(X)
        return self.inverse_transform(self._model.posterior_mean(rows))

    def sample(self, n_samples=1):
        """Generate fields from the model.

        Clusters are drawn with probability ``weights_``, latent positions from p(z|k);
        a field is the mean of p(x|z), without noise of its own.

        Parameters
        ----------
        n_samples : int, default=1
            Number of fields.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in units of X, cluster after cluster; land is NaN.
        labels : ndarray of shape (n_samples,)
            The cluster that each field comes from.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(self.random_state)
        sizes = rng.multinomial(n_samples, self.weights_)
        labels = np.repeat(np.arange(len(sizes)), sizes)
        spread = np.sqrt(self.latent_variances_[labels])
        Z = self.latent_means_[labels] + spread * rng.standard_normal(spread.shape)
        return self.inverse_transform(Z), labels

    def score_samples(self, X):
        """Compute the evidence lower bound of every sample, free of units.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        elbo : ndarray of shape (n_samples,)
            The expectation over z is taken at its mean. The squared error includes
            what the principal components of the training data cannot represent.
        """
        rows = self._read(X)
        return self._model.lower_bound(rows, self.gamma_categorical, self.gamma_latent)

    def score(self, X, y=None):
        """Compute the mean evidence lower bound of the samples, free of units.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for the interface of scikit-learn.

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
        """Return the attributes that prediction needs, from networks that are ready."""
        model = FittedModel(networks, representation)
        means, variances = model.components()
        return {
            "_layout": representation.layout,
            "_model": model,
            "latent_means_": means,
            "latent_variances_": variances,
        }

    def _read(self, X):
        """Check X against what `fit` has seen; return rows of valid points."""
        check_is_fitted(self)
        return self._layout.read(self, X)[0]
