"""Tests of the generators of flow fields."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils._param_validation import InvalidParameterError

from skvaeclust.datasets import (
    make_coastal_circulations,
    make_idealized_circulations,
)
from skvaeclust.datasets._vortex import gaussian_vortex

GENERATORS = [make_idealized_circulations, make_coastal_circulations]
SEEDS = [0, 1, 2]


def _divergence_and_vorticity(velocity, spacing):
    """Finite differences of velocities (..., 2, height, width)."""
    u, v = velocity[..., 0, :, :], velocity[..., 1, :, :]
    u_y, u_x = np.gradient(u, spacing, axis=(-2, -1))
    v_y, v_x = np.gradient(v, spacing, axis=(-2, -1))
    return u_x + v_y, v_x - u_y


# Every generator


@pytest.mark.parametrize("make", GENERATORS)
def test_labelled_data_are_the_arrays(make):
    bunch, data = make(6, random_state=0), make(6, as_xarray=True, random_state=0)
    assert_array_equal(data.to_dataarray().transpose("sample", ...), bunch.data)
    assert_array_equal(data.target, bunch.target)
    assert_array_equal(data.x, bunch.x)
    assert data.u.units == "m s-1"
    assert data.y.units == "km"
    with pytest.raises(ValueError, match="either return_X_y=True or as_xarray=True"):
        make(6, as_xarray=True, return_X_y=True)


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("seed", SEEDS)
def test_same_seed_same_data(make, seed):
    first, second = make(random_state=seed), make(random_state=seed)
    assert_array_equal(first.data, second.data)
    assert_array_equal(first.target, second.target)
    assert not np.array_equal(
        np.nan_to_num(first.data), np.nan_to_num(make(random_state=seed + 1).data)
    )


@pytest.mark.parametrize("make", GENERATORS)
def test_global_random_state_is_untouched(make):
    before = np.random.get_state()  # noqa: NPY002
    make(random_state=0)
    after = np.random.get_state()  # noqa: NPY002
    assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


@pytest.mark.parametrize("make", GENERATORS)
def test_return_X_y(make):
    bunch = make(random_state=0)
    X, y = make(random_state=0, return_X_y=True)
    assert_array_equal(X, bunch.data)
    assert_array_equal(y, bunch.target)


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("seed", SEEDS)
def test_shuffle(make, seed):
    ordered = make(shuffle=False, random_state=seed).target
    shuffled = make(random_state=seed).target
    assert_array_equal(ordered, np.sort(ordered))
    assert_array_equal(np.bincount(shuffled), np.bincount(ordered))
    assert np.any(np.diff(shuffled) < 0)


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("noise_scale", -0.1),
        ("shuffle", "yes"),
        ("return_X_y", 2),
        ("random_state", "seed"),
    ],
)
def test_common_parameters_are_checked(make, name, value):
    with pytest.raises(InvalidParameterError, match=f"'{name}'.*{value!r}"):
        make(**{name: value})


# Vortices


@pytest.mark.parametrize("sign", [1, -1])
def test_vortex_is_fastest_at_its_radius_and_turns_as_given(sign):
    # East of the centre, a cyclone flows northwards.
    x = 50 + np.linspace(0, 40, 401)
    u, v = gaussian_vortex(x, 20.0, x0=50, y0=20, radius=10, speed=0.7 * sign)
    assert_allclose(u, 0, atol=1e-15)
    assert np.max(sign * v) == pytest.approx(0.7)
    assert x[np.argmax(sign * v)] == pytest.approx(60)


# Idealised circulations


@pytest.mark.parametrize(("height", "width"), [(32, 32), (20, 45), (2, 2)])
def test_idealized_shapes(height, width):
    flow = make_idealized_circulations(4, height=height, width=width, random_state=0)
    assert flow.data.shape == (12, 2, height, width)
    assert flow.data.dtype == np.float64
    assert flow.x.shape == (width,)
    assert flow.y.shape == (height,)
    assert_array_equal(np.bincount(flow.target), [4, 4, 4])
    assert len(flow.target_names) == 3


@pytest.mark.parametrize("sizes", [(8, 30, 30), [3, 0, 2], np.array([1, 2, 3])])
def test_idealized_sizes(sizes):
    target = make_idealized_circulations(sizes, random_state=0).target
    assert_array_equal(np.bincount(target, minlength=3), sizes)


@pytest.mark.parametrize("seed", SEEDS)
def test_idealized_flow_is_nondivergent(seed):
    flow = make_idealized_circulations(
        10, height=64, width=64, noise_scale=0, random_state=seed
    )
    divergence, vorticity = _divergence_and_vorticity(flow.data, flow.x[1])
    # Finite differences on a fine grid; their edges are of first order only.
    assert np.abs(divergence[:, 1:-1, 1:-1]).max() < 0.02 * np.abs(vorticity).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_idealized_cyclone_has_positive_vorticity(seed):
    flow = make_idealized_circulations((20, 0, 1), noise_scale=0, random_state=seed)
    _, vorticity = _divergence_and_vorticity(flow.data[flow.target == 0], flow.x[1])
    assert np.all(vorticity.max(axis=(1, 2)) > 2 * -vorticity.min(axis=(1, 2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_idealized_jets_are_opposite(seed):
    flow = make_idealized_circulations(20, noise_scale=0, random_state=seed)
    u = flow.data[:, 0]
    # The jet between the vortices is the fastest flow of each field.
    fastest = np.take_along_axis(
        u.reshape(len(u), -1), np.abs(u).reshape(len(u), -1).argmax(1)[:, None], axis=1
    )[:, 0]
    assert np.all(fastest[flow.target == 1] > 0)
    assert np.all(fastest[flow.target == 2] < 0)
    eastward, westward = (u[flow.target == k].mean(axis=0) for k in (1, 2))
    assert eastward[16, 16] > 0 > westward[16, 16]
    # Flanks flow the other way.
    assert eastward[[0, -1], 16].max() < 0 < westward[[0, -1], 16].min()


@pytest.mark.parametrize("seed", SEEDS)
def test_idealized_noise_has_the_scale_given(seed):
    clean, noisy = (
        make_idealized_circulations(5, noise_scale=s, random_state=seed).data
        for s in (0, 0.3)
    )
    assert (noisy - clean).std() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("sizes", [(1, 2), (-1, 2, 2), (0, 0, 0), (1.5, 2, 2)])
def test_idealized_bad_sizes(sizes):
    with pytest.raises(ValueError, match=r"n_samples_per_pattern.*integers >= 0.*got"):
        make_idealized_circulations(sizes)


@pytest.mark.parametrize(
    "params", [{"n_samples_per_pattern": 0}, {"height": 1}, {"width": 2.5}]
)
def test_idealized_bad_parameters(params):
    with pytest.raises(InvalidParameterError):
        make_idealized_circulations(**params)


# Coastal circulations


def test_coastal_shapes():
    flow = make_coastal_circulations(random_state=0)
    assert flow.data.shape == (164, 2, 61, 79)
    assert flow.data.dtype == np.float64
    assert flow.x.shape == (79,)
    assert flow.y.shape == (61,)
    assert flow.mask.shape == (61, 79)
    assert len(flow.target_names) == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_land_is_nan_in_every_sample(seed):
    flow = make_coastal_circulations(30, random_state=seed)
    assert 0.1 < flow.mask.mean() < 0.25
    assert_array_equal(np.isnan(flow.data), np.broadcast_to(flow.mask, flow.data.shape))


@pytest.mark.parametrize(
    ("n_samples", "weights", "sizes"),
    [
        (100, (0.4, 0.3, 0.15, 0.15), [40, 30, 15, 15]),
        (40, (1, 1, 1, 1), [10, 10, 10, 10]),
        (10, (2, 1, 1, 0), [5, 3, 2, 0]),
        (1, (0.1, 0.1, 0.5, 0.3), [0, 0, 1, 0]),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_sizes_are_fixed(n_samples, weights, sizes, seed):
    flow = make_coastal_circulations(n_samples, weights=weights, random_state=seed)
    assert_array_equal(np.bincount(flow.target, minlength=4), sizes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("regime", range(4))
def test_coastal_freedom_spreads_the_regimes(seed, regime):
    def spread(freedom):
        X = make_coastal_circulations(
            60,
            freedom=freedom,
            weights=np.eye(4)[regime],
            noise_scale=0,
            background_scale=0,
            random_state=seed,
            return_X_y=True,
        )[0]
        return np.nanmean(X.var(axis=0)) / np.nanmean(X**2)

    assert spread(0.0) < spread(1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_eddies_turn_as_named(seed):
    for regime, sign in ((2, 1), (3, -1)):
        flow = make_coastal_circulations(
            15,
            weights=np.eye(4)[regime],
            noise_scale=0,
            background_scale=0,
            random_state=seed,
        )
        _, vorticity = _divergence_and_vorticity(flow.data, flow.x[1])
        strongest = np.nanmax(sign * vorticity, axis=(1, 2))
        assert np.all(strongest > 2 * np.nanmax(-sign * vorticity, axis=(1, 2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_current_flows_behind_its_nose_only(seed):
    flow = make_coastal_circulations(
        15, weights=(1, 0, 0, 0), noise_scale=0, background_scale=0, random_state=seed
    )
    u = np.nan_to_num(flow.data[:, 0])
    # Eastward, with the coast on its right; nothing at the eastern edge.
    assert u.min() >= 0
    assert np.all(u[:, :, 0].max(axis=1) > 100 * u[:, :, -1].max(axis=1))


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_wave_alternates_and_decays_offshore(seed):
    flow = make_coastal_circulations(
        15, weights=(0, 1, 0, 0), noise_scale=0, background_scale=0, random_state=seed
    )
    u = np.nan_to_num(flow.data[:, 0])
    assert np.all(u.max(axis=(1, 2)) > 0.1)
    assert np.all(u.min(axis=(1, 2)) < -0.1)
    assert np.abs(u[:, -1]).max() < 0.2 * np.abs(u).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_events_grow_drift_and_decay(seed):
    quiet = {"noise_scale": 0, "background_scale": 0, "random_state": seed}
    events = make_coastal_circulations(5, **quiet)
    record = make_coastal_circulations(5, n_days=7, **quiet)
    assert record.data.shape == (35, 2, 61, 79)
    assert_array_equal(record.data[record.peaks], events.data)
    assert_array_equal(record.target[record.peaks + 3], events.target)

    eddy = make_coastal_circulations(1, n_days=3, weights=(0, 0, 1, 0), **quiet)
    energy = np.nan_to_num(eddy.data**2).sum(axis=1)
    fastest = np.sqrt(energy.max(axis=(1, 2)))
    # The grid may miss the fastest point by half a spacing of a radius of 18 km.
    assert_allclose(fastest[[0, 2]] / fastest[1], np.exp(-1 / 9), rtol=0.02)
    x = (energy.sum(axis=1) @ eddy.x) / energy.sum(axis=(1, 2))
    assert_allclose(np.diff(x), 6, atol=1.5)  # the land hides a part


@pytest.mark.parametrize("seed", SEEDS)
def test_coastal_background_is_smooth_and_nondivergent(seed):
    still, moving = (
        make_coastal_circulations(
            60, noise_scale=0, background_scale=scale, random_state=seed
        ).data
        for scale in (0, 0.2)
    )
    background = moving - still
    speed = np.sqrt(2 * np.nanmean(background**2))
    divergence, vorticity = _divergence_and_vorticity(background, 2.0)
    assert speed == pytest.approx(0.2, rel=0.3)
    assert np.nanstd(divergence) < 0.05 * np.nanstd(vorticity)
    # One domain width or height at least to a wave.
    assert np.nanstd(vorticity) < speed * np.hypot(2 * np.pi / 122, 2 * np.pi / 158)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_idealized_circulations(10**12),
        lambda: make_idealized_circulations((10**12, 0, 0)),
        lambda: make_idealized_circulations(1, height=10**6, width=10**6),
        lambda: make_coastal_circulations(10**12),
        lambda: make_coastal_circulations(2, n_days=10**12),
    ],
)
def test_data_that_exceed_the_memory(make):
    with pytest.raises(
        ValueError, match=r"n_samples.*=.* with (height|n_days)=\d+.* needs .* GB"
    ):
        make()


@pytest.mark.parametrize(
    "weights",
    [
        (0.5, 0.5),
        (-1, 1, 1, 1),
        (0, 0, 0, 0),
        (np.nan, 1, 1, 1),
        ["a"] * 4,
        [1e308] * 4,
    ],
)
def test_coastal_bad_weights(weights):
    with pytest.raises(ValueError, match=r"weights must be 4 numbers from 0.*got"):
        make_coastal_circulations(weights=weights)


@pytest.mark.parametrize(
    "params",
    [
        {"n_samples": 0},
        {"freedom": -0.1},
        {"freedom": 1.1},
        {"background_scale": -1},
        {"weights": 3},
        {"n_days": 0},
    ],
)
def test_coastal_bad_parameters(params):
    with pytest.raises(InvalidParameterError):
        make_coastal_circulations(**params)
