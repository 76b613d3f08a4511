"""Generator of idealised circulations: a cyclone and two opposite vortex pairs."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skvaeclust._limits import checked, count, real, refuse_too_large
from skvaeclust._words import shown
from skvaeclust.datasets._labelled import check_forms, label_velocities
from skvaeclust.datasets._vortex import gaussian_vortex

GRID_SPACING = 10.0  # km
TARGET_NAMES = ("cyclone", "eastward jet", "westward jet")

DESCR = """\
Idealised circulations
----------------------
Horizontal velocity (u, v), m/s, on a regular grid with a spacing of 10 km. There are
three patterns: a cyclonic vortex; a pair of counter-rotating vortices with an eastward
jet between them; and the reversed pair with a westward jet. The vortices are Gaussian
in the stream function. Their speeds, radii and positions are random, and white noise is
added.
"""


def _cyclone(x, y, x0, y0, radius, speed):
    """Compute the velocity of a cyclonic vortex, (2, height, width)."""
    return gaussian_vortex(x, y, x0=x0, y0=y0, radius=radius, speed=speed)


def _zonal_jet(x, y, x0, y0, radius, speed):
    """Compute the velocity of a vortex pair with a jet of `speed` between them."""
    # An eastward jet has the cyclone to its north and the anticyclone to its south.
    # Each contributes half the speed at the centre of the jet, one radius away.
    half = speed / 2
    north = gaussian_vortex(x, y, x0=x0, y0=y0 + radius, radius=radius, speed=half)
    south = gaussian_vortex(x, y, x0=x0, y0=y0 - radius, radius=radius, speed=-half)
    return north + south


def _eastward_jet(x, y, x0, y0, radius, speed):
    """Compute the velocity of an eastward jet, (2, height, width)."""
    return _zonal_jet(x, y, x0, y0, radius, speed)


def _westward_jet(x, y, x0, y0, radius, speed):
    """Compute the velocity of a westward jet, (2, height, width)."""
    return _zonal_jet(x, y, x0, y0, radius, -speed)


PATTERNS = (_cyclone, _eastward_jet, _westward_jet)


def _random_vortex(rng, x, y):
    """Draw the centre (km), radius (km) and speed (m/s) of a pattern."""
    size = GRID_SPACING * min(x.size, y.size)
    return {
        "x0": x.mean() + size * rng.uniform(-0.08, 0.08),
        "y0": y.mean() + size * rng.uniform(-0.08, 0.08),
        "radius": size * rng.uniform(0.12, 0.20),
        "speed": rng.uniform(0.5, 1.0),
    }


def _samples_per_pattern(n_samples_per_pattern):
    """Convert one integer or three to the number of samples of each pattern."""
    sizes = np.asarray(n_samples_per_pattern)
    if sizes.ndim == 0:
        sizes = np.repeat(sizes, len(PATTERNS))
    is_valid = (
        sizes.shape == (len(PATTERNS),)
        and np.issubdtype(sizes.dtype, np.integer)
        and np.all(sizes >= 0)
        and np.sum(sizes) > 0
    )
    if not is_valid:
        raise ValueError(
            "n_samples_per_pattern must be a positive integer or a sequence of "
            f"{len(PATTERNS)} integers >= 0, not all zero; "
            f"got {shown(n_samples_per_pattern)}."
        )
    return sizes


@checked(
    {
        "n_samples_per_pattern": [
            count(1),
            "array-like",
        ],
        "height": [count(2)],
        "width": [count(2)],
        "noise_scale": [real(0, 1e6)],
        "shuffle": ["boolean"],
        "return_X_y": ["boolean"],
        "as_xarray": ["boolean"],
        "random_state": ["random_state"],
    }
)
def make_idealized_circulations(
    n_samples_per_pattern=30,
    *,
    height=32,
    width=32,
    noise_scale=0.1,
    shuffle=True,
    return_X_y=False,
    as_xarray=False,
    random_state=None,
):
    r"""Make idealised flow fields: a cyclone and two opposite vortex pairs.

    The patterns are well separated, and vary in speed, size and position. They are
    meant for tests and examples.

    Parameters
    ----------
    n_samples_per_pattern : int or sequence of 3 ints, default=30
        Number of samples of each pattern, in the order of `target_names`.
    height : int, default=32
        Number of grid points northwards, 10 km apart.
    width : int, default=32
        Number of grid points eastwards, 10 km apart.
    noise_scale : float, default=0.1
        Standard deviation of the white noise added to both components, m/s.
    shuffle : bool, default=True
        Whether to shuffle the samples. If False, they are ordered by pattern.
    return_X_y : bool, default=False
        Whether to return `(data, target)` instead of a Bunch.
    as_xarray : bool, default=False
        Whether to return a Dataset instead of a Bunch. Needs xarray.
    random_state : int, RandomState instance or None, default=None
        Seed of the random draws. Pass an int for the same data at every call.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the attributes

        data : ndarray of shape (n_samples, 2, height, width)
            Eastward (channel 0) and northward (channel 1) velocity, m/s.
        target : ndarray of shape (n_samples,)
            Pattern of each sample: 0, 1 or 2.
        target_names : list of str
            Names of the patterns.
        x : ndarray of shape (width,)
            Eastward coordinate, km.
        y : ndarray of shape (height,)
            Northward coordinate, km.
        DESCR : str
            Description of the data.
    (data, target) : tuple if `return_X_y` is True
        The arrays `data` and `target` described above.
    dataset : xarray.Dataset if `as_xarray` is True
        The variables "u" and "v" on (sample, y, x), and the coordinate "target". Pass
        ``dim="sample"`` to :class:`~skvaeclust.xarray.FieldClustering`.

    Raises
    ------
    ValueError
        If both `return_X_y` and `as_xarray` are True.
    ImportError
        If `as_xarray` is True and xarray is not installed.

    See Also
    --------
    make_coastal_circulations : Harder regimes, near a coast.

    Notes
    -----
    Every pattern is a sum of vortices that are Gaussian in the stream function psi,

    .. math:: \psi = \sum_j A_j \exp\left(-\frac{r_j^2}{2 s_j^2}\right),
        \quad u = -\frac{\partial\psi}{\partial y},
        \quad v = \frac{\partial\psi}{\partial x},

    differentiated analytically, so that without noise the flow is non-divergent. As in
    the northern hemisphere, the cyclone turns anticlockwise (a minimum of psi). All
    draws are uniform: the centre within 8 % of the shorter side of the domain around
    the middle, the radius s between 12 % and 20 % of that side, and the maximum speed
    between 0.5 and 1 m/s.

    Examples
    --------
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> flow = make_idealized_circulations((8, 30, 30), random_state=0)
    >>> flow.data.shape
    (68, 2, 32, 32)
    >>> flow.target_names
    ['cyclone', 'eastward jet', 'westward jet']

    The jet between the vortices flows eastward in the second pattern, and westward in
    the third:

    >>> mean_u = [flow.data[flow.target == k, 0, 16, 16].mean() for k in (1, 2)]
    >>> print(mean_u[0] > 0, mean_u[1] < 0)
    True True
    """
    check_forms(return_X_y, as_xarray)
    sizes = _samples_per_pattern(n_samples_per_pattern)
    n_samples = sum(map(int, sizes))
    refuse_too_large(
        16 * n_samples * int(height) * int(width),
        f"n_samples_per_pattern={shown(n_samples_per_pattern)} with height={height} "
        f"and width={width}",
    )
    rng = check_random_state(random_state)
    x, y = GRID_SPACING * np.arange(width), GRID_SPACING * np.arange(height)

    target = np.repeat(np.arange(len(PATTERNS)), sizes)
    if shuffle:
        target = rng.permutation(target)
    data = np.stack(
        [PATTERNS[k](x, y[:, None], **_random_vortex(rng, x, y)) for k in target]
    )
    data += noise_scale * rng.standard_normal(data.shape)

    if as_xarray:
        return label_velocities(data, target, x, y)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(TARGET_NAMES),
        x=x,
        y=y,
        DESCR=DESCR,
    )
