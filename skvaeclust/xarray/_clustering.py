"""Clustering of labelled fields by any clusterer of scikit-learn."""

import numpy as np
import xarray as xr
from sklearn.base import BaseEstimator, ClusterMixin, _fit_context, clone
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skvaeclust._coordinates._coords import coords_on
from skvaeclust._coordinates._orientation import refuse_upper
from skvaeclust._steps import last_step
from skvaeclust.xarray._evaluation import METHODS, evaluate, has_data
from skvaeclust.xarray._results import (
    cluster_coord,
    cluster_dataset,
    describe,
    forecast_dataset,
    group_means,
    own_centers,
)
from skvaeclust.xarray._transformer import FieldTransformer
from skvaeclust.xarray._variables import n_field_dims


def _offers(name):
    """Return a check that the clusterer has a method."""

    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class FieldClustering(ClusterMixin, BaseEstimator):
    """Cluster labelled fields by any clusterer of scikit-learn.

    Parameters
    ----------
    estimator : clusterer or Pipeline that ends in one
        A clusterer such as :class:`~skvaeclust.VAEClustering`, KMeans or
        GaussianMixture. `fit` clones it.
    dim : str, default="time"
        Dimension of the samples. All other dimensions are the grid.
    climatology : {None, "mean", "month", "dayofyear"}, default=None
        Climatology to subtract from every point; see :class:`FieldTransformer` for this
        and the next parameters.
    detrend : bool, default=False
        Whether to subtract the linear trend of every point.
    weights : {None, "coslat"} or array-like of the shape of the grid, default=None
        Weight of each point in squared distances.
    scale : {None, "common", "variable"}, default="common"
        Scaling of anomalies.
    n_components : int or None, default=None
        Number of principal components passed to the clusterer. Required for data larger
        than memory.
    fill_missing : {None, "climatology"}, default=None
        Treatment of values that are missing in some samples only.
    output : {"auto", "rows", "fields"}, default="auto"
        Input of the clusterer: rows of the valid points, or fields of shape (n_samples,
        n_variables, height, width), south and west first, with NaN on land. "auto"
        passes fields if the clusterer has a parameter ``field_shape``, the grid has two
        dimensions and ``n_components`` is None. A dimension of size 1, such as one
        level, is left out of fields.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clusterer.
    transformer_ : FieldTransformer
        Transformer of labelled fields to the input of the clusterer.
    labels_ : DataArray
        Cluster of every sample, on ``dim``; -1 for samples without any value.
    weights_ : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster, of those with data.
    cluster_centers_ : Dataset
        Centres of the clusters on (cluster, grid), in the units of the data: the
        centres of the clusterer, or the means of its input if it has none.
    cluster_means_ : Dataset
        Means over the samples of each cluster on (cluster, grid), in the units of the
        data; NaN for an empty cluster.

    See Also
    --------
    FieldTransformer : The same transformation without a clusterer.

    Notes
    -----
    Centres include the mean of the climatology and the trend that were removed.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skvaeclust.datasets import load_north_atlantic_slp
    >>> from skvaeclust.xarray import FieldClustering
    >>> data = load_north_atlantic_slp(as_xarray=True)
    >>> clusterer = KMeans(4, random_state=0)
    >>> model = FieldClustering(clusterer, weights="coslat", n_components=15).fit(data)
    >>> model.labels_.dims, model.cluster_means_.slp.dims
    (('time',), ('cluster', 'lat', 'lon'))
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods("fit")],
        **{
            name: "no_validation"  # checked by FieldTransformer
            for name in FieldTransformer._parameter_constraints
        },
    }

    def __init__(
        self,
        estimator,
        *,
        dim="time",
        climatology=None,
        detrend=False,
        weights=None,
        scale="common",
        n_components=None,
        fill_missing=None,
        output="auto",
    ):
        self.estimator = estimator
        self.dim = dim
        self.climatology = climatology
        self.detrend = detrend
        self.weights = weights
        self.scale = scale
        self.n_components = n_components
        self.fill_missing = fill_missing
        self.output = output

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the transformation and the clusterer.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Samples along ``dim``.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        self : FieldClustering
            The fitted estimator.

        Raises
        ------
        TypeError
            If X is not a labelled array.
        ValueError
            If a parameter is invalid or the fields cannot be transformed; see
            :meth:`FieldTransformer.fit`.
        """
        refuse_upper(getattr(last_step(self.estimator), "augmenter", None))
        transformer = self._make_transformer(X).fit(X)
        data = transformer.align(X)
        features = transformer.apply(data, lazy=False)
        present = has_data(features)
        if not present.all():
            features = features[present]
        estimator = clone(self.estimator).fit(features)
        self.transformer_, self.estimator_ = transformer, estimator
        predicts = hasattr(estimator, "predict")
        labels = estimator.predict(features) if predicts else estimator.labels_
        self._labels = np.full(len(present), -1)
        self._labels[present] = labels
        self._n_clusters = self._count_clusters()
        labels = self._labels[present]
        counts = np.bincount(labels[labels >= 0], minlength=self._n_clusters)
        self.weights_ = counts / len(labels)
        self._means = group_means(
            transformer.batches(data),
            transformer.valid_,
            self._labels,
            self._n_clusters,
        )
        self._feature_means = np.zeros((self._n_clusters, *features.shape[1:]))
        for k in np.unique(labels[labels >= 0]):
            self._feature_means[k] = features[labels == k].mean(axis=0)
        self._sample_coords = coords_on(data, [self.dim])
        return self

    @available_if(_offers("predict"))
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

    @available_if(_offers("predict_proba"))
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

    @available_if(_offers("transform"))
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

    @available_if(_offers("score_samples"))
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

    @available_if(_offers("score"))
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

    @property
    def labels_(self):
        """Cluster of every sample of `fit`."""
        check_is_fitted(self, "estimator_")
        coords, attrs = self._sample_coords.coords, describe(self._n_clusters)
        return xr.DataArray(self._labels, coords, [self.dim], "label", attrs)

    @property
    def cluster_centers_(self):
        """Centres of the clusters, in the units of the data."""
        check_is_fitted(self, "estimator_")
        centers = own_centers(self.estimator_)  # a step of a pipeline has another space
        if centers is None:
            centers = self._feature_means
        fields = self.transformer_.inverse_transform(centers, dim="cluster")
        return fields.assign_coords(cluster=cluster_coord(self._n_clusters))

    @property
    def cluster_means_(self):
        """Means over the samples of each cluster, in the units of the data."""
        check_is_fitted(self, "estimator_")
        fields = self.transformer_.grid_.to_dataset(
            self._means, ["cluster"], [self._n_clusters]
        )
        return fields.assign_coords(cluster=cluster_coord(self._n_clusters))

    def to_dataset(self, X=None):
        """Collect the results in a Dataset that can be written to NetCDF or zarr.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays, default=None
            Samples to evaluate. If None, the Dataset has the labels of `fit` and no
            probabilities or positions.

        Returns
        -------
        results : Dataset
            "label", with CF flags; "probability" and "position" if the clusterer has
            them; "fraction" of the samples of `fit` in each cluster; centres and means
            of every variable, such as "u_center" and "u_mean". The parameters are in
            the attribute "settings".
        """
        check_is_fitted(self, "estimator_")
        if X is None:
            return cluster_dataset(self, {"label": self.labels_})
        optional = ("probability", "position")
        names = [name for name in optional if hasattr(self, METHODS[name])]
        return cluster_dataset(self, evaluate(self, X, "label", *names))

    def _make_transformer(self, X):
        """Create the transformer from the parameters."""
        names = FieldTransformer._parameter_constraints
        transformer = FieldTransformer(**{name: getattr(self, name) for name in names})
        if self.output != "auto":
            return transformer
        final = last_step(self.estimator)
        fields = hasattr(final, "field_shape") and self.n_components is None
        fields = fields and n_field_dims(X, self.dim) == 2
        return transformer.set_params(output="fields" if fields else "rows")

    def _count_clusters(self):
        """Return the number of clusters, including empty ones."""
        centers = own_centers(last_step(self.estimator_))
        return int(self._labels.max()) + 1 if centers is None else len(centers)
