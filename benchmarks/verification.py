"""Life cycles and forecast skill against theory, simulations and other packages.

``python benchmarks/verification.py`` runs all parts (20 minutes on one core); ``python
benchmarks/verification.py cycles time`` runs some of them. "peers" needs xskillscore
0.0.29 and scores 2.7.0. Data are synthetic, with seeds from 1000 on.
"""

import argparse
import resource
import time

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter, uniform_filter1d
from scipy.signal import lfilter
from scipy.stats import multivariate_normal, norm
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from skvaeclust.composites import cluster_significance
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.sequences import life_cycles, persistence, transition_counts
from skvaeclust.verification import forecast_skill, reference_probabilities
from skvaeclust.xarray import FieldClustering

FIRST_SEED = 1000
FREQUENCIES = np.array([0.4, 0.3, 0.2, 0.1])
LEADS = np.arange(1, 11)
N_DAYS = 365


def cycles(n_samples=200_000):
    """Compare cycles of a first-order autoregressive index with closed forms."""
    for memory in (0.7, 0.9):
        rng = np.random.default_rng(FIRST_SEED)
        noise = np.sqrt(1 - memory**2) * rng.standard_normal((n_samples, 4))
        noise[0] = rng.standard_normal(4)
        index = lfilter([1], [1, -memory], noise, axis=0)
        for threshold in (0.5, 1.0, 1.5):
            both = multivariate_normal.cdf(
                [-threshold, -threshold], cov=[[1, memory], [memory, 1]]
            )
            above = norm.sf(threshold)
            table = life_cycles(index, threshold=threshold, min_duration=0).table
            mean = table.duration.mean() / (above / (above - both)) - 1
            total = table.duration.sum() / index.size / above - 1
            long = life_cycles(index, threshold=threshold, min_duration=5).table
            longer = long.duration.sum() / time_in_runs(index >= threshold, 5) - 1
            print(
                f"cycles, memory {memory}, threshold {threshold}: mean duration "
                f"{mean:+.2%}, time above {total:+.2%}, time in cycles of at least 5 "
                f"steps {longer:+.2%}"
            )


def time_in_runs(above, shortest):
    """Count the samples in runs of at least ``shortest`` samples."""
    total = 0
    for column in above.T:
        ends = np.flatnonzero(np.diff(np.pad(column.astype(int), 1)))
        lengths = np.diff(ends)[::2]
        total += lengths[lengths >= shortest].sum()
    return total


def forecast_dates(n_years, every):
    """Return dates of the truth, and days of a year on which forecasts start."""
    dates = np.datetime64("1980-01-01") + np.arange(N_DAYS * n_years)
    return dates, np.arange(0, 75, every)


def markov_labels(n_days, stay, rng):
    """Return labels that stay, or else are sampled by frequency."""
    new = rng.random(n_days) >= stay
    last = np.maximum.accumulate(np.where(new, np.arange(n_days), 0))
    return rng.choice(len(FREQUENCIES), size=n_days, p=FREQUENCIES)[last]


def autoregressive(shape, memory, rng):
    """Return Gaussian series along the first axis."""
    noise = np.sqrt(1 - memory**2) * rng.standard_normal(shape)
    noise[0] /= np.sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], noise, axis=0)


def simulate(rng, n_years=20, every=4, n_members=11, stay=0.8, memory=0.0):
    """Return truth, and an ensemble drawn from its climatology.

    With memory, forecasts that are valid on successive days have similar members.
    """
    dates, days = forecast_dates(n_years, every)
    truth = xr.DataArray(
        markov_labels(len(dates), stay, rng), {"time": dates}, ["time"]
    )
    start = (N_DAYS * np.arange(n_years)[:, None] + days).ravel()
    lead = ("lead", LEADS, {"units": "days"})
    shape = (len(start), len(LEADS), len(FREQUENCIES))
    coords = {"time": dates[start], "lead": lead}
    like = xr.DataArray(np.full(shape, 0.25), coords, ["time", "lead", "cluster"])
    expected = reference_probabilities(like, truth).values
    valid = start[:, None] + LEADS
    if memory:
        series = autoregressive((len(dates) + LEADS[-1], n_members), memory, rng)
        quantile = norm.cdf(series)[valid]
    else:
        quantile = rng.random((*valid.shape, n_members))
    limits = np.cumsum(expected, axis=-1)[:, :, None, :-1]
    members = np.eye(shape[-1])[(quantile[..., None] > limits).sum(axis=-1)]
    return like.expand_dims(member=n_members, axis=2).copy(data=members), truth


