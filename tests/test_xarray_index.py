"""Tests of the regime index and of models from given patterns."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import DBSCAN, KMeans

import skvaeclust
from skvaeclust import VAEClustering
from skvaeclust.xarray import FieldClustering

DAYS = pd.date_range("2001-01-01", periods=120, freq="3D")
LAT = np.array([20.0, 50, 70])


@pytest.fixture(scope="module")
def wind():
    """Wind of three clusters with a mean and an annual cycle; land at one point."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 120)
    cycle = 10 + 4 * np.cos(2 * np.pi * DAYS.day_of_year.to_numpy() / 365.25)
    coords = {
        "time": DAYS,
        "lat": ("lat", LAT, {"units": "degrees_north"}),
        "lon": [0.0, 10, 20, 30],
    }
    fields = {}
    for name in "uv":
        patterns = 3 * rng.standard_normal((3, 3, 4))
        values = cycle[:, None, None] + patterns[kind] + rng.normal(size=(120, 3, 4))
        values[:, 0, 0] = np.nan
        fields[name] = (("time", "lat", "lon"), values, {"units": "m/s"})
    return xr.Dataset(fields, coords)


def kmeans(n=3):
    return KMeans(n, n_init=2, random_state=0)


def expected_index(anomalies, labels):
    """Compute the index from the formula, for the variables of a Dataset."""
    area = np.cos(np.deg2rad(anomalies.lat))
    projections = []
    for k in range(labels.max() + 1):
        pattern = anomalies.isel(time=labels == k).mean("time")
        products = (area * anomalies * pattern).sum(["lat", "lon"])
        projections.append(products.to_array().sum("variable"))
    found = xr.concat(projections, "cluster").transpose("time", "cluster")
    return (found - found.mean("time")) / found.std("time")


@pytest.mark.parametrize("n_components", [None, 4])
@pytest.mark.parametrize("climatology", [None, "mean", "month"])
def test_index_is_the_standardised_projection(wind, climatology, n_components):
    params = {"climatology": climatology, "n_components": n_components}
    model = FieldClustering(kmeans(), weights="coslat", **params).fit(wind)
    anomalies = wind - wind.mean("time")
    if climatology == "month":
        anomalies = wind.groupby("time.month") - wind.groupby("time.month").mean()
    index = model.regime_index(wind)
    expected = expected_index(anomalies, model.labels_.values)
    assert_allclose(index, expected, atol=1e-10)
    assert index.dims == ("time", "cluster")
    assert (index.name, index.units) == ("regime_index", "1")
    means = [
        anomalies.isel(time=model.labels_.values == k).mean("time") for k in range(3)
    ]
    for name in wind:
        maps = model.cluster_anomalies_[name]
        for k in range(3):
            assert_allclose(maps[k], means[k][name], atol=1e-10)
        assert maps.units == "m/s"


def test_variables_are_scaled(wind):
    both = wind.assign(v=(wind.v * 100).assign_attrs(units="cm/s"))
    params = {"climatology": "mean", "weights": "coslat", "scale": "variable"}
    model = FieldClustering(kmeans(), **params).fit(both)
    anomalies = both - both.mean("time")
    scaled = anomalies / np.sqrt((anomalies**2).mean())
    expected = expected_index(scaled, model.labels_.values)
    assert_allclose(model.regime_index(both), expected, atol=1e-10)


def test_forecasts_absent_samples_and_order(wind):
    gappy = wind.copy(deep=True)
    for name in wind:
        gappy[name][[3, 50]] = np.nan
    model = FieldClustering(kmeans(), climatology="mean", weights="coslat").fit(gappy)
    index = model.regime_index(gappy)
    assert np.isnan(index[[3, 50]]).all()
    present = index.dropna("time")
    assert present.sizes["time"] == 118
    assert_allclose(present.mean("time"), 0, atol=1e-12)
    assert_allclose(present.std("time"), 1)
    turned = gappy.isel(lat=[2, 0, 1], lon=slice(None, None, -1))[["v", "u"]]
    turned = turned.transpose("lon", "time", "lat")
    xr.testing.assert_allclose(model.regime_index(turned), index)
    lazy = model.regime_index(gappy.chunk(time=50))
    assert lazy.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), index)
    members = xr.concat([gappy, gappy.shift(time=1)], "member").expand_dims(lead=[0])
    found = model.regime_index(members)
    assert {*found.dims} == {"lead", "member", "time", "cluster"}
    assert_allclose(found.isel(lead=0, member=0).transpose("time", ...), index)
    one = model.regime_index(gappy.isel(time=7))
    assert_allclose(one, index[7])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "clusterer",
    [
        VAEClustering(3, n_init=1, max_epochs=8, random_state=0),
        DBSCAN(eps=1e-6),  # no clusters
        KMeans(3, init=np.eye(3, 11) * 0, n_init=1, max_iter=1),
    ],
)
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_other_clusterers_and_empty_clusters(wind, clusterer, tmp_path):
    model = FieldClustering(clusterer, climatology="mean").fit(wind[["u"]])
    index = model.regime_index(wind[["u"]])
    empty = model.weights_ == 0
    assert_array_equal(np.isnan(index).all("time"), empty)
    anomalies = wind[["u"]] - wind[["u"]].mean("time")
    for k in np.flatnonzero(~empty):
        pattern = anomalies.u[model.labels_.values == k].mean("time")
        products = (anomalies.u * pattern).sum(["lat", "lon"])
        expected = (products - products.mean()) / products.std()
        assert_allclose(index[:, k], expected, atol=1e-10)
    skvaeclust.save(model, tmp_path / "model.skv")
    loaded = skvaeclust.load(tmp_path / "model.skv")
    assert loaded.regime_index(wind[["u"]]).identical(index)


