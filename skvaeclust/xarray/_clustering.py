"""Any clusterer of scikit-learn on labelled fields, with labelled results."""

import numpy as np
import xarray as xr
from sklearn.base import BaseEstimator, ClusterMixin, _fit_context, clone
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skvaeclust._steps import last_step
from skvaeclust.xarray._grid import n_grid_dims
from skvaeclust.xarray._results import (
    PER_SAMPLE,
    cluster_coord,
    cluster_dataset,
    describe,
    forecast_dataset,
    group_means,
    label_columns,
    own_centers,
    squared_distances,
)
from skvaeclust.xarray._time import decode, encode
from skvaeclust.xarray._transformer import FieldTransformer

METHODS = {  # of the clusterer, by their results
    "label": "predict",
    "probability": "predict_proba",
    "position": "transform",
    "score": "score_samples",
}


def _offers(name):
    """Tell whether the clusterer has a method."""

    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class FieldClustering(ClusterMixin, BaseEstimator):
    """Cluster labelled fields by any clusterer of scikit-learn; results are labelled.

    Parameters
    ----------
    estimator : clusterer or Pipeline that ends in one
        Such as :class:`~skvaeclust.VAEClustering`, KMeans or GaussianMixture. It is
        cloned, not changed.
    dim : str, default="time"
        Dimension of the samples. All others are the grid.
    climatology : {None, "mean", "month", "dayofyear"}, default=None
        What is subtracted from every point; see :class:`FieldTransformer`, also for
        the other parameters.
    detrend : bool, default=False
        Whether to subtract the linear trend of every point.
    weights : {None, "coslat"} or array-like of the shape of the grid, default=None
        Weight of the points in squared distances.
    scale : {None, "common", "variable"}, default="common"
        What anomalies are divided by.
    n_components : int or None, default=None
        Number of principal components that the clusterer sees. Needed for data larger
        than memory.
    fill : {None, "climatology"}, default=None
        What to do with values that are missing in some samples only.
    output : {"auto", "rows", "fields"}, default="auto"
        What the clusterer sees: rows of the valid points, or fields (n_samples,
        n_variables, height, width) with NaN on land. "auto" is fields for an estimator
        with a parameter ``field_shape`` and a grid of two dimensions, else rows.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clusterer.
    transformer_ : FieldTransformer
        From labelled fields to what the clusterer sees, and back.
    labels_ : DataArray
        Cluster of every sample, on ``dim``.
    weights_ : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    cluster_centers_ : Dataset
        Centres of the clusters on (cluster, grid), in the units of the data: those of
        the clusterer, or the means of its features if it has none.
    cluster_means_ : Dataset
        Means over the samples of each cluster on (cluster, grid), in the units of the
        data; NaN for an empty cluster.

    See Also
    --------
    FieldTransformer : The transformer alone, for pipelines.

    Notes
    -----
    Where a climatology or a trend is removed, its mean is added to the centres.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from sklearn.cluster import KMeans
    >>> from skvaeclust.datasets import load_north_atlantic_slp
    >>> from skvaeclust.xarray import FieldClustering
    >>> slp = load_north_atlantic_slp()
    >>> pressure = xr.DataArray(
    ...     slp.data[:, 0],
    ...     dims=["time", "lat", "lon"],
    ...     coords={"time": slp.time, "lat": slp.latitude, "lon": slp.longitude},
    ...     name="slp",
    ...     attrs={"units": "hPa"},
    ... )
    >>> model = FieldClustering(
    ...     KMeans(4, random_state=0), weights="coslat", n_components=15
    ... ).fit(pressure)
    >>> model.labels_.dims, dict(model.cluster_means_.sizes)
    (('time',), {'cluster': 4, 'lat': 17, 'lon': 33})
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods("fit")],
        **{
            name: "no_validation"  # by FieldTransformer
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
        fill=None,
        output="auto",
    ):
        self.estimator = estimator
        self.dim = dim
        self.climatology = climatology
        self.detrend = detrend
        self.weights = weights
        self.scale = scale
        self.n_components = n_components
        self.fill = fill
        self.output = output

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Learn the transformation and the clusters.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            The samples along ``dim``.
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
            If X or a parameter is not what is described here.
        """
        transformer = self._make_transformer(X).fit(X)
        data = transformer.align(X)
        features = transformer.apply(data, lazy=False)
        estimator = clone(self.estimator).fit(features)
        self.transformer_, self.estimator_ = transformer, estimator
        if hasattr(estimator, "predict"):
            self._labels = np.asarray(estimator.predict(features))
        else:
            self._labels = np.asarray(estimator.labels_)
        self._n_clusters = self._count_clusters()
        counts = np.bincount(
            self._labels[self._labels >= 0], minlength=self._n_clusters
        )
        self.weights_ = counts / len(self._labels)
        self._means = group_means(
            transformer.batches(data),
            transformer.valid_,
            self._labels,
            self._n_clusters,
        )
        self._feature_means = np.zeros((self._n_clusters, *features.shape[1:]))
        for k in np.unique(self._labels[self._labels >= 0]):
            self._feature_means[k] = features[self._labels == k].mean(axis=0)
        self._time = encode(data[self.dim]) if self.dim in data.coords else None
        return self

    @available_if(_offers("predict"))
    def predict(self, X):
        """Predict the cluster of every sample.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            On the grid of the fit. All other dimensions are samples, such as members
            and lead times of a forecast. Dask arrays are predicted lazily, chunk by
            chunk.

        Returns
        -------
        labels : DataArray
            On the dimensions of the samples.
        """
        return self._evaluate(X, "label")["label"]

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
            On the dimensions of the samples and "cluster".
        """
        return self._evaluate(X, "probability")["probability"]

    @available_if(_offers("transform"))
    def transform(self, X):
        """Compute the position of every sample in the space of the clusterer.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`.

        Returns
        -------
        position : DataArray
            On the dimensions of the samples and "component".
        """
        return self._evaluate(X, "position")["position"]

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
            On the dimensions of the samples.
        """
        return self._evaluate(X, "score")["score"]

    def forecast(self, X, member="member"):
        """Summarise an ensemble forecast: how probable each cluster is.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            As for `predict`, with a dimension of ensemble members.
        member : str, default="member"
            Name of that dimension.

        Returns
        -------
        forecast : Dataset
            "probability" of each cluster, the mean over members of the probabilities
            (of the labels, if the clusterer has none); "representative" member of each,
            that which is closest to its centre among those with its label, -1 if there
            is none; and "label" of every member.
        """
        check_is_fitted(self, "estimator_")
        data = self.transformer_.align(X)
        dims = self.transformer_.grid_.sample_dims(data)
        if member not in dims:
            raise ValueError(
                f"member={member!r} is not a dimension of the samples, which are "
                f"{dims}."
            )
        names = ["probability"] if hasattr(self, "predict_proba") else []
        found = self._evaluate(X, "label", "distance", *names)
        return forecast_dataset(
            found["label"], found.get("probability"), found["distance"], member
        )

    @property
    def labels_(self):
        """Cluster of every sample of the fit."""
        check_is_fitted(self, "estimator_")
        coords = {} if self._time is None else {self.dim: decode(*self._time)}
        attrs = describe(self._n_clusters)
        return xr.DataArray(self._labels, coords, [self.dim], "label", attrs)

    @property
    def cluster_centers_(self):
        """Centres of the clusters, in the units of the data."""
        check_is_fitted(self, "estimator_")
        centers = own_centers(self.estimator_)  # not of a step in a pipeline
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
        """Collect the results in one Dataset, to be written to NetCDF or zarr.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays, default=None
            Samples, for their probabilities and positions; None leaves them out, and
            gives the labels of the fit.

        Returns
        -------
        results : Dataset
            "label", with CF flags; "probability" and "position" where the clusterer has
            them; "fraction" of the samples in each cluster; centres and means of every
            variable, such as "u_center" and "u_mean"; and the settings as attributes.
        """
        check_is_fitted(self, "estimator_")
        if X is None:
            return cluster_dataset(self, {"label": self.labels_})
        optional = ("probability", "position")
        names = [name for name in optional if hasattr(self, METHODS[name])]
        return cluster_dataset(self, self._evaluate(X, "label", *names))

    def _make_transformer(self, X):
        """Return the transformer that the parameters ask for."""
        names = FieldTransformer._parameter_constraints
        transformer = FieldTransformer(**{name: getattr(self, name) for name in names})
        if self.output != "auto":
            return transformer
        final = last_step(self.estimator)
        fields = hasattr(final, "field_shape") and self.n_components is None
        fields = fields and n_grid_dims(X, self.dim) == 2
        return transformer.set_params(output="fields" if fields else "rows")

    def _count_clusters(self):
        """Return the number of clusters, empty ones among them."""
        centers = own_centers(last_step(self.estimator_))
        return int(self._labels.max()) + 1 if centers is None else len(centers)

    def _distances(self, features):
        """Return the squared distance to the centre of each cluster."""
        centers = self._feature_means
        if hasattr(self.estimator_, "latent_means_"):
            features = self.estimator_.transform(features)
            centers = self.estimator_.latent_means_
        return squared_distances(features, centers)

    def _evaluate(self, X, *names):
        """Compute results by name, in one pass over the data.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
        *names : str
            "label", "probability", "position", "score" or "distance".

        Returns
        -------
        results : dict of DataArray
        """
        check_is_fitted(self, "estimator_")
        data = self.transformer_.align(X)
        functions = [self._function(name) for name in names]
        n_columns = [self._n_columns(name) for name in names]
        values = self.transformer_.apply(
            data,
            lambda features: np.column_stack([f(features) for f in functions]),
            (sum(n_columns),),
        )
        dims = self.transformer_.grid_.sample_dims(data)
        return label_columns(values, names, n_columns, data, dims, self._n_clusters)

    def _function(self, name):
        """Return the function of features that computes a result."""
        if name == "distance":
            return self._distances
        return getattr(self.estimator_, METHODS[name])

    def _n_columns(self, name):
        """Return the number of columns of a result."""
        if name == "position":
            return len(self.estimator_.get_feature_names_out())
        return 1 if name in PER_SAMPLE else self._n_clusters