SIMULATIONS = {
    "independent members": {},
    "3 members": {"n_members": 3},
    "8 years": {"n_years": 8, "every": 2},
    "dependent starts": {"memory": 0.8},
    "dependent starts, weekly": {"memory": 0.8, "every": 7},
    "dependent starts, every other day": {"memory": 0.8, "every": 2, "n_years": 10},
    "dependent starts, residence of 14 days": {"memory": 0.9, "stay": 0.9},
}


def coverage(n_trials=400):
    """Print how often 95 % intervals of forecasts without skill contain 0."""
    for name, params in SIMULATIONS.items():
        inside = {"": [], "cluster_": []}
        for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
            forecasts, truth = simulate(np.random.default_rng(seed), **params)
            found = forecast_skill(
                forecasts, truth, n_resamples=300, random_state=seed
            ).to_dataset()
            for prefix, values in inside.items():
                low, high = (found[f"{prefix}skill_{end}"] for end in ("low", "high"))
                values.append(((low <= 0) & (high >= 0)).mean().item())
        print(
            f"coverage, {name}: {np.mean(inside['']):.1%} of leads, "
            f"{np.mean(inside['cluster_']):.1%} of clusters and leads"
        )


def reliable_forecasts(rng, n_years=20, every=4, n_members=None, stay=0.8):
    """Return truth, and forecasts with the probabilities of its Markov chain."""
    dates, days = forecast_dates(n_years, every)
    labels = markov_labels(len(dates) + LEADS[-1], stay, rng)
    start = (N_DAYS * np.arange(n_years)[:, None] + days).ravel()
    memory = stay ** LEADS[:, None]
    p = memory * np.eye(4)[labels[start]][:, None] + (1 - memory) * FREQUENCIES
    dims = ["time", "lead", "cluster"]
    if n_members is not None:
        quantile = rng.random((*p.shape[:2], n_members, 1))
        limits = np.cumsum(p, axis=-1)[:, :, None, :-1]
        p = np.eye(4)[(quantile > limits).sum(axis=-1)]
        dims.insert(2, "member")
    coords = {"time": dates[start], "lead": ("lead", LEADS, {"units": "days"})}
    truth = xr.DataArray(labels[: len(dates)], {"time": dates}, ["time"])
    return xr.DataArray(p, coords, dims), truth


def members(n_trials=100):
    """Print the skill of a perfect model by the number of members."""
    sizes = {"probabilities": None, **{f"{m} members": m for m in (2, 3, 5, 10, 51)}}
    for name, n_members in sizes.items():
        found = []
        for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
            rng = np.random.default_rng(seed)
            forecasts, truth = reliable_forecasts(rng, n_members=n_members)
            scores = forecast_skill(forecasts, truth, n_resamples=2, random_state=0)
            found.append(scores.to_dataset()["skill"].values[[0, 2, 6]])
        error = np.std(found, axis=0) / np.sqrt(n_trials)
        texts = [
            f"{m:.3f} ± {e:.3f}" for m, e in zip(np.mean(found, 0), error, strict=True)
        ]
        print(f"members, perfect model, {name}: skill {', '.join(texts)}")


