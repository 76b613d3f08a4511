"""Tests that bad input raises an error that names the value, before training."""

import copy
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from scipy import sparse

from skvaeclust import (
    ConvNetworks,
    DenseNetworks,
    PCScaledNoiseAugmenter,
    VAEClustering,
)
from skvaeclust.composites import cluster_means


def with_value(X, value):
    X = X.copy()
    X[3, 1, 2, 4] = value
    return X


class NoBuild:
    input_kind = "scores"


class StrangeKind:
    input_kind = "pictures"

    def build(self, sample_shape, n_clusters, latent_dim):
        raise AssertionError


CASES = {
    "NaN in one sample": (
        {},
        lambda X: with_value(X, np.nan),
        r"NaN: 1 value in 1 of 36 samples, first in sample 3, channel 1, "
        "row 2, column 4",
    ),
    "infinity": ({}, lambda X: with_value(X, np.inf), "infinity"),
    "all NaN": ({}, lambda X: np.full_like(X, np.nan), "X has no valid point: all 144"),
    "fewer samples than clusters": (
        {"n_clusters": 5},
        lambda X: X[:4],
        "n_samples=4 should be >= n_clusters=5",
    ),
    "one sample": ({"n_clusters": 1}, lambda X: X[:1], "1 sample.*minimum of 2"),
    "constant": ({}, lambda X: np.full_like(X, 0.1), "X is constant: all 36 samples"),
    "three dimensions": (
        {},
        lambda X: X[:, 0],
        r"3 dimensions, shape \(36, 8, 9\).*X\[:, None\] adds a channel",
    ),
    "object array": (
        {},
        lambda X: np.array([["a", {}], ["b", {}], ["c", {}]], dtype=object),
        "X must be an array of numbers, got text such as 'a'",
    ),
    "field_shape that does not multiply out": (
        {"field_shape": (2, 8, 8)},
        lambda X: X.reshape(36, -1),
        r"field_shape=\(2, 8, 8\) needs 128 features, but X has 144",
    ),
    "field_shape of two": (
        {"field_shape": (2, 72)},
        lambda X: X.reshape(36, -1),
        r"\(channels, height, width\).*Got \(2, 72\)",
    ),
    "field_shape against X": (
        {"field_shape": (2, 9, 8)},
        lambda X: X,
        r"field_shape=\(2, 9, 8\).*\(2, 8, 9\)",
    ),
    "conv on low fields": (
        {"network": "conv"},
        lambda X: X[:, :, :3],
        "at least 4 x 4 points, got 3 x 9",
    ),
    "conv on narrow fields": (
        {"network": ConvNetworks()},
        lambda X: X[..., :2],
        "at least 4 x 4 points, got 8 x 2",
    ),
    "conv on flat rows": (
        {"network": "conv"},
        lambda X: X.reshape(36, -1),
        "ConvNetworks requires fields",
    ),
    "unknown network": ({"network": "resnet"}, lambda X: X, "network.*Got 'resnet'"),
    "kind of network": ({"network": StrangeKind()}, lambda X: X, "got 'pictures'"),
    "no such device": ({"device": "abacus"}, lambda X: X, "device='abacus' is not"),
    "bad width": (
        {"network": ConvNetworks(channels=(0, 4))},
        lambda X: X,
        r"channels.*Got \(0, 4\)",
    ),
    "bad augmenter": (
        {"augmenter": PCScaledNoiseAugmenter(noise_scale=-1)},
        lambda X: X,
        "'noise_scale'.*-1",
    ),
} | {
    f"{name}={value!r}": ({name: value}, lambda X: X, f"'{name}'.*{value!r}")
    for name, value in {
        "n_clusters": 0,
        "latent_dim": 0,
        "gamma_categorical": -1,
        "gamma_latent": -0.5,
        "gamma_balance": -1e-3,
        "n_init": 0,
        "max_epochs": 0,
        "batch_size": 1,
        "learning_rate": 0,
    }.items()
}


CASES |= {
    "augmenter without its methods": (
        {"augmenter": "noise"},
        lambda X: X,
        "augmenter='noise' has no fit and no augment and no n_copies.*BaseAugmenter",
    ),
    "device that torch knows but cannot use": (
        {"device": "meta"},
        lambda X: X,
        "device='meta'",
    ),
    "device whose module is not there": (
        {"device": "hpu"},
        lambda X: X,
        "device='hpu'",
    ),
    "no samples": ({}, lambda X: X[:0], "0 sample.*minimum of 2"),
    "class of networks": (
        {"network": ConvNetworks},
        lambda X: X,
        "network.*ConvNetworks",
    ),
}


