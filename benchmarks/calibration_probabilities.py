"""Calibration of predict_proba on unseen samples of data with known clusters."""

import warnings

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment, minimize_scalar
from scipy.special import log_softmax
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.composites import is_unassigned
from skvaeclust.datasets import make_coastal_circulations

FIRST_SEED = 1000
N_UNSEEN = 2000


def gaussian(n, n_features, distance, weights, seed):
    """Return Gaussian clusters with centres on axes, and unseen samples."""
    rng = np.random.default_rng(seed)
    y = rng.choice(len(weights), n + N_UNSEEN, p=np.divide(weights, sum(weights)))
    X = rng.standard_normal((len(y), n_features))
    X[np.arange(len(y)), y] += distance
    return X[:n], y[:n], X[n:], y[n:]


def coastal(n, seed, **params):
    """Return coastal circulations, and unseen ones."""
    X, y = make_coastal_circulations(
        n + N_UNSEEN, random_state=seed, return_X_y=True, **params
    )
    return X[:n], y[:n], X[n:], y[n:]


# Data, largest calibration error asked for, whether clusters overlap.
SETS = {
    "3 Gaussian clusters, centres 2.3": (
        lambda seed: gaussian(600, 20, 2.3, [1, 1, 1], seed),
        0.02,
    ),
    "centres 3.0": (lambda seed: gaussian(600, 20, 3.0, [1, 1, 1], seed), 0.02),
    "centres 3.0, sizes 6:3:1": (
        lambda seed: gaussian(600, 20, 3.0, [6, 3, 1], seed),
        0.02,
    ),
    "4 clusters in 60 dimensions, n = 150": (
        lambda seed: gaussian(150, 60, 3.5, [1] * 4, seed),
        0.02,
    ),
    "coastal": (lambda seed: coastal(164, seed), 0.005),
    "coastal, background 0.15": (
        lambda seed: coastal(164, seed, background_scale=0.15),
        0.04,
    ),
}


def calibration_error(p, y, n_bins=10):
    """Compute the expected calibration error of the largest probability."""
    largest, right = p.max(axis=1), p.argmax(axis=1) == y
    number = np.minimum((largest * n_bins).astype(int), n_bins - 1)
    gap = np.bincount(number, right - largest, minlength=n_bins)
    return np.abs(gap).sum() / len(y)


def best_temperature(p, y):
    """Find the temperature with the lowest log loss."""
    log_p, index = np.log(np.maximum(p, 1e-300)), np.arange(len(y))

    def log_loss(t):
        return -log_softmax(log_p / np.exp(t), axis=1)[index, y].mean()

    return float(np.exp(minimize_scalar(log_loss, bounds=(-3, 3)).x))


def tempered(p, temperature):
    """Return the probabilities at another temperature."""
    return np.exp(log_softmax(np.log(np.maximum(p, 1e-300)) / temperature, axis=1))


def brier(p, y):
    """Compute the Brier score, summed over clusters."""
    return np.square(p - np.eye(p.shape[1])[y]).sum(axis=1).mean()


def named(p, labels, y):
    """Order the columns of probabilities as the true clusters."""
    counts = np.zeros((p.shape[1],) * 2)
    np.add.at(counts, (labels, y), 1)
    return p[:, linear_sum_assignment(-counts.T)[1]]


def describe(p, y):
    """Compute all figures of the probabilities of unseen samples."""
    temperature = best_temperature(p, y)
    best = tempered(p, temperature)
    return {
        "calibration error": calibration_error(p, y),
        "temperature that fits": temperature,
        "Brier score over the best": brier(p, y) / brier(best, y),
        "fraction misassigned": (p.argmax(axis=1) != y).mean(),
    }


def measure(name, seed):
    """Measure one data set: before and after calibration, and the mixture."""
    X, y, unseen, truth = SETS[name][0](seed)
    K = y.max() + 1
    copies = PCScaledNoiseAugmenter() if X.ndim == 4 else None
    model = VAEClustering(K, augmenter=copies, random_state=seed).fit(X)
    p = named(model.predict_proba(unseen), model.labels_, y)
    found = {"calibrated": p, "not calibrated": tempered(p, 1 / model.temperature_)}
    rows, new = (values.reshape(len(values), -1) for values in (X, unseen))
    valid = ~np.isnan(rows).any(axis=0)
    pca = PCA(10, random_state=0).fit(rows[:, valid])
    mixture = GaussianMixture(K, covariance_type="diag", n_init=10, random_state=seed)
    labels = mixture.fit_predict(pca.transform(rows[:, valid]))
    q = mixture.predict_proba(pca.transform(new[:, valid]))
    found["diagonal mixture"] = named(q, labels, y)
    return {method: describe(p, truth) for method, p in found.items()}


def unassigned(seed):
    """Measure the fraction of unseen samples that are unassigned by their score."""
    X, _, unseen, _ = gaussian(150, 60, 3.5, [1] * 4, seed)
    model = VAEClustering(4, random_state=seed).fit(X)
    return is_unassigned(model, unseen, X_train=X, min_robustness=0).mean()


def rows(trials):
    """Return the table of medians over seeds."""
    warnings.simplefilter("ignore")
    seeds = range(FIRST_SEED, FIRST_SEED + max(3, trials // 40))
    asked = {
        "temperature that fits": "0.8 to 1.25 where clusters overlap",
        "Brier score over the best": "1.05",
    }
    records = []
    for name, (_, largest) in SETS.items():
        results = [measure(name, seed) for seed in seeds]
        for method in results[0]:
            middle = pd.DataFrame([r[method] for r in results]).median()
            for figure, value in middle.items():
                limit = largest if figure == "calibration error" else asked.get(figure)
                limit = limit if method == "calibrated" else None
                setting = f"{name}; {method}"
                records.append(("probabilities", setting, figure, value, limit))
    fraction = np.mean([unassigned(seed) for seed in seeds])
    setting = "4 clusters in 60 dimensions, n = 150"
    figure = "unseen samples unassigned by their score"
    records.append(("probabilities", setting, figure, fraction, 0.05))
    return pd.DataFrame(
        records, columns=["part", "setting", "figure", "value", "asked"]
    )


if __name__ == "__main__":
    print(rows(400).to_string())
