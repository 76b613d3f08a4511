"""From labelled arrays to the rows or fields of scikit-learn, and back."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.decomposition import IncrementalPCA
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from skvaeclust._fields import Layout
from skvaeclust.xarray._grid import Grid, as_dataset, fields_of
from skvaeclust.xarray._lazy import in_batches, slices
from skvaeclust.xarray._regression import Regression
from skvaeclust.xarray._time import times_of


class FieldTransformer(TransformerMixin, BaseEstimator):
    r"""Turn labelled fields into rows for scikit-learn, and rows into labelled fields.

    Variables become channels. Land, the points that are missing in every sample, is
    left out. Climatology, trend, scale and components come from the data of `fit`.

    Parameters
    ----------
    dim : str, default="time"
        Dimension of the samples. All others are the grid.
    climatology : {None, "mean", "month", "dayofyear"}, default=None
        What is subtracted from every point: nothing, its mean, the mean of its month,
        or a smooth annual cycle (a mean and three harmonics).
    detrend : bool, default=False
        Whether to subtract the linear trend of every point too.
    weights : {None, "coslat"} or array-like of the shape of the grid, default=None
        Weight of the points in squared distances, such as their area. "coslat" is the
        cosine of the latitude.
    scale : {None, "common", "variable"}, default="common"
        What anomalies are divided by: nothing, one standard deviation for all
        variables, so that vectors keep their direction, or that of each variable.
    n_components : int or None, default=None
        Number of principal components that rows are reduced to; None keeps all points.
        They are found in batches, so that data may be larger than memory.
    fill : {None, "climatology"}, default=None
        What to do with values that are missing in some samples only: an error, or
        filling them with the climatology and the trend.
    output : {"rows", "fields"}, default="rows"
        Whether `transform` returns rows of the valid points, or fields (n_samples,
        n_variables, height, width) with NaN on land.

    Attributes
    ----------
    grid_ : Grid
        Variables, dimensions and coordinates of a sample.
    regression_ : Regression
        Climatology and trend of every valid point.
    valid_ : ndarray of bool of shape (n_points,)
        Points with data, of all variables.
    scale_ : ndarray of shape (n_valid,)
        What anomalies are divided by, in the units of each variable.
    weights_ : ndarray of shape (n_valid,)
        What scaled anomalies are multiplied by: the root of the weights, whose mean
        over the grid is 1.
    components_ : ndarray of shape (n_components, n_valid)
        Principal components, if ``n_components`` is given.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        Fraction of the variance on each of them.
    n_features_out_ : int
        Number of columns of the rows.

    See Also
    --------
    FieldClustering : Clusters labelled fields.

    Notes
    -----
    With the functions of time :math:`b_j(t)` that the climatology and the trend are
    made of, and their least-squares coefficients :math:`c_{jp}` at point p, a row has

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
        "fill": [StrOptions({"climatology"}), None],
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
        fill=None,
        output="rows",
    ):
        self.dim = dim
        self.climatology = climatology
        self.detrend = detrend
        self.weights = weights
        self.scale = scale
        self.n_components = n_components
        self.fill = fill
        self.output = output

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn grid, land, climatology, trend, scale and components.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            The samples along ``dim``. They are read in batches.
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
            If variables differ in their grids, values are missing in some samples only
            (unless ``fill`` is given), or there are too few samples.
        """
        data = fields_of(as_dataset(X), self.dim)
        self.grid_ = Grid(data, self.dim)
        data = self.grid_.align(data)
        if data.sizes[self.dim] < 2:
            raise ValueError(
                f"{data.sizes[self.dim]} sample along {self.dim!r}: give 2."
            )
        if self.output == "fields" and (len(self.grid_.dims) != 2 or self.n_components):
            raise ValueError(
                "output='fields' needs a grid of two dimensions, and no n_components. "
                f"The grid has {self.grid_.dims}; n_components={self.n_components}."
            )
        time = times_of(data, self.dim, [self.dim])
        self.regression_ = Regression(self.climatology, self.detrend, time)
        self.regression_.fit(self.batches(data), self.fill is not None)
        self.valid_ = self.regression_.valid
        shape = (len(self.grid_.variables), *self.grid_.shape)
        self._layout = Layout(type(self).__name__, self.valid_, shape, None)
        if self.fill is None and self.regression_.gaps:
            self._refuse_gaps(data)
        variance = self.regression_.variance(self.batches(data))
        self.scale_ = self.grid_.scale(variance, self.valid_, self.scale)
        area = np.tile(self.grid_.area(self.weights), len(self.grid_.variables))
        self.weights_ = np.sqrt(area[self.valid_] / area[self.valid_].mean())
        if self.n_components is not None:
            self._fit_components(data)
        self.n_features_out_ = (
            len(self.weights_) if self.n_components is None else len(self.components_)
        )
        return self

    def transform(self, X):
        """Turn labelled fields into rows, or fields of the networks.

        Parameters
        ----------
        X : DataArray, Dataset or list of DataArrays
            Samples on the grid of the fit: variables, dimensions and axes may be in
            another order. Dimensions that the grid does not have are samples, such as
            members and lead times.

        Returns
        -------
        rows : ndarray or dask array of shape (n_samples, n_features), or \
                (n_samples, n_variables, height, width)
            Samples in the order of their dimensions; dask arrays stay lazy.

        Raises
        ------
        ValueError
            If the grid, a unit or a variable is not that of the fit, or values are
            missing at valid points. The first difference is named.
        """
        check_is_fitted(self)
        return self.apply(self.align(X))

    def inverse_transform(self, X, time=None, *, dim="sample"):
        """Turn rows into labelled fields in the units of the data.

        Weights, scale, trend and climatology are undone.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or \
                (n_samples, n_variables, height, width)
            Rows or fields, as `transform` gives them.
        time : DataArray of shape (n_samples,), default=None
            Times of the samples. None adds the mean over the training samples of what
            was removed from them.
        dim : str, default="sample"
            Name of the dimension of the samples, if no time is given.

        Returns
        -------
        fields : Dataset
            With the coordinates, names and attributes of the fitted data; NaN on land.
        """
        check_is_fitted(self)
        rows = np.asarray(X, dtype=float)
        if rows.ndim > 2:
            rows = rows.reshape(len(rows), -1)[:, self.valid_]
        rows = check_array(rows)
        if rows.shape[1] != self.n_features_out_:
            raise ValueError(
                f"X has {rows.shape[1]} features, but {type(self).__name__} gives "
                f"{self.n_features_out_}."
            )
        if self.n_components is not None:
            rows = rows @ self.components_ + self._component_mean
        fields = rows / self.weights_ * self.scale_
        fields = fields + self.regression_.removed(time, len(fields))
        coords = {}
        if time is not None:
            dim = str(time.dims[0])
            coords = {dim: time.drop_vars([n for n in time.coords if n != dim])}
        whole = self._layout.write(fields)
        return self.grid_.to_dataset(whole, [dim], [len(rows)], coords)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the rows: variable and place, or component.

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
        """Return a Dataset in the order of the fitted grid, samples first.

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
            From `align`.
        function : callable, default=None
            Called with the features of a batch; None returns them.
        tail : tuple of int, default=None
            Shape of the result after its first axis; None is that of the features.
        dtype : dtype, default=float
        lazy : bool, default=None
            Whether to return a dask array; None does where the data are.

        Returns
        -------
        result : ndarray or dask array
            One row for each sample.
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
            yield times_of(batch, self.dim, [self.dim]), self.grid_.rows(batch)

    def _refuse_gaps(self, data):
        """Name the first value that is missing at a valid point."""
        start = 0
        for _, rows in self.batches(data):
            gaps = np.isnan(rows) & self.valid_
            if gaps.any():
                sample, point = np.argwhere(gaps)[0]
                self._refuse_gap(start + sample, point)
            start += len(rows)

    def _refuse_gap(self, sample, point):
        raise ValueError(
            f"A value is missing in sample {sample} at {self.grid_.place(point)}, "
            "which has data in other samples. Pass fill='climatology', or fill it "
            f"before, such as with X.interpolate_na({self.dim!r})."
        )

    def _fit_components(self, data):
        """Find the principal components, batch by batch."""
        n_samples, n_points = data.sizes[self.dim], len(self.weights_)
        if self.n_components > min(n_samples, n_points):
            raise ValueError(
                f"n_components={self.n_components} must be <= {n_samples} samples and "
                f"{n_points} valid points."
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
        if missing.any() and self.fill is None:
            sample, valid = np.argwhere(missing)[0]
            self._refuse_gap(sample, np.flatnonzero(self.valid_)[valid])
        if missing.any():
            rows = np.where(missing, self.regression_.predict(time, len(rows)), rows)
        removed = self.regression_.removed(time, len(rows))
        return (rows - removed) / self.scale_ * self.weights_

    def _features(self, time, rows):
        """Transform a batch of times and rows (n, n_points)."""
        rows = self._scaled(time, rows)
        if self.n_components is not None:
            return (rows - self._component_mean) @ self.components_.T
        if self.output == "rows":
            return rows
        return self._layout.write(rows)
