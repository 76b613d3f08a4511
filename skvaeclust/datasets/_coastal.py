"""Generator of circulation regimes near a coast."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skvaeclust._limits import FRACTION, checked, count, real, refuse_too_large
from skvaeclust._words import shown
from skvaeclust.datasets._labelled import check_forms, label_velocities
from skvaeclust.datasets._vortex import gaussian_vortex

HEIGHT, WIDTH = 61, 79
GRID_SPACING = 2.0  # km
MAX_WEIGHT = 1e9
LIFE_TIME = 3.0  # days from the peak of an event until its speed falls to 1 / e
# Along-shore drift of each regime, km/day, with the coast on the right.
DRIFTS = (10.0, 15.0, 6.0, 3.0)
TARGET_NAMES = (
    "buoyant current",
    "coastal-trapped wave",
    "cyclonic frontal eddy",
    "anticyclonic intrusion",
)

DESCR = """\
Coastal circulations
--------------------
Horizontal velocity (u, v), m/s, on a grid of 61 x 79 points with a spacing of 2 km,
NaN on land. The coast lies to the south. There are four regimes: a buoyant current
along the coast; a coastal-trapped wave; a cyclonic frontal eddy; and an anticyclonic
intrusion. Their positions along the shore, and the phase of the wave, are random. A
smooth large-scale background flow and white noise are added to each field.
"""


def _coastline(x):
    """Return the northward position of the coast, km."""
    return 14 + 0.08 * x + 6 * np.sin(2 * np.pi * x / 140)


def _coast_slope(x):
    """Return the derivative of the position of the coast."""
    return 0.08 + 6 * (2 * np.pi / 140) * np.cos(2 * np.pi * x / 140)


def _offshore_distance(x, y):
    """Return the distance from the coast, taken as locally straight, km."""
    return (y - _coastline(x)) / np.hypot(1, _coast_slope(x))


def _along_shore(speed, x):
    """Convert an along-shore speed (height, width) to a velocity (2, height, width)."""
    slope = _coast_slope(x)
    return np.stack([speed, speed * slope]) / np.hypot(1, slope)


def _around(rng, centre, half_range):
    """Draw uniformly within `half_range` of `centre`."""
    return centre + half_range * rng.uniform(-1, 1)


def _vary(rng, typical, fraction):
    """Draw a speed or a length within a fraction of its typical value."""
    return _around(rng, typical, fraction * typical)


def _buoyant_current(x, y, reach, rng):
    """Draw a current with the coast on its right and an advancing nose."""
    nose = _around(rng, 78, 45 * reach)
    speed = _vary(rng, 0.5, 0.3)
    width = _vary(rng, 25, 0.15)
    trapping = np.exp(-((_offshore_distance(x, y) / width) ** 2))

    def velocity(day):
        behind_nose = (1 - np.tanh((x - nose - DRIFTS[0] * day) / 5)) / 2
        return _along_shore(speed * trapping * behind_nose, x)

    return velocity


def _trapped_wave(x, y, reach, rng):
    """Draw an alternating flow that decays offshore and travels along the shore."""
    phase = _around(rng, 0, np.pi * reach)
    speed = _vary(rng, 0.4, 0.3)
    width = _vary(rng, 30, 0.15)
    wavelength = _vary(rng, 120, 0.05)
    trapping = np.exp(-_offshore_distance(x, y) / width)

    def velocity(day):
        position = x - 78 - DRIFTS[1] * day
        wave = np.cos(2 * np.pi * position / wavelength - phase)
        return _along_shore(speed * trapping * wave, x)

    return velocity


def _drifting_vortex(x, y, x0, y0, drift, **shape):
    """Return the velocity, by day, of a vortex that drifts along the shore."""
    return lambda day: gaussian_vortex(x, y, x0=x0 + drift * day, y0=y0, **shape)


def _frontal_eddy(x, y, reach, rng):
    """Draw a cyclone off the coast."""
    x0 = _around(rng, 78, 45 * reach)
    y0 = _coastline(x0) + _around(rng, 45, 8 * reach)
    radius = _vary(rng, 20, 0.1)
    speed = _vary(rng, 0.5, 0.3)
    return _drifting_vortex(x, y, x0, y0, DRIFTS[2], radius=radius, speed=speed)


def _intrusion(x, y, reach, rng):
    """Draw an anticyclone off the coast, slightly larger than the cyclone."""
    x0 = _around(rng, 78, 45 * reach)
    y0 = _coastline(x0) + _around(rng, 55, 8 * reach)
    radius = _vary(rng, 26, 0.1)
    speed = _vary(rng, 0.5, 0.3)
    return _drifting_vortex(x, y, x0, y0, DRIFTS[3], radius=radius, speed=-speed)


REGIMES = (_buoyant_current, _trapped_wave, _frontal_eddy, _intrusion)


def _reach(freedom):
    """Return the fraction of their full range in which phases and positions vary."""
    # More than zero without freedom, since no two real events are equal.
    return 0.54 + 0.46 * freedom


def _background(x, y, rng):
    """Draw a smooth flow (2, height, width) with a root-mean-square speed of 1."""
    # A quarter of the kinetic energy is in a uniform flow, the rest in four modes.
    uniform = np.sqrt(1 / 8) * rng.standard_normal((2, 1, 1))
    flow = np.broadcast_to(uniform, (2, HEIGHT, WIDTH)).copy()
    k0 = 2 * np.pi / (GRID_SPACING * WIDTH)
    l0 = 2 * np.pi / (GRID_SPACING * HEIGHT)
    for kx, ky in ((k0, 0), (0, l0), (k0, l0), (k0, -l0)):
        # psi = a cos(theta) + b sin(theta), of speed |grad psi|, with
        # theta = kx x + ky y; u = -dpsi/dy = -ky psi', v = dpsi/dx = kx psi'.
        a, b = rng.standard_normal(2) / np.hypot(kx, ky)
        theta = kx * x + ky * y
        psi_prime = b * np.cos(theta) - a * np.sin(theta)
        flow += np.sqrt(3 / 16) * np.stack([-ky * psi_prime, kx * psi_prime])
    return flow


def _sizes(n_samples, weights):
    """Divide `n_samples` in proportion to `weights`, by largest remainder."""
    exact = n_samples * weights / weights.sum()
    sizes = np.floor(exact).astype(int)
    largest_first = np.argsort(sizes - exact, kind="stable")
    sizes[largest_first[: n_samples - sizes.sum()]] += 1
    return sizes


def _check_weights(weights):
    """Check the weights and return them as an array."""
    try:
        checked = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        checked = np.empty(0)
    is_valid = (
        checked.shape == (len(REGIMES),)
        and np.all((checked >= 0) & (checked <= MAX_WEIGHT))
        and np.sum(checked) > 0
    )
    if not is_valid:
        raise ValueError(
            f"weights must be {len(REGIMES)} numbers from 0 to {MAX_WEIGHT:g}, not all "
            f"zero; got {shown(weights)}."
        )
    return checked


@checked(
    {
        "n_samples": [count(1)],
        "freedom": [FRACTION],
        "weights": ["array-like"],
        "noise_scale": [real(0, 1e6)],
        "background_scale": [real(0, 1e6)],
        "n_days": [count(1)],
        "shuffle": ["boolean"],
        "return_X_y": ["boolean"],
        "as_xarray": ["boolean"],
        "random_state": ["random_state"],
    }
)
def make_coastal_circulations(
    n_samples=164,
    *,
    freedom=1.0,
    weights=(0.4, 0.3, 0.15, 0.15),
    noise_scale=0.04,
    background_scale=0.06,
    n_days=1,
    shuffle=True,
    return_X_y=False,
    as_xarray=False,
    random_state=None,
):
    r"""Make flow fields of four regimes near a coast.

    Phases and positions along the shore vary, so the samples of a regime lie on a
    curved manifold rather than in a ball around their mean. This is hard for linear
    methods. The default number of samples and the grid are typical of observations.

    Parameters
    ----------
    n_samples : int, default=164
        Number of samples, or of events if ``n_days`` is more than 1.
    freedom : float in [0, 1], default=1.0
        Range of phases and positions, from 54 % of the full range (0, easy) to the full
        range (1, hard).
    weights : array-like of shape (4,), default=(0.4, 0.3, 0.15, 0.15)
        Relative number of samples of each regime, in the order of `target_names`. The
        sum need not be 1. The numbers are rounded to integers by largest remainder.
    noise_scale : float, default=0.04
        Standard deviation of the white noise added to both components, m/s.
    background_scale : float, default=0.06
        Root-mean-square speed of the background flow, m/s.
    n_days : int, default=1
        Number of days of each event, with one field per day and the peak in the middle.
        The events are concatenated.
    shuffle : bool, default=True
        Whether to shuffle the samples. If False, they are ordered by regime.
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

        data : ndarray of shape (n_samples * n_days, 2, 61, 79)
            Eastward (channel 0) and northward (channel 1) velocity, m/s, NaN on land.
        target : ndarray of shape (n_samples * n_days,)
            Regime of each field, from 0 to 3.
        peaks : ndarray of shape (n_samples,)
            Index in `data` of the peak of each event.
        target_names : list of str
            Names of the regimes.
        x : ndarray of shape (79,)
            Eastward coordinate, km.
        y : ndarray of shape (61,)
            Northward coordinate, km.
        mask : ndarray of shape (61, 79)
            True on land, the same in every sample.
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
    make_idealized_circulations : Easier patterns, on a smaller grid without land.

    Notes
    -----
    The coast lies to the south. With the distance d from it, the along-shore velocity
    of the first two regimes is, for a speed U and a width L,

    .. math:: U e^{-d^2/L^2} \tfrac{1}{2} \left(1 - \tanh\frac{x - x_n}{5}\right)
        \quad\text{and}\quad
        U e^{-d/L} \cos\left(\frac{2\pi (x - 78)}{\lambda} - \varphi\right),

    a buoyant current with its nose at x_n and the coast on its right, as in the
    northern hemisphere, and a wave like a Kelvin wave, without flow across the shore.
    The eddies are vortices as in :func:`make_idealized_circulations`.

    For every `freedom`, speeds (0.5 m/s, 0.4 m/s for the wave) vary by 30 %, widths
    (25 km for the current, 30 km for the wave) by 15 %, radii (20 km cyclonic, 26 km
    anticyclonic) by 10 % and the wavelength (120 km) by 5 %. With full freedom,
    the phase is arbitrary, the nose is within 45 km of the middle of the shore, and the
    centre of an eddy is within 45 km of the middle along the shore and 8 km of its
    usual distance offshore.

    From day to day (``n_days``), the current advances by 10 km along the shore, the
    wave travels 15 km, and the cyclone and the anticyclone drift by 6 km and 3 km. At t
    days from the peak, speeds are multiplied by :math:`e^{-(t / 3)^2}`. Background and
    noise are independent from day to day.

    The background is a uniform flow plus four stream-function modes with the
    wavelengths of the domain and random amplitudes and phases. It is non-divergent.

    Examples
    --------
    >>> from skvaeclust.datasets import make_coastal_circulations
    >>> flow = make_coastal_circulations(random_state=0)
    >>> flow.data.shape
    (164, 2, 61, 79)
    >>> flow.target_names[:2]
    ['buoyant current', 'coastal-trapped wave']

    The sizes follow the weights, and the land is the same in every sample:

    >>> import numpy as np
    >>> print(np.bincount(flow.target))
    [66 49 25 24]
    >>> print(np.isnan(flow.data[:, :, flow.mask]).all())
    True
    """
    check_forms(return_X_y, as_xarray)
    weights = _check_weights(weights)
    refuse_too_large(
        16 * int(n_samples) * int(n_days) * HEIGHT * WIDTH,
        f"n_samples={n_samples} with n_days={n_days}",
    )
    rng = check_random_state(random_state)
    x = GRID_SPACING * np.arange(WIDTH)
    y = GRID_SPACING * np.arange(HEIGHT)
    column = y[:, None]
    mask = column < _coastline(x)

    target = np.repeat(np.arange(len(REGIMES)), _sizes(n_samples, weights))
    if shuffle:
        target = rng.permutation(target)
    reach = _reach(freedom)
    days = np.arange(n_days) - n_days // 2
    events = [REGIMES[k](x, column, reach, rng) for k in target]
    factor = np.exp(-((days / LIFE_TIME) ** 2))[:, None, None, None]
    data = np.concatenate(
        [factor * np.stack([velocity(day) for day in days]) for velocity in events]
    )
    for field in data:
        field += background_scale * _background(x, column, rng)
    data += noise_scale * rng.standard_normal(data.shape)
    data[:, :, mask] = np.nan

    target = np.repeat(target, n_days)
    if as_xarray:
        return label_velocities(data, target, x, y)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        peaks=n_days // 2 + n_days * np.arange(n_samples),
        target_names=list(TARGET_NAMES),
        x=x,
        y=y,
        mask=mask,
        DESCR=DESCR,
    )
