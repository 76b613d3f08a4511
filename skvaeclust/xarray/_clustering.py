"""Clustering of labelled fields by any clusterer of scikit-learn."""

from functools import partial

import numpy as np
import xarray as xr
from sklearn.base import BaseEstimator, ClusterMixin, _fit_context
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from skvaeclust._coordinates._coords import coords_on
from skvaeclust._coordinates._time import times_of
from skvaeclust._grids._variables import fields_of, n_field_dims
from skvaeclust._steps import all_or_nothing, takes_fields, takes_rows
from skvaeclust.sequences._runs import warn_about_pieces
from skvaeclust.xarray._evaluation import (
    METHODS,
    check_clusterer,
    evaluate,
    fit_clone,
    has_data,
)
from skvaeclust.xarray._index import fit_projection
from skvaeclust.xarray._lazy import is_lazy, slices, stored_features
from skvaeclust.xarray._methods import EvaluationMixin
from skvaeclust.xarray._patterns import fit_reference, make_clusterer
from skvaeclust.xarray._results import (
    anomaly_maps,
    cluster_coord,
    cluster_dataset,
    count_clusters,
    describe,
    feature_means,
    group_means,
    own_centers,
)
from skvaeclust.xarray._transformer import FieldTransformer


class FieldClustering(EvaluationMixin, ClusterMixin, BaseEstimator):
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
    scale : {None, "common", "variable", "season"}, default="common"
        Scaling of anomalies.
    n_components : int or None, default=None
        Number of principal components passed to the clusterer. If None, it gets all
        points; those of dask arrays are written to a temporary file, which is mapped to
        memory.
    fill_missing : {None, "climatology"}, default=None
        Treatment of values that are missing in some samples only.
    output : {"auto", "rows", "fields"}, default="auto"
        Input of the clusterer: rows of the valid points, or fields of shape (n_samples,
        n_variables, height, width), south and west first, with NaN on land. "auto"
        passes fields if the clusterer has a parameter ``field_shape``, all steps before
        it in a Pipeline are augmenters, the grid has two dimensions and
        ``n_components`` is None. Of dask arrays, it passes rows to dense networks
        without an augmenter. A dimension of size 1 is left out of fields.

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
    cluster_anomalies_ : Dataset
        Means over the samples of each cluster of the anomalies on (cluster, grid), in
        the units of the data; NaN for an empty cluster. With ``scale="season"``, they
        are those of the mean amplitude.

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
            If X is not a labelled array, or the estimator is not a clusterer.
        ValueError
            If a parameter is invalid or the fields cannot be transformed; see
            :meth:`FieldTransformer.fit`. The model is then as before.

        Warns
        -----
        UserWarning
            If a cluster has fewer than three separate runs in time, or if a seasonal
            climatology has samples of one year only.
        """
        check_clusterer(self.estimator)
        return self._fit(X, self._make_transformer(X).fit(X))

    def _fit(self, X, transformer):
        """Fit the clusterer to X, to which the transformer was fitted."""
        with all_or_nothing(self):
            refitted = hasattr(self, "estimator_")
            self.transformer_ = transformer
            data = transformer.align(X)
            self._sample_coords = coords_on(data, [self.dim])
            with stored_features(transformer, data) as features:
                present = has_data(features)
                if not present.all():
                    features = features[present]
                self.estimator_ = fit_clone(self.estimator, features, not refitted)
                self._summarize(data, features, present)
        self._warn_about_pieces(data, present)
        return self

    @classmethod
    def from_patterns(
        cls,
        patterns,
        *,
        reference,
        assignment="distance",
        anomalies=None,
        climatology="mean",
        **params,
    ):
        """Make a fitted model of given patterns, such as those of a publication.

        Parameters
        ----------
        patterns : DataArray, Dataset or list of DataArrays
            Patterns on "cluster" and the grid of `reference`, in its units. The names
            in the coordinate "cluster" are kept.
        reference : DataArray, Dataset or list of DataArrays
            Samples from which climatology, scale, and mean and standard deviation of
            the regime index are computed. They become the samples of the fit.
        assignment : {"distance", "correlation"}, default="distance"
            Whether `predict` returns the nearest pattern, or that with the largest
            weighted correlation over the grid, centred for each variable. The first of
            equals is returned.
        anomalies : bool, default=None
            Whether the patterns are anomalies from the climatology. Default: whether a
            weighted mean of them is closer to 0 than to the mean of the climatology.
        climatology : {None, "mean", "month", "dayofyear"}, default="mean"
            Climatology to subtract from every point.
        **params : dict
            ``dim``, ``detrend``, ``weights``, ``scale``, ``n_components`` and
            ``fill_missing``, as for :class:`FieldClustering`.

        Returns
        -------
        model : FieldClustering
            The fitted model.

        Raises
        ------
        ValueError
            If the patterns lack the dimension "cluster", are on another grid or in
            other units, have no data where the reference has, or may be anomalies or
            fields.

        Warns
        -----
        UserWarning
            If patterns are taken as fields and the climatology varies with time, since
            only its mean can be subtracted.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from skvaeclust.datasets import load_north_atlantic_slp
        >>> from skvaeclust.xarray import FieldClustering
        >>> data = load_north_atlantic_slp(as_xarray=True)
        >>> kmeans = KMeans(4, random_state=0)
        >>> model = FieldClustering(kmeans, climatology="month").fit(data)
        >>> patterns = model.cluster_anomalies_.assign_coords(cluster=list("ABCD"))
        >>> given = FieldClustering.from_patterns(
        ...     patterns, reference=data, climatology="month"
        ... )
        >>> bool((given.labels_ == model.labels_).all()), given.labels_.flag_meanings
        (True, 'A B C D')
        """
        params = params | {"climatology": climatology}
        transformer = fit_reference(reference, params)
        clusterer = make_clusterer(patterns, transformer, assignment, anomalies)
        return cls(clusterer, output="rows", **params)._fit(reference, transformer)

    def fit_predict(self, X, y=None, **params):
        """Fit the transformation and the clusterer, and return the labels.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Samples along ``dim``.
        y : Ignored
            Not used, present for the interface of scikit-learn.
        **params : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        labels : DataArray
            ``labels_``: cluster of every sample, on ``dim`` with its coordinates; -1
            for samples without any value.
        """
        return self.fit(X).labels_

    def _summarize(self, data, features, present):
        """Compute labels, weights and means of the samples of fit."""
        fitted = self.estimator_
        predicts = hasattr(fitted, "predict")
        labels = fitted.predict(features) if predicts else fitted.labels_
        self._labels = np.full(len(present), -1)
        self._labels[present] = labels
        self._n_clusters = count_clusters(self._labels, fitted)
        labels = self._labels[present]
        counts = np.bincount(labels[labels >= 0], minlength=self._n_clusters)
        self.weights_ = counts / len(labels)
        self._means = group_means(
            self.transformer_.batches(data),
            self.transformer_.valid_,
            self._labels,
            self._n_clusters,
        )
        self._feature_means = feature_means(features, labels, self._n_clusters)
        batches = partial(self._rows, data.isel({self.dim: present}), features)
        self._projection = fit_projection(self, batches, labels)

    def _rows(self, data, features):
        """Yield the rows of samples batch by batch, before principal components."""
        if self.n_components is not None:
            yield from self.transformer_.scaled_batches(data)
            return
        for part in slices(len(features), features[0].size):
            yield self.transformer_.rows_of(features[part])

    def _warn_about_pieces(self, data, present):
        """Warn if a cluster is a piece of the record."""
        try:
            time = times_of(data.isel({self.dim: present}), self.dim, [self.dim])
        except ValueError:  # no valid times, which this clustering does not need
            return
        if time is not None:
            order = np.argsort(time.values, kind="stable")
            warn_about_pieces(self._labels[present][order], self._n_clusters)

    @property
    def labels_(self):
        """Cluster of every sample of `fit`."""
        check_is_fitted(self, "estimator_")
        attrs = describe(self._clusters, self.transformer_.grid_.variables)
        dims, coords = [self.dim], self._sample_coords.coords
        return xr.DataArray(self._labels, coords, dims, "label", attrs)

    @property
    def cluster_centers_(self):
        """Centres of the clusters, in the units of the data."""
        check_is_fitted(self, "estimator_")
        centers = own_centers(self.estimator_)  # a step of a pipeline has another space
        if centers is None:
            centers = self._feature_means
        fields = self.transformer_.inverse_transform(centers, dim="cluster")
        return fields.assign_coords(cluster=self._clusters)

    @property
    def cluster_means_(self):
        """Means over the samples of each cluster, in the units of the data."""
        check_is_fitted(self, "estimator_")
        fields = self.transformer_.grid_.to_dataset(
            self._means, ["cluster"], [self._n_clusters]
        )
        return fields.assign_coords(cluster=self._clusters)

    @property
    def cluster_anomalies_(self):
        """Means over the samples of each cluster of the anomalies."""
        check_is_fitted(self, "estimator_")
        return anomaly_maps(
            self.transformer_, self._projection.patterns, self._clusters
        )

    @property
    def _clusters(self):
        """Coordinate of the clusters."""
        return cluster_coord(self._n_clusters, getattr(self.estimator_, "names", None))

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
            them; centres of every variable, such as "u_center"; "fraction" in each
            cluster and means, such as "u_mean", of the samples X (default: of `fit`).
            The parameters are in the attribute "settings".
        """
        check_is_fitted(self, "estimator_")
        if X is None:
            return cluster_dataset(self, {"label": self.labels_})
        optional = ("probability", "position")
        names = [name for name in optional if hasattr(self, METHODS[name])]
        return cluster_dataset(self, evaluate(self, X, "label", *names), X)

    def _make_transformer(self, X):
        """Create the transformer from the parameters."""
        names = FieldTransformer._parameter_constraints
        transformer = FieldTransformer(**{name: getattr(self, name) for name in names})
        if self.output != "auto":
            return transformer
        fields = takes_fields(self.estimator) and self.n_components is None
        fields = fields and n_field_dims(X, self.dim) == 2
        if fields and takes_rows(self.estimator):  # land would be copied into memory
            fields = not is_lazy(fields_of(X, self.dim))
        return transformer.set_params(output="fields" if fields else "rows")
