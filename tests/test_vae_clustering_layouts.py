"""Tests of the estimator on fields in other layouts, and with land."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust import ConvNetworks, PCScaledNoiseAugmenter

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
ignore_convergence = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


# The same fields in other containers and layouts


def labels_equal(quick, X, other, **params):
    first, second = quick(X, **params), quick(other, **params)
    assert_array_equal(first.labels_, second.labels_)
    return first, second


def test_units_do_not_matter(quick, X):
    first, second = labels_equal(quick, X, 100 * X)
    assert_allclose(second.cluster_centers_, 100 * first.cluster_centers_, rtol=1e-3)


def test_a_constant_flow_does_not_matter(quick, X):
    labels_equal(quick, X, X + 3)


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_float32(quick, X, network):
    first, second = labels_equal(quick, X, X.astype(np.float32), network=network)
    assert first.transform(X).dtype == np.float64
    assert second.transform(X.astype(np.float32)).dtype == np.float32


def test_fortran_order_and_data_frames(quick, X):
    rows = X.reshape(36, -1)
    labels_equal(quick, rows, np.asfortranarray(rows))
    frame = pd.DataFrame(rows, columns=[f"point{i}" for i in range(144)])
    _, model = labels_equal(quick, rows, frame)
    assert_array_equal(model.feature_names_in_, frame.columns)


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_flat_rows_with_input_shape_are_fields(quick, X, network):
    flat = X.reshape(36, -1)
    fields = quick(X, network=network)
    rows = quick(flat, network=network, field_shape=(2, 8, 9))
    assert_array_equal(rows.predict_proba(flat), fields.predict_proba(X))
    assert rows.cluster_centers_.shape == (3, 144)
    assert_array_equal(rows.predict_proba(X), rows.predict_proba(flat))


def test_constant_features_are_no_trouble(quick, X):
    X = X.copy()
    X[:, 0, 0] = 7.0
    model = quick(X)
    assert_allclose(model.cluster_centers_[:, 0, 0], 7.0)


def test_fields_smaller_than_a_stride_of_four(quick):
    X = np.random.default_rng(0).standard_normal((12, 3, 5, 7))
    assert quick(X, network=NARROW).reconstruct(X).shape == X.shape


# Land


@pytest.fixture(scope="module")
def with_land(X):
    X = X.copy()
    X[:, :, :3, 2:6] = np.nan
    return X


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_land_is_nan_in_all_that_looks_like_data(quick, with_land, network):
    model = quick(with_land, network=network, augmenter=PCScaledNoiseAugmenter(1))
    land = np.isnan(with_land[0])
    for fields in (
        model.cluster_centers_,
        model.reconstruct(with_land),
        model.sample(4)[0],
    ):
        assert (np.isnan(fields) == land).all()
    assert np.isfinite(model.transform(with_land)).all()
    assert np.isfinite(model.score(with_land))


def test_land_is_as_if_it_were_not_there(quick, with_land):
    valid = with_land.reshape(36, -1)
    valid = valid[:, ~np.isnan(valid[0])]
    model = quick(with_land)
    assert_array_equal(
        model.predict_proba(with_land), quick(valid).predict_proba(valid)
    )


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_values_on_land_at_predict_are_not_seen(quick, X, with_land, network):
    model = quick(with_land, network=network)
    assert_array_equal(model.predict_proba(X), model.predict_proba(with_land))