# Models from patterns


@pytest.mark.parametrize("source", ["cluster_anomalies_", "cluster_centers_"])
@pytest.mark.parametrize("climatology", [None, "mean", "month"])
def test_means_of_a_model_give_its_labels_and_index(wind, source, climatology):
    params = {"climatology": climatology, "weights": "coslat"}
    model = FieldClustering(kmeans(), **params).fit(wind)
    patterns = getattr(model, source)
    if source == "cluster_centers_" and climatology == "month":
        with pytest.warns(UserWarning, match="taken as fields"):
            FieldClustering.from_patterns(patterns, reference=wind, **params)
        params["anomalies"] = False
    given = FieldClustering.from_patterns(patterns, reference=wind, **params)
    assert_array_equal(given.labels_, model.labels_)
    assert_array_equal(given.predict(wind), model.labels_)
    assert_allclose(given.regime_index(wind), model.regime_index(wind), atol=1e-9)
    centers = given.cluster_centers_
    xr.testing.assert_allclose(centers, model.cluster_centers_)
    if climatology != "month":
        means = FieldClustering.from_patterns(
            model.cluster_means_, reference=wind, **params
        )
        assert_array_equal(means.labels_, model.labels_)
        assert_allclose(means.regime_index(wind), model.regime_index(wind), atol=1e-9)


@pytest.fixture(scope="module")
def given(wind):
    model = FieldClustering(kmeans(), climatology="mean", weights="coslat").fit(wind)
    names = ["NAO +", "NAO -", "blocking"]
    return model.cluster_anomalies_.assign_coords(cluster=names)


def from_patterns(patterns, wind, **params):
    return FieldClustering.from_patterns(
        patterns, reference=wind, weights="coslat", **params
    )


def test_anomalies_and_fields_are_told_apart(wind, given):
    fields = given + wind.mean("time")
    for patterns in (given, fields):
        for factor in ([1, 1, 1], [0.5, 1, 2]):
            own = given * xr.DataArray(factor, dims="cluster") + (patterns - given)
            own = own.assign({n: own[n].assign_attrs(units="m/s") for n in own})
            known = from_patterns(own, wind, anomalies=patterns is given)
            found = from_patterns(own, wind)
            assert found.labels_.identical(known.labels_)
            index = known.regime_index(wind)
            assert found.regime_index(wind).identical(index)
    between = given + wind.mean("time") / 2
    with pytest.raises(ValueError, match="Cannot tell whether the patterns are anom"):
        from_patterns(between, wind)


def test_names_are_kept(wind, given, tmp_path):
    model = from_patterns(given, wind)
    assert model.labels_.flag_meanings == "NAO_+ NAO_- blocking"
    members = xr.concat([wind, wind.shift(time=1)], "member")
    for found in (
        model.regime_index(wind),
        model.cluster_means_,
        model.forecast(members),
        model.to_dataset(wind),
    ):
        assert_array_equal(found.cluster, given.cluster)
    forecast = model.forecast(members.isel(time=slice(1, None)))
    plain = from_patterns(given.drop_vars("cluster"), wind)
    expected = plain.forecast(members.isel(time=slice(1, None)))
    assert_array_equal(forecast.probability, expected.probability)
    assert_array_equal(forecast.representative, expected.representative)
    skvaeclust.save(model, tmp_path / "model.skv")
    loaded = skvaeclust.load(tmp_path / "model.skv")
    assert loaded.regime_index(wind).identical(model.regime_index(wind))
    model.to_dataset(wind).to_netcdf(tmp_path / "results.nc")


