"""Tests of the significance of mean fields against closed forms and simulations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import lfilter
from scipy.stats import beta, false_discovery_control, ttest_ind

from skvaeclust.composites import cluster_significance, lead_lag_composites
from skvaeclust.composites._memory_in_time import gap_factors
from skvaeclust.composites._significance import _tabulate, mean_p_values


def make_fields(seed=0, n=60, n_channels=1, n_points=5):
    return np.random.default_rng(seed).standard_normal((n, n_channels, n_points))


def p_values(fields, labels, segments=None, **params):
    counts = (labels == np.arange(labels.max() + 1)[:, None]).astype(int)
    segments = np.zeros(len(fields), int) if segments is None else segments
    return mean_p_values(fields, counts, segments, **params)


@pytest.mark.parametrize("seed", range(3))
def test_independent_samples_of_one_channel_are_a_t_test(seed):
    fields, labels = make_fields(seed), np.arange(60) % 3
    members = labels == 0
    fields[members] *= 0.4  # the variance among the members is not the larger one
    p = p_values(fields, labels, independent=True)
    expected = ttest_ind(fields[members, 0], fields[~members, 0]).pvalue
    assert_allclose(p[0], expected, rtol=1e-3)  # p-values are interpolated


def test_independent_samples_of_several_channels_are_hotellings_test():
    fields, labels = make_fields(n_channels=2), np.arange(60) % 3
    fields[labels == 0] *= 0.4
    p = p_values(fields, labels, independent=True)[0, 0]
    anomalies = fields[:, :, 0] - fields[:, :, 0].mean(axis=0)
    indicator = (labels == 0) - np.mean(labels == 0)
    fitted = anomalies @ np.linalg.lstsq(anomalies, indicator)[0]
    determined = np.square(fitted).sum() / np.square(indicator).sum()
    assert_allclose(p, beta.sf(determined, 1, (59 - 2) / 2), rtol=1e-3)


@pytest.mark.parametrize("n", [40, 41])
def test_covariance_is_that_of_all_circular_shifts(n):
    fields, labels = make_fields(n=n, n_points=1), (np.arange(n) // 4) % 2
    fields = np.cumsum(fields, axis=0)
    fields[labels == 0] *= 0.1  # so that members do not increase the variance
    anomalies = fields[:, 0, 0] - fields.mean()
    shifts = [anomalies[np.roll(labels, s) == 0].mean() for s in range(n)]
    q = shifts[0] ** 2 / np.mean(np.square(shifts))
    weights = (labels == 0) / np.sum(labels == 0) - 1 / n
    power = np.abs(np.fft.rfft(weights)[1:]) ** 2
    shares = power * np.abs(np.fft.rfft(anomalies)[1:]) ** 2
    shares *= np.where(np.arange(1, len(shares) + 1) == n / 2, 1, 2)
    nodes, log_p = _tabulate(shares / shares.sum(), 2, 1)
    expected = np.exp(np.interp(np.sqrt(q), nodes, log_p[0]))
    assert_allclose(p_values(fields, labels)[0, 0], expected, rtol=1e-5)


def test_tables_of_equal_shares_in_closed_form():
    nodes, log_p = _tabulate(np.full(20, 1 / 20), 2, 3)
    fraction = nodes[1:] ** 2 / 40
    for rank in (1, 2, 3):
        expected = beta.logsf(fraction, rank / 2, (40 - rank) / 2)
        seen = expected > -600
        assert_allclose(log_p[rank - 1, 1:][seen], expected[seen], rtol=1e-6)


def test_tables_of_unequal_shares_agree_with_simulation():
    shares = 0.8 ** np.arange(40)
    shares /= shares.sum()
    nodes, log_p = _tabulate(shares, 2, 1)
    y, z = np.random.default_rng(0).standard_normal((2, 100_000, 40))
    q = (y @ np.sqrt(shares)) ** 2 / ((y**2 + z**2) @ shares / 2)
    p = np.exp(np.interp(np.sqrt(q), nodes, log_p[0]))
    for level in (0.5, 0.05, 0.01):
        assert np.mean(p < level) == pytest.approx(level, rel=0.15)
    assert 0.0003 < np.mean(p < 0.001) < 0.0011


def test_red_noise_has_few_small_p_values():
    rng, sizes, dots = np.random.default_rng(0), [], []
    for _ in range(60):
        noise = rng.standard_normal((400, 1, 6, 6)) + rng.standard_normal(
            (400, 1, 1, 1)
        )
        record = lfilter([1], [1, -0.9], noise, axis=0)[100:]
        labels = np.cumsum(rng.random(300) < 0.05) % 2
        found = lead_lag_composites(record, np.arange(300), labels, [0])
        sizes.append((found.p_values[0] < 0.05).mean())
        dots.append(found.significant.any())
    assert 0.01 < np.mean(sizes) < 0.09
    assert np.mean(dots) < 0.1


def test_p_values_depend_neither_on_units_nor_on_axes_nor_on_offsets():
    fields, labels = make_fields(n_channels=2), np.arange(60) // 6 % 3
    p = p_values(fields, labels)
    for factors in ([1e-10, 1], [1, 1e10]):
        scaled = fields * np.array(factors)[:, None]
        assert_allclose(p_values(scaled, labels), p, rtol=1e-6)
    turned = np.stack([fields[:, 0] + fields[:, 1], 2 * fields[:, 1]], axis=1)
    assert_allclose(p_values(turned, labels), p, rtol=1e-6)
    assert_allclose(p_values(fields + 1000, labels), p, rtol=1e-6)
    twice = np.concatenate([fields, fields[:, :1]], axis=1)  # a redundant channel
    assert_allclose(p_values(twice, labels), p, rtol=1e-6)


def test_differences_by_rounding_are_never_significant():
    labels = np.arange(60) % 3
    constant = np.full((60, 1, 2, 3), 1000.1)
    assert not cluster_significance(constant, labels).any()
    everything = 1000.1 + make_fields(n_points=6).reshape(60, 1, 2, 3)
    assert not cluster_significance(everything, np.zeros(60, int)).any()
    # The period of the field divides that of the clusters, whose means are equal.
    periodic = 1000.1 + 0.1 * np.cos(np.pi * np.arange(60)) + np.zeros((2, 3, 1))
    periodic = np.moveaxis(periodic, -1, 0)[:, None]
    assert not cluster_significance(periodic, np.arange(60) // 2 % 3).any()
    exact = np.tile([0.0, 1.0, 0.0, -1.0], 15)[:, None, None, None]
    assert not cluster_significance(exact, np.arange(60) % 2).any()


def test_pieces_of_the_record_warn():
    record, labels = make_fields(n_points=6).reshape(60, 1, 2, 3), np.arange(60) // 20
    with pytest.warns(UserWarning, match=r"fewer than 3 separate runs .*0 \(1\)"):
        cluster_significance(record, labels)
    cluster_significance(record, labels, independent=True)


def test_one_false_discovery_rate_for_all_maps():
    record = make_fields(n_points=6).reshape(60, 1, 2, 3)
    labels = np.random.default_rng(0).integers(0, 2, 60)
    record[labels == 1, 0, 0, 0] += 1.5
    found = lead_lag_composites(record, np.arange(60), labels, [-1, 0], alpha=0.2)
    expected = false_discovery_control(found.p_values.ravel()) <= 0.2
    assert_array_equal(found.significant.ravel(), expected)
    assert 0 < expected.sum() < expected.size


def test_gaps_increase_the_variance_of_the_mean():
    # Within spells of 5 days, neither the field nor the label changes.
    rng, n_spells = np.random.default_rng(0), 400
    segments = np.repeat(np.arange(n_spells), 5)
    series = rng.standard_normal((n_spells, 50)).repeat(5, axis=0)
    labels = (rng.random(n_spells) < 0.3).repeat(5)
    weights = (labels / labels.sum() - 1 / len(labels))[None]
    power = np.abs(np.fft.rfft(weights, axis=1)) ** 2 / len(labels) ** 2
    spectrum = np.mean(np.abs(np.fft.rfft(series, axis=0)) ** 2, axis=1)
    variances = 2 * power @ spectrum
    true = np.square(weights[0].reshape(-1, 5).sum(axis=1)).sum()
    factor = gap_factors(series, weights, segments, variances)
    assert_allclose(factor * variances, true, rtol=0.05)
    assert factor > 1.2
    assert_array_equal(gap_factors(series, weights, 0 * segments, variances), 1)


def test_larger_variance_among_members_increases_p_values():
    fields, labels = make_fields(), np.arange(60) % 3
    p = p_values(fields, labels)[0]
    members = fields[labels == 0]
    fields[labels == 0] = members.mean(axis=0) + 3 * (members - members.mean(axis=0))
    assert (p_values(fields, labels)[0] > p).all()


def test_absent_samples_are_in_no_mean():
    record = make_fields(n_points=6).reshape(60, 1, 2, 3)
    events = np.arange(3, 57, 9)
    record[events[:2] + 1] = np.nan
    found = lead_lag_composites(record, events, 0 * events, [0, 1])
    assert_array_equal(found.n_members, [[6, 4]])
    assert_allclose(found.means[0, 1], record[events[2:] + 1].mean(axis=0))
    assert np.isfinite(found.p_values).all()


def test_records_that_are_too_short():
    fields = make_fields(n=3, n_channels=3)
    with np.errstate(all="raise"):
        assert np.isnan(p_values(fields, np.array([0, 0, 1]))).all()
        assert np.isnan(p_values(fields[:1], np.array([0]))).all()