CASES |= {
    "path": (
        {},
        lambda X: Path("data") / "a.nc",
        r"xarray.open_dataset\('data/a.nc'\)",
    ),
    "text": ({}, lambda X: "a.nc", r"X must be an array.*path 'a.nc'. If it is a file"),
    "list of paths": (
        {},
        lambda X: ["a.nc", "b.nc"],
        "text or path 'a.nc'. If it is a file, open",
    ),
    "generator": (
        {},
        lambda X: iter(X.tolist()),
        "got <list_iterator.*Pass it as a list",
    ),
    "set": ({}, lambda X: {1, 2}, "X must be an array of numbers, got {1, 2}"),
    "dates": (
        {},
        lambda X: X.astype("M8[s]"),
        r"got dates or durations: datetime64\[s",
    ),
    "table of dates": (
        {},
        lambda X: pd.DataFrame({"t": pd.date_range("2000", periods=9), "u": 1.0}),
        "got dates or durations: datetime64",
    ),
    "nothing": ({}, lambda X: None, "X must be an array of numbers, got None"),
    "number": ({}, lambda X: 3, "X must be an array of numbers, got 3"),
    "dict": ({}, lambda X: {"u": X}, "got a dict. Pass one of its values: 'u'"),
    "Dataset": (
        {},
        lambda X: xr.Dataset({"u": (("time", "lat", "lon"), X[:, 0])}),
        r"got an xarray Dataset. skvaeclust.xarray.FieldClustering.*Variables: 'u'",
    ),
    "complex": ({}, lambda X: X + 1j, "Complex data not supported"),
    "class of augmenters": (
        {"augmenter": PCScaledNoiseAugmenter},
        lambda X: X,
        r"got the class PCScaledNoiseAugmenter. Pass augmenter=\w+\(",
    ),
    "number of copies": (
        {"augmenter": 10},
        lambda X: X,
        r"got 10. For copies.*PCScaledNoiseAugmenter\(n_copies=10\)",
    ),
    "one huge value": (
        {},
        lambda X: with_value(X, 1e300),
        r"X has values up to 1e\+300 in sample 3, but up to .* in most samples",
    ),
    "largest numbers": (
        {},
        lambda X: np.where(X > 0, 1.7e308, 0),
        r"X has values up to 1.7e\+308, close to the largest float64 number",
    ),
    "largest numbers in single precision": (
        {"augmenter": PCScaledNoiseAugmenter(1)},
        lambda X: np.where(X > 0, np.float32(3e38), np.float32(0)),
        "close to the largest float32 number",
    ),
}


class Networks:
    input_kind = "scores"

    def build(self, sample_shape, n_clusters, latent_dim):
        return torch.nn.Linear(2, 2)


def table(**columns):
    return lambda X: pd.DataFrame({"u": np.arange(9.0), **columns})


CASES |= (
    {
        "text of numbers": (
            {},
            lambda X: X.astype(str),
            "got text such as '-0.0.*astype",
        ),
        "words": (
            {},
            lambda X: [["a", "b"], ["c", "d"]],
            "X must be.*got text such as 'a'",
        ),
        "objects": (
            {},
            lambda X: [[object(), 1.0]] * 3,
            "X must be an array.*not 'object'",
        ),
        "huge integers": (
            {},
            lambda X: [[10**400, i] for i in range(3)],
            "X must.*too large",
        ),
        "records": (
            {},
            lambda X: np.ones(5, "f8,f8"),
            r"records with the fields \('f0'",
        ),
        "ragged rows": (
            {},
            lambda X: [[1, 2], [3]],
            "X cannot be converted.*inhomogeneous",
        ),
        "one dimension": (
            {},
            lambda X: np.arange(5000.0),
            r"Got 1 dimension, shape \(5000,\). Reshape your data: X.reshape\(1, -1\)",
        ),
        "table without columns": (
            {},
            lambda X: pd.DataFrame(index=range(5)),
            "0 feature",
        ),
        "an estimator": ({}, lambda X: VAEClustering(), "X must be.*got VAEClustering"),
        "a class": ({}, lambda X: np.ndarray, "X must be.*got <class"),
        "a generator": (
            {},
            lambda X: (x for x in X),
            "got <generator.*Pass it as a list",
        ),
        "sparse": (
            {},
            lambda X: sparse.csr_array(X[:, 0, 0]),
            "got sparse data.*toarray",
        ),
        "sparse table": (
            {},
            table(v=pd.arrays.SparseArray(np.ones(9))),
            "sparse data in column 'v'.*to_dense",
        ),
        "table with text": (
            {},
            table(name="x"),
            "Column 'name' of X.*got text such as 'x'",
        ),
        "table of categories": (
            {},
            table(kind=pd.Categorical(["a", "b", "c"] * 3)),
            "Column 'kind' of X must be.*got text such as 'a'",
        ),
        "table with complex numbers": ({}, table(v=1j), "Column 'v' of X must be real"),
        "tensor without data": (
            {},
            lambda X: torch.zeros(9, 4, device="meta"),
            "X cannot be converted.*meta tensor",
        ),
        "infinity in one place": (
            {},
            lambda X: with_value(X, -np.inf),
            "infinity: 1 value in 1 of 36 samples, first in sample 3, channel 1, row 2",
        ),
        "width beyond the memory": (
            {
                "network": ConvNetworks(
                    channels=(10_000, 10_000), hidden_features=10_000
                )
            },
            lambda X: X,
            r"ConvNetworks\(channels=.* weights, which needs .* GB of memory, but",
        ),
        "networks without methods": (
            {"network": Networks()},
            lambda X: X,
            "must return a torch module with the methods assign.*got Linear",
        ),
    }
    | {
        f"{name}={value!r}": (
            {name: value},
            lambda X: X,
            f"'{name}'.*{re.escape(repr(value))}",
        )
        for name, value in [
            ("n_clusters", True),
            ("n_clusters", 3.0),
            ("n_clusters", 1001),
            ("latent_dim", True),
            ("latent_dim", 10**6),
            ("gamma_latent", True),
            ("gamma_balance", 1e300),
            ("n_init", 10**6),
            ("max_epochs", 10**12),
            ("learning_rate", 1e10),
            ("learning_rate", Fraction(1, 250)),
            ("field_shape", 144),
            ("network", None),
        ]
    }
    | {
        f"{network!r}": ({"network": network}, lambda X: X, message)
        for network, message in [
            (DenseNetworks(hidden_features=True), "'hidden_features'.*Got True"),
            (DenseNetworks(code_features=10**9), "'code_features'.*Got 1000000000"),
            (ConvNetworks(channels=64), "'channels'.*tuple of two.*Got 64"),
            (ConvNetworks(dropout=(0.5, float("nan"))), r"'dropout'.*Got \(0.5, nan\)"),
        ]
    }
)


