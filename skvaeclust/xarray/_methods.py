"""Methods of a fitted FieldClustering that evaluate other samples."""

from functools import update_wrapper

import xarray as xr
from sklearn.utils.validation import check_is_fitted

from skvaeclust._steps import last_step
from skvaeclust.xarray._evaluation import evaluate, has_data
from skvaeclust.xarray._index import regime_index
from skvaeclust.xarray._results import describe, forecast_dataset


class _Offered:
    """Method that a FieldClustering has if its clusterer has one of the same name."""

    def __init__(self, method):
        update_wrapper(self, method)
        self.method = method

    def __get__(self, model, owner=None):
        if model is not None:
            clusterer = getattr(model, "estimator_", model.estimator)
            name = self.method.__name__
            try:
                getattr(clusterer, name)
            except AttributeError as error:
                raise AttributeError(
                    f"This {type(model).__name__!r} has no attribute {name!r}, because "
                    f"its clusterer {type(last_step(clusterer)).__name__} has none."
                ) from error
        return self.method.__get__(model, owner)


def _of_clusterer(name):
    """Return a property with an attribute of the fitted clusterer."""

    def get(self):
        check_is_fitted(self, "estimator_")
        return getattr(last_step(self.estimator_), name)

    return property(get, doc=f"``{name}`` of the fitted clusterer.")


class EvaluationMixin:
    """Methods of a fitted FieldClustering that evaluate other samples."""

    starts_ = _of_clusterer("starts_")
    converged_ = _of_clusterer("converged_")
    history_ = _of_clusterer("history_")
    latent_means_ = _of_clusterer("latent_means_")
    latent_variances_ = _of_clusterer("latent_variances_")

    @_Offered
    def predict(self, X):
        """Predict the cluster of every sample.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Fields on the grid of `fit`. All other dimensions, such as members and lead
            times of a forecast, are dimensions of the samples. For dask arrays, the
            result is lazy.

        Returns
        -------
        labels : DataArray
            Clusters, on the dimensions of the samples; -1 for samples without any
            value.
        """
        return evaluate(self, X, "label")["label"]

    @_Offered
    def predict_proba(self, X):
        """Predict the probability of every cluster.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.

        Returns
        -------
        probability : DataArray
            Probabilities, on the dimensions of the samples and "cluster"; NaN for
            samples without any value.
        """
        return evaluate(self, X, "probability")["probability"]

    @_Offered
    def transform(self, X):
        """Transform every sample to the space of the clusterer.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.

        Returns
        -------
        position : DataArray
            Positions, on the dimensions of the samples and "component".
        """
        return evaluate(self, X, "position")["position"]

    @_Offered
    def score_samples(self, X):
        """Compute the score of every sample, such as its log-likelihood.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.

        Returns
        -------
        score : DataArray
            Scores, on the dimensions of the samples.
        """
        return evaluate(self, X, "score")["score"]

    @_Offered
    def score(self, X, y=None):
        """Compute the score of the clusterer, such as the mean log-likelihood.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`. Samples without any value are left out.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        score : float
            Higher is better. Scores of different climatologies, scales or components
            are not comparable.
        """
        check_is_fitted(self, "estimator_")
        features = self.transformer_.apply(self.transformer_.align(X), lazy=False)
        return float(self.estimator_.score(features[has_data(features)]))

    @_Offered
    def sample(self, n_samples=1):
        """Generate fields from the model.

        Parameters
        ----------
        n_samples : int, default=1
            Number of fields.

        Returns
        -------
        fields : Dataset
            Fields on "sample" and the grid, in the units of the data; NaN on land. They
            include the mean of the climatology and of the trend.
        labels : DataArray
            Cluster of every field, on "sample".
        """
        check_is_fitted(self, "estimator_")
        features, labels = self.estimator_.sample(n_samples)
        fields = self.transformer_.inverse_transform(features)
        attrs = describe(self._clusters, fields.data_vars)
        labels = xr.DataArray(labels, dims="sample", name="label", attrs=attrs)
        return fields, labels

    def regime_index(self, X):
        r"""Compute the regime index of every cluster.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.

        Returns
        -------
        index : DataArray
            Index, on the dimensions of the samples and "cluster"; NaN for samples
            without any value and for empty clusters. For dask arrays, it is lazy.

        Notes
        -----
        The index [1]_ is the projection of the anomalies :math:`x'` on the pattern
        :math:`c_k` of a cluster, standardised over the samples of the fit:

        .. math:: P_k(t) = \frac{\sum_p w_p x'_p(t) c_{kp}}{\sum_p w_p}, \qquad
                  I_k(t) = \frac{P_k(t) - m_k}{s_k},

        with the weights w of the transformation. The pattern is the mean of the
        anomalies over the samples of the cluster, or the given one for
        :meth:`from_patterns`. :math:`m_k` and :math:`s_k` are the mean and the standard
        deviation of :math:`P_k` over the samples of the fit. Anomalies are scaled,
        which changes the index only if the scale varies with the variable or the
        season. Without a climatology, they are differences from the mean. All points
        are used, even if ``n_components`` is given.

        References
        ----------
        .. [1] C. Michel, G. Rivière, "The link between Rossby wave breakings and
           weather regime transitions", Journal of the Atmospheric Sciences 68, 2011.
           :doi:`10.1175/2011JAS3635.1`
        """
        check_is_fitted(self, "estimator_")
        return regime_index(self, X)

    def forecast(self, X, member_dim="member"):
        """Compute the probability of each cluster in an ensemble forecast.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.
        member_dim : str, default="member"
            Dimension of the ensemble members.

        Returns
        -------
        forecast : Dataset
            "probability": mean over members of the probability of each cluster, or
            fraction of members with its label if the clusterer has no probabilities.
            "representative": member of each cluster that is closest to its centre, -1
            if it has no members. "label": cluster of every member.
        """
        check_is_fitted(self, "estimator_")
        data = self.transformer_.align(X)
        dims = self.transformer_.grid_.sample_dims(data)
        if member_dim not in dims:
            raise ValueError(
                f"member_dim must be a dimension of the samples, {dims}, got "
                f"{member_dim!r}."
            )
        names = ["probability"] if hasattr(self, "predict_proba") else []
        found = evaluate(self, X, "label", "distance", *names)
        return forecast_dataset(
            found["label"], found.get("probability"), found["distance"], member_dim
        )
