"""Checks of X, land, and the layout of samples in arrays."""

import math
import os
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from numbers import Integral, Number

import numpy as np
from sklearn.utils.validation import validate_data

from skvaeclust._components import blocks
from skvaeclust._words import counted

# Samples that exceed the others by this factor leave no digits to them.
LARGEST_RATIO = 1e12
# Names of dimensions that cannot be the sample dimension.
HORIZONTAL = {"lat", "latitude", "lon", "longitude", "x", "y", "nav_lat", "nav_lon"}


def as_array(X, dtype=None):
    """Convert to an array in which masked values are NaN."""
    refuse_other_types(X)
    if isinstance(X, np.ma.MaskedArray):
        X = X.astype(np.result_type(X, np.float32)).filled(np.nan)
    X = np.asarray(X)
    if dtype is not None and np.iscomplexobj(X) and not np.issubdtype(dtype, complex):
        raise ValueError(
            f"Expected real numbers, got complex ones such as {X.flat[0]}. Pass real "
            "and imaginary part as two channels."
        )
    return np.asarray(X, dtype)


def refuse_other_types(X, user="This function"):
    """Raise an error for paths and collections of arrays in place of an array.

    Parameters
    ----------
    X : object
    user : str
        What needs the array, for the message.
    """
    first = X[0] if isinstance(X, list | tuple) and X else X
    if isinstance(first, str | os.PathLike):
        raise TypeError(
            f"{user} needs an array, got the text or path {str(first)!r}. Open the "
            f"file first: xarray.open_dataset({str(first)!r})."
        )
    if hasattr(X, "data_vars"):  # before Mapping, which a Dataset is as well
        raise TypeError(
            f"{user} needs an array, got an xarray Dataset. "
            "skvaeclust.xarray.FieldClustering clusters Datasets, for example "
            f"FieldClustering(VAEClustering()).fit(data). Variables: {names_of(X)}."
        )
    if isinstance(X, Mapping):
        raise TypeError(
            f"{user} needs an array, got a {type(X).__name__}. Pass one of its values: "
            f"{names_of(X)}."
        )
    if X is None or isinstance(X, Number | Iterator | Set):
        raise TypeError(f"{user} needs an array, got {X!r}.")


def refuse_dates(X):
    """Raise an error for an array or a table with dates or durations."""
    dtypes = np.atleast_1d(getattr(X, "dtypes", getattr(X, "dtype", None)))
    dates = [str(dtype) for dtype in dtypes if getattr(dtype, "kind", "") in ("m", "M")]
    if dates:
        raise ValueError(f"Expected numbers in X, got dates or durations: {dates[0]}.")


def names_of(mapping):
    """Return the first names of a mapping as text."""
    return ", ".join(map(repr, [*mapping][:5])) or "none"


def validate_fields(estimator, X, *, reset, min_samples=1):
    """Check fields or flat rows, which may contain NaN.

    Parameters
    ----------
    estimator : estimator
        Its number and names of features are set or checked.
    X : array-like of shape (n_samples, n_features) or \
            (n_samples, channels, height, width)
    reset : bool
        Whether to set the number and names of features, rather than to check them.
    min_samples : int, default=1

    Returns
    -------
    rows : ndarray of shape (n_samples, n_features)
        float64 or float32.
    field_shape : tuple of int or None
        (channels, height, width); None if X is flat.
    """
    refuse_other_types(X, type(estimator).__name__)
    if hasattr(X, "detach"):  # a tensor
        X = X.detach().cpu().numpy()
    if isinstance(X, (list, tuple, np.ma.MaskedArray)):
        X = as_array(X)
    refuse_dates(X)
    dims = getattr(X, "dims", ())
    if dims and str(dims[0]).lower() in HORIZONTAL:
        raise ValueError(
            f"The first dimension of X must be that of the samples, got {dims[0]!r}. "
            "Transpose X, for example X.transpose('time', ...)."
        )
    ndim = getattr(X, "ndim", 2)
    field_shape = None
    if ndim == 4:
        X = np.asarray(X)
        field_shape = X.shape[1:]
        X = X.reshape(len(X), math.prod(field_shape))
    elif ndim > 2:
        raise ValueError(
            "X must have the shape (n_samples, n_features) or (n_samples, channels, "
            f"height, width). Got {ndim} dimensions, shape {tuple(X.shape)}. "
            "X[:, None] adds a channel to fields of shape (n_samples, height, width); "
            "X.reshape(len(X), -1) makes flat rows."
        )
    rows = validate_data(
        estimator,
        X,
        dtype=[np.float64, np.float32],
        ensure_all_finite="allow-nan",
        ensure_min_samples=min_samples,
        reset=reset,
    )
    return rows, field_shape


def refuse_extreme(rows):
    """Raise an error for values with which sums or the other samples are lost."""
    sizes = np.concatenate(
        [
            np.maximum(rows[part].max(axis=1), -rows[part].min(axis=1))
            for part in blocks(rows)
        ]
    )
    place = int(np.argmax(sizes))
    largest = float(sizes[place])
    if largest > np.finfo(rows.dtype).max / 10:
        raise ValueError(
            f"X has values up to {largest:.3g}, close to the largest {rows.dtype} "
            "number. Use other units or, if they mark missing data, replace them by "
            "NaN."
        )
    typical = float(np.median(sizes))
    if typical and largest / typical > LARGEST_RATIO:
        raise ValueError(
            f"X has values up to {largest:.3g} in sample {place}, but up to "
            f"{typical:.3g} in most samples. If they mark missing data, replace them "
            "by NaN."
        )