def test_patterns_are_aligned(wind, given):
    turned = given.isel(lat=[1, 2, 0], lon=slice(None, None, -1)).transpose("lon", ...)
    found = from_patterns(turned[["v", "u"]], wind).regime_index(wind)
    xr.testing.assert_allclose(found, from_patterns(given, wind).regime_index(wind))
    for other in (
        given.assign_coords(lat=given.lat + 1),
        given.isel(lon=slice(3)),
        given.drop_vars("lat"),
    ):
        with pytest.raises(ValueError, match=r"patterns must be on .*interp_like"):
            from_patterns(other, wind)
    with pytest.raises(ValueError, match="must have the dimension 'cluster'"):
        from_patterns(given.rename(cluster="regime"), wind)
    with pytest.raises(ValueError, match="'m/s' of fit, got 'km'"):
        from_patterns(given.assign(u=given.u.assign_attrs(units="km")), wind)
    with pytest.raises(ValueError, match="got the dimension 'lead'"):
        from_patterns(given.expand_dims(lead=2), wind)
    with pytest.raises(ValueError, match=r"got NaN in pattern 1 at .* lat=50"):
        from_patterns(given.where((given.cluster != "NAO -") | (given.lat < 50)), wind)
    with pytest.raises(ValueError, match=r"must differ, got \['a', 'b', 'a'\]"):
        from_patterns(given.assign_coords(cluster=[*"aba"]), wind)
    with pytest.raises(ValueError, match=r"assignment must be .* got 'angle'"):
        from_patterns(given, wind, assignment="angle")


def test_assignment_by_correlation(wind, given):
    scaled = given * xr.DataArray([100.0, 1, 0.01], dims="cluster")
    for name in given:
        scaled[name].attrs = given[name].attrs
    model = from_patterns(scaled, wind, assignment="correlation")
    area = np.cos(np.deg2rad(wind.lat))
    products = []
    for name in wind:
        rest = [wind[name] - wind[name].mean("time"), scaled[name]]
        a, b = (x - x.weighted(area).mean(["lat", "lon"]) for x in rest)
        products.append(
            [(area * x * y).sum(["lat", "lon"]) for x, y in ((a, b), (a, a), (b, b))]
        )
    ab, aa, bb = (sum(terms) for terms in zip(*products, strict=True))
    expected = (ab / np.sqrt(aa * bb)).argmax("cluster")
    assert_array_equal(model.labels_, expected)
    assert len(np.unique(model.labels_)) > 1
    nearest = from_patterns(scaled, wind)
    assert not (nearest.labels_ == expected).all()
    with pytest.raises(ValueError, match="assignment='correlation' compares anomalies"):
        from_patterns(given, wind, assignment="correlation", n_components=3)
    with pytest.raises(ValueError, match="assignment='correlation' compares anomalies"):
        from_patterns(given, wind, assignment="correlation", climatology=None)


@pytest.mark.filterwarnings("ignore:Clusters with fewer")
@pytest.mark.parametrize("assignment", ["distance", "correlation"])
def test_the_first_of_equal_patterns_is_chosen(wind, given, assignment):
    twice = given.isel(cluster=[1, 0, 1, 0]).drop_vars("cluster")
    model = from_patterns(twice, wind, assignment=assignment)
    assert_array_equal(np.unique(model.labels_), [0, 1])
    assert_array_equal(model.weights_[2:], 0)
    index = model.regime_index(wind)
    assert_allclose(index[:, 2], index[:, 0])
    nothing = given.copy(data={name: 0 * given[name].values for name in given})
    model = from_patterns(nothing, wind, assignment=assignment)
    assert (model.labels_ == 0).all()
    assert np.isnan(model.regime_index(wind)).all()


def test_representatives_are_those_nearest_to_the_patterns(wind, given):
    patterns = given * 3  # far from the means of the samples
    patterns = given.copy(data={name: patterns[name].values for name in given})
    model = from_patterns(patterns, wind, scale=None)
    members = wind.rename(time="member").drop_vars("member")
    found = model.forecast(members.expand_dims("time")).representative
    area = np.cos(np.deg2rad(wind.lat))
    rest = wind - wind.mean("time") - patterns
    distance = (area * rest**2).sum(["lat", "lon"]).to_array().sum("variable")
    distance = distance.transpose("time", "cluster").values
    for k in range(3):
        own = np.flatnonzero(model.labels_.values == k)
        assert found[0, k] == own[distance[own, k].argmin()]