@pytest.fixture
def no_training(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("training has started")

    monkeypatch.setattr(torch.optim, "Adam", refuse)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("no_training")
def test_bad_input_is_named_before_training(case, X):
    params, spoil, message = CASES[case]
    bad = spoil(X)
    before = copy.copy(bad) if isinstance(bad, np.ndarray) else None
    with pytest.raises((ValueError, TypeError), match=message):
        VAEClustering(**{"n_clusters": 3} | params).fit(bad)
    if isinstance(bad, np.ndarray):
        np.testing.assert_array_equal(bad, before)


# Other bad input.
@pytest.mark.usefixtures("no_training")
def test_fields_whose_samples_are_not_first(X):
    class Labelled(np.ndarray):
        dims = ("lat", "lon", "time")

    with pytest.raises(ValueError, match=r"first dimension of X must be.*'lat'"):
        VAEClustering(3).fit(X[:, 0].view(Labelled))


@pytest.mark.usefixtures("no_training")
def test_masked_in_some_samples(X):
    masked = np.ma.masked_array(X, mask=np.zeros(X.shape, dtype=bool), fill_value=-9e9)
    masked[3, 1, 2, 4] = np.ma.masked
    with pytest.raises(ValueError, match="first in sample 3, channel 1, row 2, col"):
        VAEClustering(3).fit(masked)


@pytest.mark.usefixtures("no_training")
def test_network_without_build(X):
    with pytest.raises((TypeError, ValueError), match=r"network|build"):
        VAEClustering(3, network=NoBuild()).fit(X)


@pytest.fixture(scope="module")
def model(quick, X):
    return quick(X)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "transform", "reconstruct", "score"]
)
def test_wrong_number_of_features_at_predict(model, X, method):
    with pytest.raises(ValueError, match="128 features, but VAEClustering is expec"):
        getattr(model, method)(X[..., :8])


def test_wrong_layout_at_predict(model, X):
    with pytest.raises(ValueError, match=r"\(2, 9, 8\)"):
        model.predict(X.reshape(36, 2, 9, 8))


@pytest.mark.parametrize("function", ["predict", "score", "transform"])
def test_other_types_at_predict(model, X, function):
    for bad in ("a.nc", xr.Dataset({"u": (("time", "x"), X[:, 0, 0])}), None):
        with pytest.raises(TypeError, match="X must be an array of numbers, got"):
            getattr(model, function)(bad)


def test_complex_fields_of_functions(X):
    with pytest.raises(ValueError, match=r"X must be real, got.*two channels"):
        cluster_means(X + 1j, np.arange(36) % 3)


def test_gap_at_predict(model, X):
    with pytest.raises(ValueError, match="NaN: 1 value in 1 of 36 samples"):
        model.predict(with_value(X, np.nan))


def test_wrong_latent_dimension(model):
    with pytest.raises(
        ValueError, match=r"shape \(n_samples, 2\).*got the shape \(1, 3\)"
    ):
        model.inverse_transform(np.zeros((1, 3)))


@pytest.mark.parametrize(
    "Z", [[0.0, 1.0], [["a", "b"]], [[0.0, np.nan]], None, np.zeros((0, 2))]
)
def test_wrong_latent_positions(model, Z):
    with pytest.raises((ValueError, TypeError), match=r"Z must (be|have)"):
        model.inverse_transform(Z)


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, True, "3", 10**12, 10**30])
def test_number_of_samples_to_draw(model, n_samples):
    with pytest.raises(ValueError, match=r"n_samples=.*must be|sample\(10+\) needs"):
        model.sample(n_samples)


def test_labelled_fields_without_channel():
    xr = pytest.importorskip("xarray")
    X = xr.DataArray(np.zeros((9, 4, 5)), dims=["time", "lat", "lon"])
    message = r"FieldClustering\(VAEClustering\(\)\).fit\(X\).*X.values\[:, None\]"
    with pytest.raises(ValueError, match=message):
        VAEClustering(3).fit(X)
