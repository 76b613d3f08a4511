"""Augmenters that rotate, zoom or cut out parts of fields (without torch)."""

import numpy as np
from scipy import ndimage
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from skvaeclust._limits import FRACTION, real
from skvaeclust._words import counted
from skvaeclust.augmentation._base import COPIES, BaseAugmenter


class _FieldAugmenter(BaseAugmenter):
    """Base class of augmenters whose method ``_copy`` makes one copy of a field."""

    def _copies(self, rows, shape):
        if len(shape) != 3:
            raise ValueError(
                f"{type(self).__name__} needs fields (n_samples, channels, height, "
                f"width); X has rows of {rows.shape[1]} features."
            )
        rng = check_random_state(self.random_state)
        land = np.isnan(self.mean_)
        mean = np.nan_to_num(self.mean_).reshape(shape)
        fields = np.nan_to_num(rows).reshape(-1, *shape)  # zero velocity on land
        copies = np.empty((self.n_copies * len(rows), *shape), dtype=rows.dtype)
        for i in range(len(copies)):
            copies[i] = self._copy(fields[i % len(fields)], mean, rng)
        copies = copies.reshape(len(copies), -1)
        copies[:, land] = np.nan
        return copies


def _map_grid(field, matrix):
    """Interpolate a field at positions ``matrix @ (r - c) + c``, r = (row, column).

    Outside the grid, the value at the nearest edge is used.
    """
    centre = (np.array(field.shape[1:]) - 1) / 2
    offset = centre - matrix @ centre
    return np.stack(
        [
            ndimage.affine_transform(channel, matrix, offset, order=1, mode="nearest")
            for channel in field
        ]
    )


def _check_vector(shape, name):
    if shape[0] != 2:
        raise ValueError(
            f"{name} needs the two components of a vector as channels, got "
            f"{counted(shape[0], 'channel')}."
        )


def rotate_vectors(field, angle, origin="lower"):
    r"""Rotate a vector field about the centre of the grid.

    Parameters
    ----------
    field : ndarray of shape (2, height, width)
        Eastward and northward components on a grid of equal spacing.
    angle : float
        Angle in degrees, anticlockwise.
    origin : {"lower", "upper"}, default="lower"
        Whether the first row is the southern or the northern one.

    Returns
    -------
    rotated : ndarray of shape (2, height, width)
        :math:`R\, v(R^{-1} r)`: the grid and the components are rotated.
    """
    if origin == "upper":
        return rotate_vectors(field[:, ::-1], angle)[:, ::-1]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    u, v = _map_grid(field, np.array([[cos, -sin], [sin, cos]]))
    return np.stack([cos * u - sin * v, sin * u + cos * v])


def zoom_vectors(field, factor):
    r"""Enlarge or shrink a vector field about the centre of the grid.

    Parameters
    ----------
    field : ndarray of shape (2, height, width)
        Components on a grid of equal spacing.
    factor : float
        Above 1 enlarges, below 1 shrinks.

    Returns
    -------
    zoomed : ndarray of shape (2, height, width)
        :math:`s\, v(r / s)`: the grid and the components are scaled.
    """
    return factor * _map_grid(field, np.eye(2) / factor)


class RotationAugmenter(_FieldAugmenter):
    """Add copies of vector fields, rotated by random angles.

    The grid and the components are rotated about the centre. The velocity on land is
    set to zero.

    Parameters
    ----------
    n_copies : int, default=10
        Number of copies of every sample.
    max_angle : float, default=30
        Maximum angle, degrees. Angles are uniformly distributed in [-max_angle,
        max_angle].
    origin : {"lower", "upper"}, default="lower"
        Whether the first row is the southern or the northern one, as in matplotlib.
        Labelled fields always have "lower".
    random_state : int, RandomState instance or None, default=None
        Seed of the angles.

    See Also
    --------
    PCScaledNoiseAugmenter : Copies that stay in the span of the data.

    Examples
    --------
    >>> from skvaeclust import RotationAugmenter
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(3, height=8, width=9, random_state=0).data
    >>> RotationAugmenter(2, random_state=0).fit_transform(X).shape
    (27, 2, 8, 9)
    """

    _parameter_constraints: dict = COPIES | {
        "max_angle": [real(0, 180)],
        "origin": [StrOptions({"lower", "upper"})],
    }

    def __init__(
        self, n_copies=10, *, max_angle=30.0, origin="lower", random_state=None
    ):
        self.n_copies = n_copies
        self.max_angle = max_angle
        self.origin = origin
        self.random_state = random_state

    def _copy(self, field, mean, rng):
        _check_vector(field.shape, type(self).__name__)
        angle = rng.uniform(-self.max_angle, self.max_angle)
        return rotate_vectors(field, angle, self.origin)


class ZoomAugmenter(_FieldAugmenter):
    """Add copies of vector fields, enlarged or shrunk by random factors.

    The grid and the components are scaled about the centre. The velocity on land is
    set to zero.

    Parameters
    ----------
    n_copies : int, default=10
        Number of copies of every sample.
    max_factor : float, default=1.3
        Maximum factor. Factors are in [1 / max_factor, max_factor], and their
        logarithms are uniformly distributed.
    random_state : int, RandomState instance or None, default=None
        Seed of the factors.

    See Also
    --------
    PCScaledNoiseAugmenter : Copies that stay in the span of the data.

    Examples
    --------
    >>> from skvaeclust import ZoomAugmenter
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(3, height=8, width=9, random_state=0).data
    >>> ZoomAugmenter(2, random_state=0).fit_transform(X).shape
    (27, 2, 8, 9)
    """

    _parameter_constraints: dict = COPIES | {"max_factor": [real(1, 100)]}

    def __init__(self, n_copies=10, *, max_factor=1.3, random_state=None):
        self.n_copies = n_copies
        self.max_factor = max_factor
        self.random_state = random_state

    def _copy(self, field, mean, rng):
        _check_vector(field.shape, type(self).__name__)
        return zoom_vectors(field, self.max_factor ** rng.uniform(-1, 1))


class CutoutAugmenter(_FieldAugmenter):
    """Add copies of fields in which a rectangle is replaced by the sample mean.

    Parameters
    ----------
    n_copies : int, default=10
        Number of copies of every sample.
    size : float, default=0.3
        Sides of the rectangle as a fraction of those of the field. The centre is
        uniformly distributed over the grid, so the rectangle may extend beyond it.
    random_state : int, RandomState instance or None, default=None
        Seed of the positions.

    See Also
    --------
    PCScaledNoiseAugmenter : Copies that stay in the span of the data.

    References
    ----------
    .. [1] T. DeVries, G. W. Taylor, "Improved regularization of convolutional neural
       networks with cutout", 2017. :arxiv:`1708.04552`

    Examples
    --------
    >>> from skvaeclust import CutoutAugmenter
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X = make_idealized_circulations(3, height=8, width=9, random_state=0).data
    >>> CutoutAugmenter(2, random_state=0).fit_transform(X).shape
    (27, 2, 8, 9)
    """

    _parameter_constraints: dict = COPIES | {"size": [FRACTION]}

    def __init__(self, n_copies=10, *, size=0.3, random_state=None):
        self.n_copies = n_copies
        self.size = size
        self.random_state = random_state

    def _copy(self, field, mean, rng):
        shape = np.array(field.shape[1:])
        corner = rng.randint(shape) - np.round(self.size * shape / 2)
        low = corner.clip(min=0).astype(int)
        high = (corner + np.round(self.size * shape)).astype(int)
        copy, window = field.copy(), (slice(None), *map(slice, low, high))
        copy[window] = mean[window]
        return copy
