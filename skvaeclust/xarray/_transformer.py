"""Transformer of labelled fields to arrays and back."""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.decomposition import IncrementalPCA
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from skvaeclust._fields import Layout
from skvaeclust.xarray._grid import Grid
from skvaeclust.xarray._lazy import in_batches, slices
from skvaeclust.xarray._regression import Regression
from skvaeclust.xarray._time import times_of
from skvaeclust.xarray._variables import as_dataset, fields_of


class FieldTransformer(TransformerMixin, BaseEstimator):
    r"""Transform labelled fields to rows for scikit-learn, and rows to labelled fields.

    Variables become channels. Land, the points that are missing in every sample, is
    left out. Climatology, trend, scale and components are learned in `fit`.

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
    scale : {None, "common", "variable"}, default="common"
        Scaling of anomalies. "common" divides all variables by one standard deviation,
        so vectors keep their direction; "variable" divides each by its own.
    n_components : int or None, default=None
        Number of principal components to keep; None keeps all points. Components are
        computed in batches, so data may be larger than memory.
    fill_missing : {None, "climatology"}, default=None
        Treatment of values that are missing in some samples only. None raises an
        error; "climatology" fills them with the climatology and the trend.
    output : {"rows", "fields"}, default="rows"
        Output of `transform`: rows of the valid points, or fields of shape (n_samples,
        n_variables, height, width) with NaN on land.

    Attributes
    ----------
    grid_ : Grid
        Variables, dimensions and coordinates of a sample.
    regression_ : Regression
        Climatology and trend of every valid point.
    valid_ : ndarray of bool of shape (n_points,)
        Points with data, for all variables.
    scale_ : ndarray of shape (n_valid,)
        Divisor of the anomalies, in the units of each variable.
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

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from skvaeclust.xarray import FieldTransformer
    >>> rng = np.random.default_rng(0)
    >>> pressure = xr.DataArray(
    ...     rng.normal(1000, 10, (60, 3, 4)),
    ...     dims=["time", "lat", "lon"],
    ...     coords={
    ...         "time": pd.date_range("2001-01-01", periods=60),
    ...         "lat": [40.0, 50.0, 60.0],
    ...         "lon": [0.0, 10.0, 20.0, 30.0],
    ...     },
    ...     name="pressure",
    ...     attrs={"units": "hPa"},
    ... )
    >>> transformer = FieldTransformer(climatology="month", weights="coslat")
    >>> rows = transformer.fit_transform(pressure)
    >>> rows.shape
    (60, 12)
    >>> back = transformer.inverse_transform(rows, time=pressure.time)
    >>> bool(np.allclose(back.pressure, pressure)), back.pressure.units
    (True, 'hPa')
    """

    _parameter_constraints: dict = {
        "dim": [str],
        "climatology": [StrOptions({"mean", "month", "dayofyear"}), None],
        "detrend": ["boolean"],
        "weights": [StrOptions({"coslat"}), "array-like", None],
        "scale": [StrOptions({"common", "variable"}), None],
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
            only and ``fill_missing`` is None, or if there are fewer than 2 samples.
        """
        data = fields_of(X, self.dim)
        self.grid_ = Grid(data, self.dim)
        data = self.grid_.align(data)
        if data.sizes[self.dim] < 2:
            raise ValueError(
                f"Found {data.sizes[self.dim]} sample along {self.dim!r}; at least 2 "
                "are required."
            )
        if self.output == "fields" and (len(self.grid_.dims) != 2 or self.n_components):
            raise ValueError(
                "output='fields' needs a grid of two dimensions and n_components=None, "
                f"got {self.grid_.dims} and n_components={self.n_components}."
            )
        time = partial(times_of, data, self.dim, [self.dim])
        self.regression_ = Regression(self.climatology, self.detrend, time)
        self.regression_.fit(self.batches(data), self.fill_missing is not None)
        self.valid_ = self.regression_.valid
        shape = (len(self.grid_.variables), *self.grid_.shape)
        self._layout = Layout(type(self).__name__, self.valid_, shape, None)
        if self.fill_missing is None and self.regression_.gaps:
            self._refuse_gaps(data)
        variance = self.regression_.variance(self.batches(data))
        self.scale_ = self.grid_.scale(variance, self.valid_, self.scale)
        area = self.grid_.area(self.weights, self.valid_)
        self.point_weights_ = np.sqrt(area / area.mean())
        self.n_features_out_ = len(self.point_weights_)
        if self.n_components is not None:
            self._fit_components(data)
            self.n_features_out_ = self.n_components
        return self

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
            Samples in the order of their dimensions. For dask arrays, the result is
            lazy.

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
        time : DataArray of shape (n_samples,), default=None
            Times of the samples, at which climatology and trend are added. If None,
            their mean over the samples of `fit` is added.
        dim : str, default="sample"
            Name of the dimension of the samples if `time` is None.

        Returns
        -------
        fields : Dataset
            Variables with the coordinates, names and attributes of the fitted data;
            NaN on land.
        """
        check_is_fitted(self)
        rows = np.asarray(X, dtype=float)
        if rows.ndim > 2:
            rows = rows.reshape(len(rows), -1)[:, self.valid_]
        rows = check_array(rows)
        if rows.shape[1] != self.n_features_out_:
            raise ValueError(
                f"X must have the {self.n_features_out_} features of transform, got "
                f"{rows.shape[1]}."
            )
        if self.n_components is not None:
            rows = rows @ self.components_ + self._component_mean
        fields = rows / self.point_weights_ * self.scale_
        fields = fields + self.regression_.removed(time, len(fields))
        coords = {}
        if time is not None:
            dim = str(time.dims[0])
            coords = {dim: time.drop_vars([n for n in time.coords if n != dim])}
        whole = self._layout.write(fields)
        return self.grid_.to_dataset(whole, [dim], [len(rows)], coords)

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
        if self.n_components is not None:
            return np.array(
                [f"pc{i}" for i in range(self.n_features_out_)], dtype=object
            )
        points = np.flatnonzero(self.valid_)
        return np.array([self.grid_.place(point) for point in points], dtype=object)

    def align(self, X):
        """Reorder labelled fields to the fitted grid, samples first.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays

        Returns
        -------
        data : Dataset
        """
        return self.grid_.align(as_dataset(X))

    def apply(self, data, function=None, tail=None, dtype=float, lazy=None):
        """Apply a function of features to an aligned Dataset, in batches.

        Parameters
        ----------
        data : Dataset
            Returned by `align`.
        function : callable, default=None
            Function of the features of a batch; None returns the features.
        tail : tuple of int, default=None
            Shape of the result after its first axis; by default that of the features.
        dtype : dtype, default=float
        lazy : bool, default=None
            Whether to return a dask array; None follows the data.

        Returns
        -------
        result : ndarray or dask array
            One row per sample.
        """
        if tail is None:
            tail = (self.n_features_out_,)
            if self.output == "fields":
                tail = self._layout.sample_shape

        def on_batch(time, rows):
            features = self._features(time, rows)
            return features if function is None else function(features)

        return in_batches(on_batch, data, self.grid_, self.dim, tail, dtype, lazy)

    def batches(self, data, minimum=1):
        """Yield times and rows (n, n_points) of an aligned Dataset, batch by batch."""
        for part in slices(data.sizes[self.dim], self.grid_.n_points, minimum):
            batch = data.isel({self.dim: part})
            time = partial(times_of, batch, self.dim, [self.dim])
            yield time, self.grid_.rows(batch)

    def _refuse_gaps(self, data):
        """Raise an error for the first value that is missing at a valid point."""
        start = 0
        for _, rows in self.batches(data):
            gaps = np.isnan(rows) & self.valid_
            if gaps.any():
                sample, point = np.argwhere(gaps)[0]
                self._refuse_gap(start + sample, point)
            start += len(rows)

    def _refuse_gap(self, sample, point):
        """Raise an error for a missing value."""
        raise ValueError(
            f"Expected data in every sample, got NaN in sample {sample} at "
            f"{self.grid_.place(point)}. Pass fill_missing='climatology', or fill gaps "
            f"before, for example by X.interpolate_na({self.dim!r})."
        )

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
            pca.partial_fit(self._scaled(time, rows))
        self.components_ = pca.components_
        self._component_mean = pca.mean_
        self.explained_variance_ratio_ = pca.explained_variance_ratio_

    def _scaled(self, time, rows):
        """Return scaled, weighted anomalies (n, n_valid) of rows (n, n_points)."""
        rows = rows[:, self.valid_]
        missing = np.isnan(rows)
        if missing.any() and self.fill_missing is None:
            sample, valid = np.argwhere(missing)[0]
            self._refuse_gap(sample, np.flatnonzero(self.valid_)[valid])
        if missing.any():
            rows = np.where(missing, self.regression_.predict(time, len(rows)), rows)
        removed = self.regression_.removed(time, len(rows))
        return (rows - removed) / self.scale_ * self.point_weights_

    def _features(self, time, rows):
        """Transform a batch of times and rows (n, n_points)."""
        rows = self._scaled(time, rows)
        if self.n_components is not None:
            return (rows - self._component_mean) @ self.components_.T
        if self.output == "rows":
            return rows
        return self._layout.write(rows)