def reliability(n_trials=400):
    """Print how often intervals of the reliability contain the diagonal."""
    settings = {
        "400 starts": (400, 1.5, 0.5),
        "1,600 starts": (1600, 1.5, 0.5),
        "100 starts": (100, 1.5, 0.5),
        "400 starts, less sharp": (400, 0.7, 0.5),
        "400 dependent starts": (400, 1.5, 0.9),
    }
    for name, (n_starts, spread, memory) in settings.items():
        inside = []
        for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
            rng = np.random.default_rng(seed)
            p = np.exp(spread * autoregressive((n_starts, 4), memory, rng))
            p /= p.sum(axis=1, keepdims=True)
            limits = np.cumsum(p, axis=1)[:, :-1]
            labels = (rng.random((n_starts, 1)) > limits).sum(axis=1)
            dates = np.datetime64("1900-01-01") + 30 * np.arange(n_starts)
            truth = xr.DataArray(labels, {"time": dates}, ["time"])
            forecasts = xr.DataArray(
                p[:, None],
                {"time": dates, "lead": ("lead", [0], {"units": "days"})},
                ["time", "lead", "cluster"],
            )
            result = forecast_skill(
                forecasts, truth, n_resamples=300, random_state=seed
            )
            found = result.reliability()
            p = found["probability"]
            covered = (found["low"] <= p) & (p <= found["high"])
            inside.append(covered.where(found["frequency"].notnull()).mean().item())
        print(f"reliability, {name}: {np.mean(inside):.1%} contain the diagonal")


def peers():
    """Print the largest difference from xskillscore and scores."""
    import scores
    import xskillscore

    rng = np.random.default_rng(FIRST_SEED)
    forecasts, truth = reliable_forecasts(rng, n_members=7)
    soft = forecasts + rng.random(forecasts.shape)
    soft = soft / soft.sum("cluster")
    valid = forecasts["time"] + forecasts["lead"] * np.timedelta64(1, "D")
    known = valid.isin(truth["time"]).all("lead")
    forecasts, soft, valid = (a[known] for a in (forecasts, soft, valid))
    observed = truth.sel(time=valid.values.ravel()).values.reshape(valid.shape)
    y = xr.DataArray(np.eye(4)[observed], valid.coords, ["time", "lead", "cluster"])
    for name, p in (("hard", forecasts), ("soft", soft)):
        ours = forecast_skill(p, truth, n_resamples=2).to_dataset()
        ours = ours["cluster_brier_score"]
        mean = p.mean("member")
        if name == "hard":
            theirs = {
                "xskillscore": xskillscore.brier_score(
                    y == 1, p == 1, member_dim="member", dim="time", fair=True
                ),
                "scores": scores.probability.brier_score_for_ensemble(
                    p, y, "member", 0.5, reduce_dims=["time"]
                ).isel(threshold=0),
            }
        else:  # both have fair scores of hard members only
            spread = (p.var("member", ddof=1) / p.sizes["member"]).mean("time")
            theirs = {
                "xskillscore": xskillscore.brier_score(y == 1, mean, dim="time")
                - spread,
                "scores": scores.probability.brier_score(mean, y, reduce_dims=["time"])
                - spread,
            }
        for package, score in theirs.items():
            difference = np.abs(ours.values - score.transpose("lead", "cluster").values)
            print(f"peers, {name} members, {package}: {difference.max():.1e}")


