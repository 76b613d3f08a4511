"""Number of clusters of real fields, with all surrogates and for halves of the data.

``python benchmarks/real_fields.py`` uses the winter winds over the North Atlantic that
come with the package. ``--currents FILE`` adds surface currents, the first two
variables of a NetCDF file (needs xarray). ``--halves`` compares methods by the
agreement of halves of the winters, for the pressure. Each takes half an hour on 2
cores.
"""

import argparse
import time
import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.model_selection import choose_n_clusters, half_sample_agreement

NUMBERS = range(2, 7)


def north_atlantic():
    """Return anomalies of the wind from the mean of the month, and winters."""
    flow = load_north_atlantic_slp(geostrophic_wind=True)
    area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
    month = flow.time.astype("M8[M]").astype(int)
    winter = (month + 1) // 12  # December belongs to the next year
    return anomalies(flow.data * area, month % 12), winter


def currents(path):
    """Return anomalies of surface currents from the mean of the month, and months."""
    import xarray as xr

    with xr.open_dataset(path) as data:
        u, v = (data[name].values for name in list(data.data_vars)[:2])
        fields = np.stack([u, v], axis=1)
        month = data["time"].dt.month.values
    fields[:, np.isnan(fields).any(axis=0)] = np.nan
    return anomalies(fields, month), month


def anomalies(fields, month):
    """Subtract the mean of the calendar month."""
    fields = np.array(fields, dtype=float)
    for m in np.unique(month):
        fields[month == m] -= fields[month == m].mean(axis=0)
    return fields


def agreement_of_halves(X, first):
    """Fit each half with every number; compare predictions for all samples."""
    scores = []
    for number in NUMBERS:
        labels = [
            VAEClustering(number, augmenter=PCScaledNoiseAugmenter(2), random_state=0)
            .fit(X[half])
            .predict(X)
            for half in (first, ~first)
        ]
        scores.append(adjusted_rand_score(*labels))
    return np.array(scores)


def examine(name, X, period, step, n_jobs):
    """Print the results for a data set."""
    thinned = X[::step]
    print(f"{name}: {len(X)} samples; every {step}th for the number of clusters")
    for rows, which in ((thinned, "thinned"), (X, "all")):
        for surrogates in ("gaussian", "unimodal", "phase"):
            start = time.perf_counter()
            result = choose_n_clusters(
                rows, surrogates=surrogates, n_jobs=n_jobs, random_state=0
            )
            took = time.perf_counter() - start
            distinct = np.round(result.scores["distinctness"], 2)
            print(f"   {which}, {took:.0f} s: {result} T = {distinct}", flush=True)
            if len(result.surrogate_scores["elbo"]) == 0:
                print("   other kinds are omitted: no surrogates were needed")
                break
    rng = np.random.default_rng(0)
    halves = [rng.permutation(len(X)) < len(X) // 2 for _ in range(2)]
    random = np.mean([agreement_of_halves(X, half) for half in halves], axis=0)
    print(f"   agreement of random halves, by number of clusters: {random.round(2)}")
    periods = agreement_of_halves(X, period <= np.median(period))
    print(f"   agreement of the first and second half in time: {periods.round(2)}")


def pressure_halves(n_splits=5):
    """Print the agreement of clusterings of two halves of the winters."""
    flow = load_north_atlantic_slp()
    month = flow.time.astype("M8[M]").astype(int)
    area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
    pressure = anomalies(flow.pressure * area, month % 12)
    X, winter = pressure.reshape(len(month), -1), (month + 1) // 12
    for K in (3, 4, 5):
        methods = {
            "VAEClustering": VAEClustering(  # as in the tutorial
                K,
                augmenter=PCScaledNoiseAugmenter(2),
                max_epochs=50,
                random_state=0,
            ),
            "k-means, 15 PCs": make_pipeline(
                PCA(15, random_state=0), KMeans(K, n_init=20, random_state=0)
            ),
            "diagonal mixture, 15 PCs": make_pipeline(
                PCA(15, random_state=0),
                GaussianMixture(K, covariance_type="diag", n_init=10, random_state=0),
            ),
        }
        for name, method in methods.items():
            found = half_sample_agreement(
                method,
                X,
                groups=winter,
                n_splits=n_splits,
                n_surrogates=0 if name == "VAEClustering" else 99,
                n_jobs=2,
                random_state=0,
            )
            print(f"K = {K}, {name}: {found}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--currents", help="NetCDF file of surface currents")
    parser.add_argument("--halves", action="store_true", help="only halves of winters")
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.halves:
        pressure_halves()
    else:
        examine("North Atlantic", *north_atlantic(), 6, args.n_jobs)
    if args.currents:
        examine("currents", *currents(args.currents), 5, args.n_jobs)
