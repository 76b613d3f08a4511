"""What searches with `select_classifiable` choose, and how long they take.

``python benchmarks/searches.py latent_dim`` lets a search choose the latent dimension
of idealised circulations, for which two suffice, on ten data sets;
``python benchmarks/searches.py grid`` times a search of 24 candidates on coastal
circulations. Without a name, both run.
"""

import argparse
import time
import warnings

from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import (
    all_samples_cv,
    classifiability_scores,
    select_classifiable,
)

SCORES = ("distinctness", "separation", "agreement", "smallest_share")


def search(estimator, grid, X, n_jobs):
    """A search that fits and scores on all samples, and its seconds."""
    start = time.perf_counter()
    found = GridSearchCV(
        estimator,
        grid,
        scoring=classifiability_scores,
        refit=select_classifiable,
        cv=all_samples_cv(X),
        n_jobs=n_jobs,
    ).fit(X)
    return found, time.perf_counter() - start


def choose_latent_dim(n_seeds, n_jobs):
    """The lowest latent dimension that satisfies the conditions, by data set."""
    chosen = []
    for seed in range(n_seeds):
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


def time_grid(n_jobs):
    """24 candidates on the easy coastal data, of which 4 clusters are true.

    Three copies are enough to compare.
    """
    X, y = make_coastal_circulations(freedom=0.0, random_state=0, return_X_y=True)
    grid = {
        "n_clusters": [2, 3, 4, 5],
        "latent_dim": [2, 3, 4],
        "gamma_latent": [1 / 60, 1 / 30],
    }
    model = VAEClustering(augmenter=PCScaledNoiseAugmenter(3), random_state=0)
    found, took = search(model, grid, X, n_jobs)
    for i, params in enumerate(found.cv_results_["params"]):
        scores = [f"{found.cv_results_[f'mean_test_{name}'][i]:.2f}" for name in SCORES]
        print("  ", params, *scores)
    ari = adjusted_rand_score(y, found.best_estimator_.labels_)
    print(
        f"coastal, {len(found.cv_results_['params'])} candidates: {took / 60:.1f} min; "
        f"chosen {found.best_params_}, ARI {ari:.2f}"
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
        time_grid(args.n_jobs)
