"""Transformer of labelled fields to arrays and back."""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.decomposition import IncrementalPCA
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from skvaeclust._anomalies._regression import Regression
from skvaeclust._anomalies._scale import Points, fit_scale
from skvaeclust._arguments import as_numbers
from skvaeclust._coordinates._coords import samples_at
from skvaeclust._coordinates._orientation import orient, restore
from skvaeclust._coordinates._time import times_of
from skvaeclust._fields import Layout
from skvaeclust._grids._grid import Grid
from skvaeclust._grids._variables import as_dataset, fields_of, refuse_unlabelled_first
from skvaeclust._steps import all_or_nothing
from skvaeclust._survey import check_rows, refuse_gaps, survey
from skvaeclust._threads import on_one_thread
from skvaeclust.xarray._lazy import in_batches, select, slices


class FieldTransformer(TransformerMixin, BaseEstimator):
    r"""Transform labelled fields to rows for scikit-learn, and rows to labelled fields.

    Variables become channels. Points that are missing in every sample (land) are left
    out. Samples without any value are left out of `fit`, and are NaN in the rows.

    Parameters
    ----------
    dim : str, default="time"
        Dimension of the samples. All other dimensions are the grid.
    climatology : {None, "mean", "month", "dayofyear"}, default=None
        Climatology to subtract from every point: its mean, the mean of each calendar
        month, or a smooth annual cycle (a mean and three harmonics). "dayofyear" needs
        samples from all seasons and from many years; for a single season, use "month".
    detrend : bool, default=False
        Whether to subtract the linear trend of every point.
    weights : {None, "coslat"} or array-like of the shape of the grid, default=None
        Weight of each point in squared distances, such as its area. "coslat" is the
        cosine of the latitude, which is found by its CF attributes or its name.
    scale : {None, "common", "variable", "season"}, default="common"
        Scaling of anomalies. "common" divides all variables by one standard deviation,
        so vectors keep their direction; "variable" divides each by its own. "season"
        divides all variables by a smooth annual cycle of the amplitude, so that all
        seasons have the same variance.
    n_components : int or None, default=None
        Number of principal components to keep; None keeps all points. Components are
        computed in batches, so data may be larger than memory.
    fill_missing : {None, "climatology"}, default=None
        Treatment of values that are missing in some samples only. None raises an
        error; "climatology" fills them with the climatology and the trend.
    output : {"rows", "fields"}, default="rows"
        Output of `transform`: rows of the valid points, or fields of shape (n_samples,
        n_variables, height, width), south and west first, with NaN on land.

    Attributes
    ----------
    grid_ : Grid
        Variables, dimensions and coordinates of a sample.
    regression_ : Regression
        Climatology and trend of every valid point.
    anomalies_ : Anomalies
        Climatology, trend and scale, which it removes and restores.
    valid_ : ndarray of bool of shape (n_points,)
        Points with data, for all variables.
    scale_ : ndarray of shape (n_valid,)
        Divisor of the anomalies, in the units of each variable; the mean over the
        samples if ``scale="season"``.
    point_weights_ : ndarray of shape (n_valid,)
        Factor on the scaled anomalies: the square root of the weights, which are
        normalised to a mean of 1 over the valid points.
    components_ : ndarray of shape (n_components, n_valid)
        Principal components; only if ``n_components`` is given.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        Fraction of the variance of each component.
    n_features_out_ : int
        Number of columns of the rows.

    See Also
    --------
    FieldClustering : Clusters labelled fields.

    Notes
    -----
    Climatology and trend are a least-squares fit of functions of time :math:`b_j(t)`,
    with coefficients :math:`c_{jp}` at point p. With the weight :math:`w_p` and the
    scale :math:`s_p`, the value at time t becomes

    .. math:: \sqrt{w_p} \, \frac{x_p(t) - \sum_j c_{jp} b_j(t)}{s_p}.

    With ``scale="season"``, s is a function of time: a mean and three harmonics of the
    year are fitted by least squares to the amplitude of the anomalies,
    :math:`\sqrt{\sum_p w_p x'_p(t)^2 / \sum_p w_p}`. It is at least 10 % of the mean
    amplitude.

    Examples
    --------
    >>> from skvaeclust.datasets import load_north_atlantic_slp
    >>> from skvaeclust.xarray import FieldTransformer
    >>> data = load_north_atlantic_slp(as_xarray=True)
    >>> transformer = FieldTransformer(climatology="month", weights="coslat")
    >>> rows = transformer.fit_transform(data)
    >>> rows.shape
    (902, 561)
    >>> back = transformer.inverse_transform(rows, time=data.time)
    >>> bool(abs(back.slp - data.slp).max() < 1e-9), back.slp.units
    (True, 'hPa')
    """

    _parameter_constraints: dict = {
        "dim": [str],
        "climatology": [StrOptions({"mean", "month", "dayofyear"}), None],
        "detrend": ["boolean"],
        "weights": [StrOptions({"coslat"}), "array-like", None],
        "scale": [StrOptions({"common", "variable", "season"}), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "fill_missing": [StrOptions({"climatology"}), None],
        "output": [StrOptions({"rows", "fields"})],
    }

    def __init__(
        self,
        *,
        dim="time",
        climatology=None,
        detrend=False,
        weights=None,
        scale="common",
        n_components=None,
        fill_missing=None,
        output="rows",
    ):
        self.dim = dim
        self.climatology = climatology
        self.detrend = detrend
        self.weights = weights
        self.scale = scale
        self.n_components = n_components
        self.fill_missing = fill_missing
        self.output = output

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the grid, climatology, trend, scale and components.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Samples along ``dim``, read in batches.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        self : FieldTransformer
            The fitted transformer.

        Raises
        ------
        TypeError
            If X is not a labelled array.
        ValueError
            If variables are on different grids, if values are missing in some samples
            only and ``fill_missing`` is None, if values are infinite or look like
            fill values, or if fewer than 2 samples have data.
        """
        refuse_unlabelled_first(X, self.dim)
        with all_or_nothing(self):
            self._fit(fields_of(X, self.dim))
        return self

    def _fit(self, data):
        """Learn from a Dataset of the fields."""
        grid = self.grid_ = Grid(data, self.dim)
        data = grid.align(data)
        if self.output == "fields" and (len(grid.field_dims) != 2 or self.n_components):
            raise ValueError(
                "output='fields' needs a grid of two dimensions and n_components=None, "
                f"got {grid.dims} and n_components={self.n_components}."
            )
        whole, data = data, self._survey(data)
        time = partial(times_of, data, self.dim, [self.dim])
        self.regression_ = Regression(self.climatology, self.detrend, time)
        fill = self.fill_missing is not None
        self.regression_.fit(self.batches(data), self.valid_, fill)
        if self.regression_.gaps and not fill:
            refuse_gaps(self.batches(whole), self.valid_, grid.place, self.dim)
        area = grid.area(self.weights, self.valid_)
        units = [attrs.get("units") for attrs in grid.attrs]
        points = Points(
            grid.variables, units, self.channel_of_point, self._ranges, area
        )
        self.anomalies_ = fit_scale(
            self.scale, self.regression_, partial(self.batches, data), time, points
        )
        self.scale_ = self.anomalies_.scale
        self.point_weights_ = np.sqrt(area / area.mean())
        self.n_features_out_ = len(self.point_weights_)
        if self.n_components is not None:
            self._fit_components(data)
            self.n_features_out_ = self.n_components

    def transform(self, X):
        """Transform labelled fields to rows or to an array of fields.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Samples on the grid of `fit`; variables, dimensions and axes may be in
            another order. Dimensions that are not on the grid, such as members and lead
            times, are dimensions of the samples.

        Returns
        -------
        rows : ndarray or dask array of shape (n_samples, n_features), or \
                (n_samples, n_variables, height, width)
            Samples in the order of their dimensions; lazy for dask arrays.

        Raises
        ------
        ValueError
            If a grid, a unit or a variable differs from that of `fit`, or if values
            are missing at valid points.
        """
        check_is_fitted(self)
        return self.apply(self.align(X))

    def inverse_transform(self, X, time=None, *, dim="sample"):
        """Transform rows to labelled fields in the units of the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or \
                (n_samples, n_variables, height, width)
            Rows or fields as returned by `transform`.
        time : DataArray or array-like of n_samples dates, default=None
            Times of the samples, at which climatology and trend are added. The result
            has the dimensions and the coordinates of a DataArray. If None, the mean of
            climatology and trend over the samples of `fit` is added.
        dim : str, default="sample"
            Name of the dimension of the samples if `time` is not a DataArray.

        Returns
        -------
        fields : Dataset
            Variables with the coordinates, names and attributes of the fitted data;
            NaN on land.
        """
        check_is_fitted(self)
        rows = self.rows_of(as_numbers(X, "X"))
        rows = check_array(rows, ensure_all_finite="allow-nan", input_name="X")
        if rows.shape[1] != self.n_features_out_:
            raise ValueError(
                f"X must have the {self.n_features_out_} features of transform, got "
                f"{rows.shape[1]}."
            )
        if self.n_components is not None:
            rows = rows @ self.components_ + self._component_mean
        time, sizes, coords = samples_at(time, dim, len(rows))
        fields = self.anomalies_.restore(time, rows / self.point_weights_)
        return self.to_fields(fields, [*sizes], [*sizes.values()], coords)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns: variable and coordinates, or component.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        name = self._place if self.n_components is None else "pc{}".format
        return np.array([name(i) for i in range(self.n_features_out_)], dtype=object)

    def align(self, X):
        """Reorder labelled fields to the fitted grid, samples first, as a Dataset."""
        return self.grid_.align(as_dataset(X))

    def rows_of(self, features):
        """Return the rows of fields (n, n_variables, height, width); rows stay."""
        if features.ndim < 3:
            return features
        fields = restore(features, self.grid_.orientation)
        return fields.reshape(len(fields), -1)[:, self.valid_]

    def to_fields(self, rows, dims, sizes, coords=None):
        """Return rows (n, n_valid) in the units of the data as a Dataset."""
        return self.grid_.to_dataset(self._layout.write(rows), dims, sizes, coords)

    def apply(self, data, function=None, tail=None, lazy=None, *, reduced=True):
        """Apply a function of features to an aligned Dataset, in batches.

        Parameters
        ----------
        data : Dataset
            Returned by `align`.
        function : callable, default=None
            Function of the features of a batch. Default: the features.
        tail : tuple of int, default=None
            Shape of a row of the result. Default: that of features.
        lazy : bool, default=None
            Whether to return a dask array. Default: if the data are dask arrays.
        reduced : bool, default=True
            Whether features are the output of `transform`. Otherwise, they are rows of
            all valid points.

        Returns
        -------
        result : ndarray or dask array
            One row per sample.
        """
        if tail is None:
            tail = (self.n_features_out_,)
            if self.output == "fields":
                tail = self.grid_.field_shape

        def on_batch(time, rows, start):
            features = self._scaled(time, rows, start)
            features = self.reduce(features) if reduced else features
            return features if function is None else function(features)

        return in_batches(on_batch, data, self.grid_, self.dim, tail, lazy)

    def batches(self, data, minimum=1):
        """Yield times and rows (n, n_points) of an aligned Dataset, batch by batch."""
        for part in slices(data.sizes[self.dim], self.grid_.n_points, minimum):
            batch = data.isel({self.dim: part})
            rows = self.grid_.rows(batch).astype(float, copy=False)
            yield partial(times_of, batch, self.dim, [self.dim]), rows

    def scaled_batches(self, data, minimum=1):
        """Yield rows of an aligned Dataset, scaled and weighted, batch by batch."""
        start = 0
        for time, rows in self.batches(data, minimum):
            yield self._scaled(time, rows, start)
            start += len(rows)

    def _survey(self, data):
        """Find the valid points, and return the samples that have data."""
        found = survey(lambda: self.batches(data), self.grid_, self.dim)
        self.valid_, self._ranges = found.valid, found.ranges
        shape = self.grid_.stored_shape
        self._layout = Layout(type(self).__name__, self.valid_, shape, None)
        self.channel_of_point = np.flatnonzero(self.valid_) // int(np.prod(shape[1:]))
        if found.present.all():
            return data
        return data.isel({self.dim: np.flatnonzero(found.present)})

    @on_one_thread
    def _fit_components(self, data):
        """Compute the principal components in batches."""
        n_samples, n_points = data.sizes[self.dim], len(self.point_weights_)
        if self.n_components > min(n_samples, n_points):
            raise ValueError(
                f"n_components={self.n_components} must be <= {n_samples}, the number "
                f"of samples, and <= {n_points}, the number of valid points."
            )
        pca = IncrementalPCA(self.n_components)
        for time, rows in self.batches(data, minimum=self.n_components):
            pca.partial_fit(
                self._scaled(time, rows, getattr(pca, "n_samples_seen_", 0))
            )
        self.components_, self._component_mean = pca.components_, pca.mean_
        self.explained_variance_ratio_ = pca.explained_variance_ratio_

    def _scaled(self, time, rows, start):
        """Return scaled, weighted anomalies of rows (n, n_points); NaN without data."""
        rows = np.asarray(rows[:, self.valid_], dtype=float)
        check_rows(rows, self.channel_of_point, self._ranges, self._place, start)
        if self.fill_missing is None:
            valid = self.valid_[self.valid_]
            refuse_gaps([(time, rows)], valid, self._place, self.dim, start)
        present = ~np.isnan(rows).all(axis=1)
        if present.all():
            return self.anomalies_.remove(time, rows) * self.point_weights_
        known = self.anomalies_.remove(select(time, present), rows[present])
        rows[present] = known * self.point_weights_
        return rows

    def _place(self, valid_point):
        """Describe a valid point."""
        return self.grid_.place(np.flatnonzero(self.valid_)[valid_point])

    @on_one_thread
    def reduce(self, rows):
        """Return the features of rows (n, n_valid) of all valid points."""
        if self.n_components is not None:
            return (rows - self._component_mean) @ self.components_.T
        if self.output == "rows":
            return rows
        return orient(self._layout.write(rows), self.grid_.orientation)
