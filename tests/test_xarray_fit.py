"""Tests of fits of labelled fields: all or nothing, searches, warnings."""

import inspect

import numpy as np
import pytest
import xarray as xr
from callbacks import StopAfter
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust._training import _restarts
from skvaeclust.xarray import (
    FieldClustering,
    FieldSamples,
    FieldTransformer,
    _clustering,
    _transformer,
)


def kmeans():
    return KMeans(2, n_init=1, random_state=0)


def vae():
    return VAEClustering(2, n_init=2, max_epochs=8, random_state=0)


def interrupt(*args):
    raise KeyboardInterrupt


# All or nothing


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_refit_that_fails_late_leaves_the_model_as_it_was(
    currents, monkeypatch, error
):
    def fail(*args):
        raise error

    model = FieldClustering(kmeans()).fit(currents)
    before = vars(model).copy()
    later = currents.isel(time=slice(20)) + 1
    with monkeypatch.context() as patch:
        patch.setattr(_clustering, "group_means", fail)
        with pytest.raises(error):
            model.fit(later)
        unfitted = FieldClustering(kmeans())
        with pytest.raises(error):
            unfitted.fit(later)
    assert not hasattr(unfitted, "transformer_")
    assert vars(model) == before
    assert model.predict(currents).identical(model.labels_)


def test_a_transformer_that_fails_late_is_as_it_was(currents, monkeypatch):
    transformer = FieldTransformer().fit(currents)
    before = vars(transformer).copy()
    with monkeypatch.context() as patch:
        patch.setattr(_transformer.Grid, "area", interrupt)
        with pytest.raises(KeyboardInterrupt):
            transformer.fit(currents.isel(time=slice(20)))
    assert vars(transformer) == before


def test_an_interrupted_refit_keeps_the_model(currents, monkeypatch):
    monkeypatch.setattr(_restarts, "_last_interrupt", -np.inf)
    model = FieldClustering(vae().set_callbacks(StopAfter(3, KeyboardInterrupt)))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(currents)
    before = vars(model).copy()
    monkeypatch.setattr(_restarts, "_last_interrupt", -np.inf)
    with pytest.raises(KeyboardInterrupt):
        model.fit(currents.isel(time=slice(30)))
    assert vars(model) == before


# Searches


def test_searches_do_not_split_the_grid(currents):
    u = currents.u.drop_vars(["lat", "lon"]).fillna(0).transpose("lat", "lon", "time")
    grid = {"estimator__n_components": [1, 2]}
    model = FieldClustering(GaussianMixture(2, reg_covar=1.0, random_state=0))
    search = GridSearchCV(model, grid, cv=2, error_score="raise")
    message = r"first dimension .* 'time', .* got \('lat', 'lon', 'time'\)"
    with pytest.raises(ValueError, match=message):
        search.fit(u)
    with pytest.raises(ValueError, match=message):
        FieldTransformer().fit(u)
    found = search.fit(FieldSamples(u)).cv_results_["mean_test_score"]
    search.fit(u.transpose("time", ...))
    assert_array_equal(found, search.cv_results_["mean_test_score"])
    located = u.assign_coords(lat=("lat", currents.lat.values))
    with pytest.raises(ValueError, match="'lat'"):
        search.fit(located)
    xr.testing.assert_equal(
        FieldClustering(kmeans()).fit(located).labels_,
        FieldClustering(kmeans()).fit(u.transpose("time", ...)).labels_,
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("step", "shape"),
    [(PCA(3), (3,)), (PCScaledNoiseAugmenter(2, random_state=0), (2, 4, 5))],
)
def test_pipelines_get_the_input_that_their_steps_take(currents, step, shape):
    fields = currents[["u", "v"]]
    model = FieldClustering(make_pipeline(step, vae())).fit(fields)
    assert model.predict(fields).identical(model.labels_)
    rows = shape == (3,)
    assert model.transformer_.output == ("rows" if rows else "fields")
    assert model.cluster_centers_.u.dims == ("cluster", "lat", "lon")


# Labels and warnings


def test_fit_predict_returns_the_labels(currents):
    labels = FieldClustering(kmeans()).fit_predict(currents)
    assert labels.identical(FieldClustering(kmeans()).fit(currents).labels_)
    assert labels.long_name == "cluster index, starting at 0"
    assert "DataArray" in inspect.getdoc(FieldClustering.fit_predict)


def test_clusters_that_are_pieces_of_the_record(currents):
    halves = currents.isel(time=np.argsort(currents.kind.values, kind="stable"))
    halves = halves.assign_coords(time=currents.time)
    message = r"fewer than 3 separate runs.* 0 \(1\), 1 \(1\)"
    with pytest.warns(UserWarning, match=message):
        FieldClustering(kmeans()).fit(halves)
    shuffled = halves.isel(time=np.random.default_rng(0).permutation(60))
    with pytest.warns(UserWarning, match=message):
        FieldClustering(kmeans()).fit(shuffled)
    FieldClustering(kmeans()).fit(halves.drop_vars(["time", "kind"]))
    FieldClustering(kmeans()).fit(currents)
