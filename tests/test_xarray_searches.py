"""Tests of FieldClustering as an estimator: searches, model selection, displays."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.composites import (
    core_members,
    decoded_centers,
    ensemble_reconstruction,
    reconstruction_errors,
)
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    LatentSpaceDisplay,
    LossCurveDisplay,
    SeparationDisplay,
)
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_index,
    classifiability_report,
    classifiability_scorer,
    gaussian_surrogates,
    half_sample_agreement,
    phase_randomized_surrogates,
    select_classifiable,
    unimodal_surrogates,
)
from skvaeclust.xarray import FieldClustering, FieldSamples, FieldTransformer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def wind():
    """Wind of two clusters on 80 days of several years, land at one point."""
    rng = np.random.default_rng(0)
    sign = rng.choice([-1, 1], 80)[:, None, None]
    pattern = np.sin(np.arange(12.0)).reshape(3, 4)
    coords = {
        "time": pd.date_range("2001-01-01", periods=80, freq="15D"),
        "lat": [30.0, 40, 50],
        "lon": [0.0, 10, 20, 30],
    }
    fields = {}
    for name, mean in (("u", 5.0), ("v", -2.0)):
        values = mean + 3 * sign * pattern + rng.standard_normal((80, 3, 4))
        values[:, 0, 0] = np.nan
        fields[name] = (["time", "lat", "lon"], values, {"units": "m/s"})
    return xr.Dataset(fields, coords)


def vae(**params):
    defaults = {"n_init": 2, "max_epochs": 15, "random_state": 0}
    return VAEClustering(2, **(defaults | params))


@pytest.fixture(scope="module")
def model(wind):
    augmenter = PCScaledNoiseAugmenter(2, random_state=0)
    estimator = FieldClustering(vae(augmenter=augmenter), climatology="month")
    gappy = wind.copy(deep=True)
    for name in wind:
        gappy[name][5] = np.nan
    return estimator.fit(gappy), gappy


def mixture():
    return GaussianMixture(2, reg_covar=1.0, random_state=0)


def test_searches_over_a_data_array(wind):
    grid = {"estimator__n_components": [1, 2], "climatology": [None, "mean"]}
    search = GridSearchCV(FieldClustering(mixture()), grid, cv=3, error_score="raise")
    search.fit(wind.u)
    assert search.best_params_["estimator__n_components"] == 2
    best = search.best_estimator_
    assert_array_equal(search.predict(wind.u), best.labels_)
    assert_allclose(best.score(wind.u), best.score_samples(wind.u).mean())
    years = wind.time.dt.year
    search = GridSearchCV(FieldClustering(mixture()), grid, cv=GroupKFold(3))
    assert search.fit(wind.u, groups=years).best_index_ in range(4)


@pytest.mark.parametrize(
    "as_fields", [lambda data: data, lambda data: [data.u, data.v]]
)
def test_searches_over_datasets_and_lists(wind, as_fields):
    fields = as_fields(wind)
    samples = FieldSamples(fields)
    assert len(samples) == 80
    assert samples.shape == (80,)
    grid = {"estimator__n_components": [1, 2], "weights": [None, "coslat"]}
    search = GridSearchCV(FieldClustering(mixture()), grid, cv=2, error_score="raise")
    search.fit(samples, groups=None)
    assert search.best_params_["estimator__n_components"] == 2
    direct = FieldClustering(mixture(), **{"weights": None}).fit(fields)
    assert_array_equal(direct.predict(samples), direct.labels_)
    even, odd = np.arange(0, 80, 2), np.arange(1, 80, 2)
    scores = cross_val_score(direct, samples, cv=[(even, odd)])
    half = FieldClustering(mixture()).fit(wind.isel(time=even))
    assert_allclose(scores, half.score(wind.isel(time=odd)))
    labels = cross_val_predict(
        FieldClustering(KMeans(2, random_state=0)), samples, cv=2
    )
    assert labels.shape == (80,)
    with pytest.raises(ValueError, match="dim='date' must be a dimension"):
        FieldSamples(fields, "date")


def test_samples_that_are_not_first(wind):
    last = wind.u.transpose("lat", "lon", "time")
    samples = FieldSamples(last)
    assert samples[np.arange(4)].shape == (4,)
    scores = [
        cross_val_score(FieldClustering(mixture()), X, cv=2) for X in (samples, wind.u)
    ]
    assert_allclose(*scores)


def test_searches_by_classifiability(wind):
    search = GridSearchCV(
        FieldClustering(vae()),
        {"estimator__n_clusters": [2, 3]},
        scoring=classifiability_scorer,
        refit=select_classifiable,
        cv=all_samples_cv(FieldSamples(wind)),
    )
    search.fit(FieldSamples(wind))
    assert search.best_params_ == {"estimator__n_clusters": 2}
    report = classifiability_report(search)
    assert report.weights.shape == (2,)


def test_all_samples_of_fields_without_an_axis_of_samples(wind):
    for fields in (wind, [wind.u, wind.v]):
        with pytest.raises(TypeError, match=r"Wrap it: FieldSamples\(X\)"):
            all_samples_cv(fields)
    assert len(all_samples_cv(wind.u)[0][0]) == wind.sizes["time"]


def test_scores_are_those_of_the_clusterer_inside(model):
    model, data = model
    rows = model.transformer_.transform(data)
    rows = rows[~np.isnan(rows.reshape(80, -1)).all(axis=1)]
    inside = classifiability_scorer(model.estimator_, rows)
    assert classifiability_scorer(model, data) == inside
    reports = [
        classifiability_report(model, data),
        classifiability_report(model.estimator_, rows),
    ]
    assert_allclose(reports[0].ratios, reports[1].ratios)


def test_index_of_labelled_centres(wind):
    models = [
        FieldClustering(KMeans(3, random_state=seed)).fit(wind) for seed in range(2)
    ]
    centers = [model.cluster_centers_ for model in models]
    flat = [
        np.hstack([c[name].values.reshape(3, -1) for name in ("u", "v")])
        for c in centers
    ]
    index = classifiability_index(flat)
    assert_allclose(classifiability_index(centers), index)
    turned = centers[1][["v", "u"]].transpose("lon", "cluster", "lat")
    turned = turned.sortby("lat", ascending=False)
    assert_allclose(classifiability_index([centers[0], turned]), index)
    one = classifiability_index([c.u for c in centers], mean=wind.u.mean("time"))
    assert -1 <= one <= 1


def test_core_members_are_labelled(model):
    model, data = model
    core = core_members(model, data)
    rows = model.transformer_.transform(data)
    kept = np.delete(np.arange(80), 5)
    assert core.dims == ("time",)
    assert not core[5]
    assert_array_equal(core[kept], core_members(model.estimator_, rows[kept]))
    members = xr.concat([data.isel(time=slice(0, 7)), data.isel(time=slice(0, 7))], "m")
    found = core_members(model, members)
    assert set(found.dims) == {"m", "time"}
    assert_array_equal(found.isel(m=1).transpose("time"), core[:7])


def test_reconstruction_errors_of_each_variable(model, wind):
    model, data = model
    table = reconstruction_errors(model, data, X_train=data)
    assert table.index.names == ["variable", "cluster"]
    assert table.loc[("u", "all"), "n_samples"] == 79
    errors = table.drop(columns="n_samples").loc[[("u", "all"), ("v", "all")]]
    assert ((errors > 0.5) & (errors < 1.6)).all(axis=None)
    means = ensemble_reconstruction(model, data, X_train=data)
    expected = np.sqrt(((means.u - data.u) ** 2).mean())
    assert_allclose(table.loc[("u", "all"), "cluster mean"], expected)
    single = FieldClustering(vae()).fit(wind.u)
    table = reconstruction_errors(single, wind.u[:30], X_train=wind.u)
    assert table.index.names == ["cluster"]


def test_pipelines_that_start_with_a_field_transformer(wind):
    pipeline = make_pipeline(FieldTransformer(), vae()).fit(wind)
    model = FieldClustering(vae()).fit(wind)
    assert_array_equal(pipeline.predict(wind), model.labels_)
    tables = [reconstruction_errors(m, wind, X_train=wind) for m in (pipeline, model)]
    assert_allclose(*tables, rtol=1e-6)
    for weighted in (False, True):
        fields = [
            ensemble_reconstruction(m, wind, X_train=wind, weighted=weighted)
            for m in (pipeline, model)
        ]
        xr.testing.assert_allclose(*fields)
    centers = [decoded_centers(m, anomalies=True) for m in (pipeline, model)]
    assert_allclose(centers[0].u, centers[1].u, rtol=1e-5, atol=1e-5)
    assert np.sum(core_members(pipeline, wind)) == core_members(model, wind).sum()


def test_displays_take_the_model(model, wind):
    model, data = model
    LossCurveDisplay.from_estimator(model)
    SeparationDisplay.from_estimator(model, data)
    display = LatentSpaceDisplay.from_estimator(model, data)
    assert len(display.Z) == len(display.labels) == 79
    ClusterMapsDisplay.from_estimator(model, data)
    with pytest.raises(TypeError, match=r"KMeans has no history_\. Pass a fitted VAE"):
        LossCurveDisplay.from_estimator(FieldClustering(KMeans(2)).fit(wind))


def test_number_of_clusters_of_labelled_fields(wind):
    result = choose_n_clusters(
        wind,
        FieldClustering(vae(), climatology="mean", detrend=True),
        [2, 3],
        n_surrogates=4,
        random_state=0,
    )
    assert result.n_clusters == 2
    assert isinstance(result.estimator, FieldClustering)
    assert result.estimator.labels_.dims == ("time",)
    bare = choose_n_clusters(wind.u, vae(), [2, 3], n_surrogates=4, random_state=0)
    assert isinstance(bare.estimator, FieldClustering)
    piped = FieldClustering(make_pipeline(StandardScaler(), vae()), output="rows")
    found = choose_n_clusters([wind.u, wind.v], piped, [2], n_surrogates=4)
    assert found.candidates == [2]


def test_half_sample_agreement_with_surrogates(wind):
    estimator = FieldClustering(KMeans(2, n_init=3, random_state=0), detrend=True)
    result = half_sample_agreement(
        estimator,
        wind.transpose("lat", "lon", "time"),
        groups=wind.time.dt.year,
        n_splits=2,
        random_state=0,
    )
    assert result.agreements.min() > 0.9
    assert result.surrogate_agreements.mean() < 0.9
    bare = half_sample_agreement(KMeans(2), wind, n_splits=1, n_surrogates=0)
    assert bare.agreement > 0.9


@pytest.mark.parametrize(
    "function",
    [gaussian_surrogates, unimodal_surrogates, phase_randomized_surrogates],
)
def test_surrogates_have_the_labels_of_the_data(wind, function):
    found = function(wind.u, 2, random_state=0)
    assert found.dims == ("surrogate", *wind.u.dims)
    xr.testing.assert_equal(found.time, wind.time)
    assert found.attrs["units"] == "m/s"
    assert found.name == "u"
    assert found[:, :, 0, 0].isnull().all()
    rows = wind.u.values.reshape(80, -1)
    plain = function(rows, 2, random_state=0)
    assert_allclose(found.values.reshape(2, 80, -1), plain, atol=1e-10)
    both = function(wind, 1, random_state=0)
    assert isinstance(both, xr.Dataset)
    assert both.v.dims == ("surrogate", *wind.v.dims)
    with pytest.raises(ValueError, match=r"first dimension of X .* got 'lat'"):
        function(wind.u.transpose("lat", "lon", "time"))


def test_surrogates_keep_the_covariance_of_anomalies(wind):
    seasonal = wind.u + 50 * np.cos(2 * np.pi * wind.time.dt.dayofyear / 365)
    estimator = FieldClustering(KMeans(2, random_state=0), climatology="dayofyear")
    from skvaeclust._resampling._labelled import surrogate

    made = surrogate(estimator, seasonal, "time", gaussian_surrogates, 0)
    rows = [
        FieldTransformer(climatology="dayofyear", scale=None).fit_transform(fields)
        for fields in (seasonal, made)
    ]
    assert_allclose(np.cov(rows[1].T), np.cov(rows[0].T), rtol=0.4, atol=0.4)
    labels = [estimator.fit(fields).labels_.values for fields in (seasonal, made)]
    assert adjusted_rand_score(*labels) < 0.5