def large():
    """Print time and memory from fields to skill: 400 starts, 15 leads, 51 members."""
    import dask.array as da

    data = load_north_atlantic_slp(as_xarray=True)
    mixture = GaussianMixture(4, random_state=0)
    params = {"climatology": "month", "weights": "coslat", "n_components": 15}
    model = FieldClustering(mixture, **params).fit(data)
    first = [np.datetime64(f"{year}-12-01") for year in range(1980, 2020)]
    dates = (np.array(first)[:, None] + np.arange(90)).ravel()
    lead = np.arange(15)
    start = dates.reshape(40, 90)[:, :70:7].ravel()
    grid = {"lat": data.lat, "lon": data.lon}
    attrs = {"units": data.slp.attrs["units"]}

    def fields(seed, chunks, coords, dims):
        sizes = {"time": len(coords["time"]), "lead": 15, "member": 51}
        shape = [sizes.get(d) or data.sizes[d] for d in dims]
        values = da.random.default_rng(seed).normal(1013, 8, shape, chunks=chunks)
        return xr.DataArray(values.astype("f4"), coords, dims, "slp", attrs)

    begin = time.perf_counter(), time.process_time()
    analysis = fields(0, (500, 17, 33), {"time": dates} | grid, ["time", "lat", "lon"])
    hindcasts = fields(
        1,
        (5, 15, 51, 17, 33),
        {
            "time": start,
            "lead": ("lead", lead, {"units": "days"}),
            "valid_time": (("time", "lead"), start[:, None] + lead),
        }
        | grid,
        ["time", "lead", "member", "lat", "lon"],
    )
    truth = model.predict(analysis).compute()
    result = forecast_skill(model.predict_proba(hindcasts), truth, random_state=0)
    result.reliability([0, 7, 14])
    index = model.regime_index(analysis).compute()
    life_cycles(index, min_duration="3D")
    end = time.perf_counter(), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"large, {hindcasts[..., 0, 0].size} fields of {result.outcomes.shape[0]} "
        f"starts: {end[0] - begin[0]:.0f} s, {end[1] - begin[1]:.0f} s of processor "
        f"time, {memory:.2f} GiB"
    )


def limits(n_trials=100):
    """Print what common habits find in noise without regimes.

    Noise has one day of memory (lag-1 correlation 0.7), ten winters of 90 days, and is
    divided into four clusters by k-means.
    """
    winters = np.arange(900).reshape(10, 90)
    dates = np.datetime64("2000-12-01") + np.arange(90) + 365 * np.arange(10)[:, None]
    dates = dates.ravel()
    found = {"daily": [], "11-day mean": []}
    tests = {"the clustered field": [], "another field": []}
    for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
        rng = np.random.default_rng(seed)
        noise = np.stack([autoregressive((90, 8, 12), 0.7, rng) for _ in winters])
        smooth = gaussian_filter(noise, (0, 0, 1.5, 1.5)).reshape(900, -1)
        kmeans = KMeans(4, n_init=5, random_state=seed)
        labels = kmeans.fit_predict(smooth)
        other = np.stack([autoregressive((90, 8, 12), 0.7, rng) for _ in winters])
        other = gaussian_filter(other, (0, 0, 1.5, 1.5)).reshape(900, -1)
        for name, field in zip(tests, (smooth, other), strict=True):
            field = field.reshape(900, 1, 8, 12)
            tests[name].append(cluster_significance(field, labels).mean())
        filtered = uniform_filter1d(smooth.reshape(10, 90, -1), 11, axis=1)
        series = {"daily": labels}
        series["11-day mean"] = kmeans.fit_predict(filtered.reshape(900, -1))
        for name, clusters in series.items():
            table = persistence(clusters, time=dates, n_surrogates=200, random_state=0)
            found[name].append(
                [table["mean_residence"].mean(), (table["p_value"] < 0.05).mean()]
            )
    for name, values in found.items():
        mean, significant = np.mean(values, axis=0)
        print(
            f"limits, {name}: mean residence {mean:.1f} days, test of memory below "
            f"0.05 for {significant:.0%} of clusters"
        )
    for name, values in tests.items():
        print(f"limits, test on {name}: {np.mean(values):.0%} of points significant")


def gaps():
    """Print what happens if the gaps between winters are not known."""
    data = load_north_atlantic_slp(as_xarray=True)
    model = FieldClustering(
        KMeans(4, random_state=0),
        climatology="month",
        weights="coslat",
        n_components=15,
    )
    labels = model.fit(data).labels_
    for name, sequence in {"with": labels, "without": labels.values}.items():
        table = persistence(sequence, n_surrogates=1)
        print(
            f"gaps, {name} times: {table['n_runs'].sum()} runs, "
            f"{transition_counts(sequence).sum()} pairs of successive days"
        )


PARTS = {
    part.__name__: part
    for part in (cycles, coverage, members, reliability, limits, gaps, large, peers)
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()
