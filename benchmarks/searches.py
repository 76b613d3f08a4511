"""Results and times of searches with `select_classifiable`.

``python benchmarks/searches.py latent_dim`` searches for the latent dimension of
idealised circulations, for which two is sufficient. ``python benchmarks/searches.py
grid`` times a search of 24 candidates on coastal circulations, which have four
clusters. Without a name, both run, on ten data sets each, with seeds from 1000 on.
"""

import argparse
import time
import warnings

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import (
    all_samples_cv,
    classifiability_scorer,
    select_classifiable,
)

FIRST_SEED = 1000


def search(estimator, grid, X, n_jobs):
    """Search on all samples; return the search and its time in seconds."""
    start = time.perf_counter()
    found = GridSearchCV(
        estimator,
        grid,
        scoring=classifiability_scorer,
        refit=select_classifiable,
        cv=all_samples_cv(X),
        n_jobs=n_jobs,
    ).fit(X)
    return found, time.perf_counter() - start


def choose_latent_dim(n_seeds, n_jobs):
    """Choose the lowest latent dimension that satisfies the conditions."""
    chosen = []
    for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
        X, y = make_idealized_circulations(random_state=seed, return_X_y=True)
        model = VAEClustering(3, augmenter=PCScaledNoiseAugmenter(), random_state=seed)
        found, took = search(model, {"latent_dim": [2, 3, 4, 6]}, X, n_jobs)
        chosen.append(found.best_params_["latent_dim"])
        ari = adjusted_rand_score(y, found.best_estimator_.labels_)
        print(
            f"   data set {seed}: latent_dim {chosen[-1]}, ARI {ari:.2f}, {took:.0f} s",
            flush=True,
        )
    print(
        f"idealised: latent_dim 2 chosen for {chosen.count(2)} of {n_seeds} data sets"
    )


def time_grid(n_seeds, n_jobs):
    """Search among 24 candidates for each of the easy coastal data sets."""
    grid = {
        "n_clusters": [2, 3, 4, 5],
        "latent_dim": [2, 3, 4],
        "gamma_latent": [1 / 60, 1 / 30],
    }
    model = VAEClustering(augmenter=PCScaledNoiseAugmenter(2), random_state=0)
    right, times = 0, []
    for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
        X, y = make_coastal_circulations(
            freedom=0.0, random_state=seed, return_X_y=True
        )
        found, took = search(model, grid, X, n_jobs)
        ari = adjusted_rand_score(y, found.best_estimator_.labels_)
        right += found.best_params_["n_clusters"] == 4 and ari > 0.97
        times.append(took)
        print(
            f"   data set {seed}: {found.best_params_}, ARI {ari:.2f}, {took:.0f} s",
            flush=True,
        )
    print(
        f"coastal easy, 24 candidates: four clusters and ARI > 0.97 on {right} of "
        f"{n_seeds}, median {np.median(times):.0f} s, longest {max(times):.0f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["latent_dim", "grid"])
    parser.add_argument("--n-seeds", type=int, default=10)
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if "latent_dim" in args.parts:
        choose_latent_dim(args.n_seeds, args.n_jobs)
    if "grid" in args.parts:
        time_grid(args.n_seeds, args.n_jobs)
