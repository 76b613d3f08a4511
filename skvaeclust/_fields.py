"""Preprocessing of X: checks, land, anomalies, scaling, principal components."""

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy import linalg
from sklearn.utils.extmath import svd_flip
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_limits

from skvaeclust._memory import remember

# Fixes the order of sums, so that results do not depend on n_jobs.
on_one_thread = threadpool_limits.wrap(limits=1)

# Training anomalies are scaled to about 1; larger ones than these would overflow.
FARTHEST, LONGEST = 1e4, 1e150
# Names of dimensions that cannot be the sample dimension.
HORIZONTAL = {"lat", "latitude", "lon", "longitude", "x", "y", "nav_lat", "nav_lon"}


def as_array(X, dtype=None):
    """Convert to an array in which masked values are NaN."""
    if isinstance(X, np.ma.MaskedArray):
        X = X.astype(np.result_type(X, np.float32)).filled(np.nan)
    return np.asarray(X, dtype)


def unit_of(values):
    """Return 1, or a power of two close to the maximum if squares would overflow."""
    largest = np.abs(values).max(initial=0)
    limit = float(np.finfo(values.dtype).max) ** 0.25
    if largest == 0 or 1 / limit < largest < limit:
        return 1.0
    return float(np.ldexp(1.0, np.clip(np.frexp(largest)[1], -1000, 1000)))


@remember(3)
@on_one_thread
def principal_components(X):
    """Compute the principal components of X whose variance is not zero.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    mean : ndarray of shape (n_features,)
    components : ndarray of shape (rank, n_features)
        Orthonormal rows, in decreasing order of variance.
    spread : ndarray of shape (rank,)
        Standard deviations along the components (divisor n_samples - 1).

    Notes
    -----
    The method is an eigendecomposition of the covariance for a tall X, and a thin SVD
    otherwise; neither needs more memory than X. Results are shared and read-only.
    """
    n_samples, n_features = X.shape
    mean = X.mean(axis=0)
    anomalies = X - mean
    unit = unit_of(anomalies)
    if unit != 1:
        anomalies /= unit
    if n_samples > 5 * n_features:
        squares, vectors = linalg.eigh(anomalies.T @ anomalies)
        squares, components = squares[::-1].clip(min=0), vectors.T[::-1]
        tolerance = squares[0] * n_samples * np.finfo(X.dtype).eps
    else:
        _, singular, components = linalg.svd(anomalies, full_matrices=False)
        squares = singular**2
        tolerance = squares[0] * (max(X.shape) * np.finfo(X.dtype).eps) ** 2
    rank = min(np.count_nonzero(squares > tolerance), n_samples - 1)
    _, components = svd_flip(None, components[:rank], u_based_decision=False)
    components = components.copy(order="K")  # contiguous, as when read from a file
    result = mean, components, np.sqrt(squares[:rank] / (n_samples - 1)) * unit
    for array in result:
        array.setflags(write=False)
    return result


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
    if hasattr(X, "detach"):  # a tensor
        X = X.detach().cpu().numpy()
    if isinstance(X, (list, tuple, np.ma.MaskedArray)):
        X = as_array(X)
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


def find_valid(rows):
    """Find the valid points: those with data in at least one sample.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)

    Returns
    -------
    valid : ndarray of bool of shape (n_features,)
    """
    valid = ~np.isnan(rows).all(axis=0)
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
        return layout, layout.take(rows)

    def take(self, rows, owner=None):
        """Return the valid points of rows (n, n_features), which must not be NaN."""
        gaps = np.isnan(rows) & self.valid
        if gaps.any():
            sample, feature = np.argwhere(gaps)[0]
            place = f"feature {feature}"
            if self.field_shape is not None:
                channel, row, column = np.unravel_index(feature, self.field_shape)
                place = f"channel {channel}, row {row}, column {column}"
            raise ValueError(
                f"Input X contains NaN: {np.count_nonzero(gaps)} values in "
                f"{np.count_nonzero(gaps.any(axis=1))} of {len(rows)} samples, first "
                f"in sample {sample}, {place}. {owner or self.owner} does not accept "
                "missing values encoded as NaN natively, except points that are NaN in "
                "every sample (land). Fill the gaps, or set the points to NaN in all "
                "samples."
            )
        return rows if self.valid.all() else rows[:, self.valid]

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