def find_valid(rows):
    """Find the valid points: those with data in at least one sample.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)

    Returns
    -------
    valid : ndarray of bool of shape (n_features,)
    """
    valid = np.zeros(rows.shape[1], dtype=bool)
    for part in blocks(rows):
        valid |= ~np.isnan(rows[part]).all(axis=0)
        if valid.all():
            break
    if not valid.any():
        raise ValueError(
            f"X has no valid point: all {rows.shape[1]} features are NaN in every "
            "sample. Expected at least one feature with data."
        )
    return valid


def unfold(shape, field_shape, n_features):
    """Return (channels, height, width) from X or the parameter; None for flat rows."""
    if field_shape is None:
        return shape
    given = tuple(field_shape)
    if len(given) != 3 or not all(isinstance(n, Integral) and n > 0 for n in given):
        raise ValueError(
            "The 'field_shape' parameter must be (channels, height, width), three "
            f"integers > 0. Got {field_shape!r} instead."
        )
    if math.prod(given) != n_features or shape not in (None, given):
        raise ValueError(
            f"field_shape={field_shape!r} needs {math.prod(given)} features, but X has "
            f"{n_features}" + (f" of shape {shape}." if shape else ".")
        )
    return given


@dataclass(frozen=True)
class Layout:
    """Layout of samples in arrays, to convert X to rows of valid points and back.

    Attributes
    ----------
    owner : str
        Name of the caller, for error messages.
    valid : ndarray of bool of shape (n_features,)
        Points with data in at least one sample.
    sample_shape : tuple of int
        (n_features,) or (channels, height, width), as in the X given to `fit`.
    field_shape : tuple of int or None
        (channels, height, width); None for flat rows.
    """

    owner: str
    valid: np.ndarray
    sample_shape: tuple
    field_shape: tuple | None

    @classmethod
    def fit(cls, estimator, X, field_shape=None, *, owner=None, min_samples=2):
        """Learn the layout of X.

        Parameters
        ----------
        estimator : estimator
            Its number and names of features are set.
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
        field_shape : tuple of 3 int or None
            (channels, height, width) of flat rows.
        owner : str or None
            Name for error messages; None is the class of the estimator.
        min_samples : int, default=2

        Returns
        -------
        layout : Layout
        rows : ndarray of shape (n_samples, n_valid)
            float64 or float32.
        """
        rows, shape = validate_fields(estimator, X, reset=True, min_samples=min_samples)
        owner = owner or type(estimator).__name__
        fields = unfold(shape, field_shape, rows.shape[1])
        layout = cls(owner, find_valid(rows), shape or rows.shape[1:], fields)
        rows = layout.take(rows)
        refuse_extreme(rows)
        return layout, rows

    def take(self, rows, owner=None):
        """Return the valid points of rows (n, n_features), which must not be NaN."""
        found = rows if self.valid.all() else rows[:, self.valid]
        # A sum needs no memory. It is NaN with a gap, or if it overflows.
        with np.errstate(over="ignore", invalid="ignore"):
            doubtful = np.isnan(found.sum())
        if doubtful and np.isnan(found).any():
            gaps = np.isnan(rows) & self.valid
            sample, feature = np.argwhere(gaps)[0]
            place = f"feature {feature}"
            if self.field_shape is not None:
                channel, row, column = np.unravel_index(feature, self.field_shape)
                place = f"channel {channel}, row {row}, column {column}"
            raise ValueError(
                f"Input X contains NaN: {counted(np.count_nonzero(gaps), 'value')} in "
                f"{np.count_nonzero(gaps.any(axis=1))} of {len(rows)} samples, first "
                f"in sample {sample}, {place}. {owner or self.owner} does not accept "
                "missing values encoded as NaN natively, except points that are NaN in "
                "every sample (land). Fill the gaps, or set the points to NaN in all "
                "samples."
            )
        return found

    def read(self, estimator, X):
        """Check X against the layout and return its valid points.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_valid)
        sample_shape : tuple of int
            Shape of the samples of this X, which may be flat.
        """
        rows, shape = validate_fields(estimator, X, reset=False)
        if shape is not None and self.field_shape not in (None, shape):
            raise ValueError(
                f"X has fields of shape {shape} (channels, height, width), but "
                f"{self.owner} was fitted to fields of shape {self.field_shape}."
            )
        return self.take(rows), shape or rows.shape[1:]

    def write(self, rows, sample_shape=None):
        """Arrange rows (n, n_valid) as samples, with NaN on land."""
        if not self.valid.all():
            whole = np.full((len(rows), len(self.valid)), np.nan, dtype=rows.dtype)
            whole[:, self.valid] = rows
            rows = whole
        return rows.reshape(-1, *(sample_shape or self.sample_shape))
