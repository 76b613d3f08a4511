"""Time and memory of a fit against the numbers of samples, features and restarts.

``python benchmarks/scaling.py`` measures each size in a separate process and saves a
plot, ``output/scaling.png``. The time per epoch is computed from the fastest of three
fits with 2 and with 6 epochs, so that it excludes the time needed once per fit, which
is printed separately. Memory is the peak of the process minus that before the fit.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import make_blobs

N_SAMPLES = (1_000, 3_000, 10_000, 30_000, 100_000)
N_FEATURES = (10, 30, 100, 300, 1_000)
N_INIT = (1, 2, 5, 10, 20)
BASE = {"n_samples": 1_000, "n_features": 100, "n_init": 1}


def peak():
    """Return the peak memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(n_samples, n_features, n_init):
    """Measure seconds per epoch and of the rest of a fit, and its memory, MB."""
    from skvaeclust import RandomInit, VAEClustering

    warnings.simplefilter("ignore")
    X, _ = make_blobs(n_samples, n_features, centers=5, cluster_std=3, random_state=0)
    init = RandomInit(tol=0, n_iter_no_change=99)
    params = {"init": init, "n_init": n_init, "random_state": 0}
    VAEClustering(5, max_epochs=1, **params).fit(X[:100])  # imports, first calls
    before, times = peak(), {2: [], 6: []}
    for n_epochs in 3 * list(times):
        start = time.perf_counter()
        VAEClustering(5, max_epochs=n_epochs, **params).fit(X)
        times[n_epochs].append(time.perf_counter() - start)
    epoch = (min(times[6]) - min(times[2])) / 4
    return {
        "epoch": epoch,
        "once": min(times[2]) - 2 * epoch,
        "memory": peak() - before,
        "data": X.nbytes / 2**20,
    }


def in_process(sizes):
    """Measure in a separate process, whose peak memory is that of the fit."""
    command = [sys.executable, __file__, "--one", json.dumps(sizes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return sizes | json.loads(done.stdout)


def slope(x, y):
    """Fit the exponent of y ~ x ** slope to the larger half of the sizes."""
    half = len(x) // 2
    return np.polyfit(np.log(x[half:]), np.log(np.maximum(y[half:], 1e-9)), 1)[0]


def plot(tables, path):
    """Plot time per epoch and memory against each size."""
    import matplotlib.pyplot as plt

    labels = {
        "n_samples": "samples N",
        "n_features": "features d",
        "n_init": "restarts n_init",
    }
    figure, axes = plt.subplots(
        2, 3, figsize=(9, 5), sharex="col", sharey="row", layout="constrained"
    )
    for (name, rows), (above, below) in zip(tables.items(), axes.T, strict=True):
        x = [row[name] for row in rows]
        above.loglog(x, [row["epoch"] for row in rows], "o-", color="#0072B2")
        below.loglog(x, [row["memory"] for row in rows], "o-", color="#D55E00")
        below.loglog(x, [row["data"] for row in rows], "--", color="0.4")
        below.set_xlabel(labels[name])
        rest = [
            f"{labels[key]} = {value}" for key, value in BASE.items() if key != name
        ]
        above.set_title("\n".join(rest), fontsize=9)
    axes[0, 0].set_ylabel("seconds per epoch")
    axes[1, 0].set_ylabel("memory (MB)")
    axes[1, 0].legend(["a fit needs", "the data themselves"], frameon=False, fontsize=8)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.2)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)


def main():
    """Measure all sizes; print and plot the results."""
    tables = {}
    sizes = {"n_samples": N_SAMPLES, "n_features": N_FEATURES, "n_init": N_INIT}
    for name, values in sizes.items():
        tables[name] = []
        for value in values:
            row = in_process(BASE | {name: value})
            tables[name].append(row)
            print(
                f"{name}={value}: {row['epoch']:.3f} s per epoch, {row['once']:.2f} s "
                f"once; {row['memory']:.0f} MB, the data {row['data']:.1f} MB",
                flush=True,
            )
        exponent = slope(values, [row["epoch"] for row in tables[name]])
        print(f"   seconds per epoch ~ {name} ** {exponent:.2f}")
    path = Path("output/scaling.png")
    plot(tables, path)
    print(f"saved {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=json.loads, help="sizes, for one measurement")
    sizes = parser.parse_args().one
    if sizes is None:
        main()
    else:
        print(json.dumps(measure(**sizes)))