@dataclass
class Representation:
    """Conversion of rows to inputs of the networks: anomalies of total variance 1.

    Attributes
    ----------
    layout : Layout
        Layout of samples in arrays.
    mean : ndarray of shape (n_valid,)
        Mean of the samples, units of X.
    scale : float
        Square root of the total variance, units of X. One value for all channels, so
        that vectors keep their direction.
    components : ndarray of shape (n_components, n_valid) or None
        Principal components if the networks take scores; None if they take fields.
    """

    layout: Layout
    mean: np.ndarray
    scale: float
    components: np.ndarray | None

    @classmethod
    def fit(cls, rows, layout, input_kind, copies=None):
        """Compute mean, scale and, for scores, the components (also of copies)."""
        rows = np.asarray(rows, dtype=np.float64)
        unit = unit_of(rows)
        scaled = rows if unit == 1 else rows / unit
        mean, variance = scaled.mean(axis=0), scaled.var(axis=0, ddof=1)
        rounding = np.finfo(np.float64).eps * np.abs(scaled).max(axis=0)
        if (variance <= (4 * rounding) ** 2).all():
            raise ValueError(
                f"X is constant: all {len(rows)} samples are equal. Expected at least "
                "two different samples."
            )
        scores = input_kind == "scores"
        spanning = rows if copies is None else np.concatenate([rows, copies])
        return cls(
            layout=layout,
            mean=mean * unit,
            scale=float(np.sqrt(variance.sum())) * unit,
            components=principal_components(spanning)[1] if scores else None,
        )

    @property
    def input_kind(self):
        """Kind of input of the networks: "scores" or "fields"."""
        return "fields" if self.components is None else "scores"

    @property
    def mask(self):
        """A field with 1 at valid points and 0 on land; None without land."""
        if self.components is not None or self.layout.valid.all():
            return None
        return self.layout.valid.reshape(self.layout.field_shape).astype(np.float32)

    @on_one_thread
    def rotate(self, anomalies):
        """Convert anomalies (n, n_valid) to inputs of the networks, without scaling."""
        if self.components is not None:
            return anomalies @ self.components.T  # float64, as in prediction
        out = np.zeros((len(anomalies), len(self.layout.valid)), dtype=np.float32)
        out[:, self.layout.valid] = anomalies
        return out.reshape(-1, *self.layout.field_shape)

    @on_one_thread
    def scores(self, valid_rows):
        """Compute principal-component scores, in decreasing order of variance."""
        if self.components is None:
            anomalies, _ = self._anomalies(valid_rows)
            scores = anomalies @ principal_components(anomalies)[1].T
        else:
            scores = self.encode(valid_rows)
        # With fixed copies, components are not sorted by the variance of the samples.
        return scores[:, np.argsort(-scores.var(axis=0), kind="stable")]

    def encode(self, valid_rows):
        """Convert rows (n, n_valid) in units of X to inputs of the networks."""
        return self.rotate(self._anomalies(valid_rows)[0])

    def _anomalies(self, valid_rows):
        """Compute scaled anomalies, and the distance by which each was shortened.

        Extreme anomalies are shortened, so that networks do not overflow.
        """
        with np.errstate(over="ignore"):
            anomalies = valid_rows - self.mean
            anomalies /= self.scale  # in place, to save memory
        distance = np.abs(anomalies).max(axis=1, initial=0)
        far = distance > FARTHEST
        if not far.any():
            return anomalies, 0.0
        distance = distance.clip(max=LONGEST)
        clipped = anomalies[far].clip(-LONGEST, LONGEST)
        anomalies[far] = clipped / distance[far, None] * FARTHEST
        return anomalies, np.where(far, distance - FARTHEST, 0.0)

    @on_one_thread
    def unexplained(self, valid_rows):
        """Compute the squared norm (n,) of the part outside the networks' input."""
        anomalies, excess = self._anomalies(valid_rows)
        if self.components is None:
            return np.zeros(len(anomalies)) + np.square(excess)
        scores = anomalies @ self.components.T
        unseen = np.square(anomalies - scores @ self.components).sum(axis=1)
        return unseen + np.square(excess)

    @on_one_thread
    def decode(self, inputs):
        """Convert outputs of the networks to rows (n, n_valid) in units of X."""
        inputs = np.asarray(inputs, dtype=np.float64)
        if self.components is not None:
            anomalies = inputs @ self.components
        else:
            anomalies = inputs.reshape(len(inputs), -1)[:, self.layout.valid]
        return self.mean + self.scale * anomalies
