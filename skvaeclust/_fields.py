"""Checks of X, land, and the layout of samples in arrays."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Number

import numpy as np
from sklearn.utils.validation import validate_data

from skvaeclust._components import blocks
from skvaeclust._limits import count
from skvaeclust._words import counted, shown

# If samples exceed the others by this factor, the others lose all digits in sums.
LARGEST_RATIO = 1e12
RESHAPE = {
    1: "Reshape your data: X.reshape(1, -1) makes one sample, X.reshape(-1, 1) samples "
    "with a single feature.",
    3: "X[:, None] adds a channel to fields of shape (n_samples, height, width); "
    "X.reshape(len(X), -1) makes flat rows; X[None] makes one sample of shape "
    "(channels, height, width).",
}
OF_LABELLED = (
    "skvaeclust.xarray.FieldClustering clusters labelled fields, for example "
    "FieldClustering(VAEClustering()).fit(X). X.values[:, None] adds a channel."
)
# Names of dimensions that cannot be the sample dimension.
HORIZONTAL = {"lat", "latitude", "lon", "longitude", "x", "y", "nav_lat", "nav_lon"}


def as_array(X, dtype=None, name="X"):
    """Convert to an array of real numbers, in which masked values are NaN.

    ``name`` is that of the argument, for messages.
    """
    refuse_other_types(X, name)
    try:
        if hasattr(type(X), "detach"):  # a tensor
            X = X.detach().cpu().numpy()
        if isinstance(X, np.ma.MaskedArray):
            X = X.astype(np.result_type(X, np.float32)).filled(np.nan)
        X = np.asarray(X)
    except Exception as error:  # each library has its own
        raise ValueError(
            f"{name} cannot be converted to an array of numbers: {error}"
        ) from error
    return np.asarray(_as_numbers(X, name), dtype)


def refuse_other_types(X, name="X"):
    """Raise an error for what is not an array: paths, collections and other objects.

    ``name`` is that of the argument, for messages.
    """
    needed = f"{name} must be an array of numbers"
    first = X[0] if isinstance(X, list | tuple) and X else X
    if isinstance(first, str | bytes | os.PathLike):
        text = shown(os.fspath(first))
        raise TypeError(
            f"{needed}, got the text or path {text}. If it is a file, open it first: "
            f"xarray.open_dataset({text})."
        )
    # Attributes of the type: a column of a table is an attribute of the object.
    if hasattr(type(X), "data_vars"):  # before Mapping, which a Dataset is as well
        raise TypeError(
            f"{needed}, got an xarray Dataset. "
            "skvaeclust.xarray.FieldClustering clusters Datasets, for example "
            f"FieldClustering(VAEClustering()).fit(data). Variables: {names_of(X)}."
        )
    if isinstance(X, Mapping):
        raise TypeError(
            f"{needed}, got a {type(X).__name__}. Pass one of its values: "
            f"{names_of(X)}."
        )
    if hasattr(type(X), "toarray"):
        raise TypeError(f"{needed}, got sparse data. Pass {name}.toarray().")
    is_object = isinstance(X, Number | type) or hasattr(type(X), "fit")
    if is_object or not (hasattr(X, "__array__") or hasattr(X, "__getitem__")):
        hint = " Pass it as a list." if isinstance(X, Iterator) else ""
        raise TypeError(f"{needed}, got {shown(X)}.{hint}")


def _as_numbers(array, name):
    """Return an array as it is, objects as numbers; refuse other types."""
    kind, first = array.dtype.kind, next(iter(array.flat), None)
    if kind == "O":
        texts = (value for value in array.flat if isinstance(value, str | bytes))
        first = next(texts, None)
        kind = "U" if first is not None else kind
    if kind in "SUT":
        raise ValueError(
            f"{name} must be an array of numbers, got text such as "
            f"{shown(str(first))}. If it holds numbers, convert it by "
            "astype(float)."
        )
    if kind in "mM":
        raise ValueError(
            f"{name} must be an array of numbers, got dates or durations: "
            f"{array.dtype}."
        )
    if kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} must be real, got {first}. Pass real "
            "and imaginary part as two channels."
        )
    if kind == "V":
        raise ValueError(
            f"{name} must be an array of numbers, got records with the fields "
            f"{array.dtype.names}. Pass numpy.stack([{name}[field] for field in "
            f"{name}.dtype.names], axis=1)."
        )
    if kind != "O":
        return array
    try:
        return array.astype(float)
    except (OverflowError, TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be an array of numbers: {error}") from error


def _refuse_columns(table):
    """Raise an error for a table with columns that are not dense numbers."""
    for i, (label, dtype) in enumerate(zip(table.columns, table.dtypes, strict=True)):
        if str(dtype).startswith("Sparse"):
            raise TypeError(
                f"X must be an array of numbers, got sparse data in column {label!r}. "
                "Pass X.sparse.to_dense()."
            )
        if getattr(dtype, "kind", "f") in "cmMOSTU":
            _as_numbers(np.asarray(table.iloc[:, i]), f"Column {label!r} of X")


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
    refuse_other_types(X)
    dims = X.dims if hasattr(type(X), "dims") else ()
    if dims and str(dims[0]).lower() in HORIZONTAL:
        raise ValueError(
            f"The first dimension of X must be that of the samples, got {dims[0]!r}. "
            "Transpose X, for example X.transpose('time', ...)."
        )
    is_table = hasattr(type(X), "columns") and hasattr(type(X), "dtypes")
    if is_table and len(X.columns):
        _refuse_columns(X)
    else:
        X = as_array(X)
    ndim = len(X.shape)
    if ndim not in (2, 4):
        hint = OF_LABELLED if dims and ndim == 3 else RESHAPE.get(ndim, "")
        raise ValueError(
            "X must have the shape (n_samples, n_features) or (n_samples, channels, "
            f"height, width). Got {counted(ndim, 'dimension')}, shape "
            f"{tuple(X.shape)}. {hint}"
        )
    field_shape = None
    if ndim == 4:
        field_shape = X.shape[1:]
        X = X.reshape(len(X), math.prod(field_shape))
    rows = validate_data(
        estimator,
        X,
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,  # checked by `Layout.take`
        ensure_min_samples=min_samples,
        reset=reset,
    )
    return rows, field_shape


def refuse_extreme(rows):
    """Raise an error for values so large that sums overflow or lose all digits."""
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
    given = tuple(field_shape) if isinstance(field_shape, tuple | list) else ()
    if len(given) != 3 or not all(map(count(1).is_satisfied_by, given)):
        raise ValueError(
            "The 'field_shape' parameter must be (channels, height, width), three "
            f"integers > 0. Got {shown(field_shape)} instead."
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

    def take(self, rows, source=None):
        """Return the valid points of rows (n, n_features), which must be finite.

        ``source`` describes where the rows come from, if they are not X.
        """
        found = rows if self.valid.all() else rows[:, self.valid]
        # A sum needs no memory. It is not finite if a value is not, or if it overflows.
        with np.errstate(over="ignore", invalid="ignore"):
            doubtful = not np.isfinite(found.sum())
        if doubtful:
            advice = (
                f"{self.owner} does not accept missing values encoded as NaN natively, "
                "except points that are NaN in every sample (land). Fill the gaps, or "
                "set the points to NaN in all samples."
            )
            if source is not None:
                advice = "Expected finite values, except on land."
            name = source or "Input X"
            self._refuse(np.isnan(rows), f"{name} contains NaN", advice)
            if source is None:
                advice = "Replace it, or set the points to NaN in all samples (land)."
            self._refuse(np.isinf(rows), f"{name} contains infinity", advice)
        return found

    def _refuse(self, wrong, problem, advice):
        """Raise an error if any value at a valid point is wrong, with the first."""
        wrong &= self.valid
        if not wrong.any():
            return
        sample, feature = np.argwhere(wrong)[0]
        place = f"feature {feature}"
        if self.field_shape is not None:
            channel, row, column = np.unravel_index(feature, self.field_shape)
            place = f"channel {channel}, row {row}, column {column}"
        raise ValueError(
            f"{problem}: {counted(np.count_nonzero(wrong), 'value')} in "
            f"{np.count_nonzero(wrong.any(axis=1))} of {len(wrong)} samples, first in "
            f"sample {sample}, {place}. {advice}"
        )

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
