"""Time of a fit against the schedule of the founding study, a bare loop, and stacks.

The study trains for 1000 epochs with batches of N / 3 and Gumbel samples. An epoch
of it is measured and multiplied. ``python benchmarks/training_time.py dense conv``
measures that; ``stack`` measures what several trainings cost that are stacked.
"""

import argparse
import time
import warnings

import torch
from plain import N_EPOCHS, PlainTraining
from sklearn.exceptions import ConvergenceWarning

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering, _training
from skvaeclust._networks._model import Model
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import gaussian_surrogates


def fit_time(X, n_clusters=3, **params):
    """Seconds of a fit, and its number of epochs."""
    model = VAEClustering(
        n_clusters, augmenter=PCScaledNoiseAugmenter(), random_state=0, **params
    )
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)
    return time.perf_counter() - start, model.n_iter_


def epoch_times(X, network, n_epochs):
    """Seconds an epoch with batches of N / 3: ours, and a bare loop of PyTorch."""
    bare = PlainTraining(X, 3, network=network)
    trainee, settings = bare.trainee, bare.problem.settings
    stack = Model.stack([trainee.model]).train()

    def ours():
        _training.run_epoch(stack, [trainee], bare.optimizer, settings)

    times = {"ours": [], "bare": []}
    for _ in range(n_epochs):  # in turn, so that both meet the same machine
        for name, epoch in (("ours", ours), ("bare", bare.run_epoch)):
            start = time.perf_counter()
            epoch()
            times[name].append(time.perf_counter() - start)
    return {name: sorted(values)[n_epochs // 2] for name, values in times.items()}


CONV = {
    "assignment": "gumbel",
    "gamma_balance": 1 / 10,
    "annealing": 1,
    "batch_size": 330,
    "learning_rate": 1e-3,
    "max_epochs": 40,
}


def compare_with_schedule(network):
    """An epoch against a bare loop, and fits against the study's schedule."""
    X, _ = make_idealized_circulations(random_state=0, return_X_y=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if network == "dense" else threads)
    epochs = epoch_times(X, network, 50 if network == "dense" else 5)
    torch.set_num_threads(threads)
    schedule = N_EPOCHS * epochs["bare"]
    print(
        f"{network}: an epoch {epochs['ours']:.4f} s, of a bare loop "
        f"{epochs['bare']:.4f} s, ratio {epochs['ours'] / epochs['bare']:.2f}; "
        f"the study's schedule {schedule:.0f} s"
    )
    settings = {} if network == "dense" else CONV
    for n_init in (1, 3) if network == "dense" else (1,):
        seconds, n_epochs = fit_time(X, network=network, n_init=n_init, **settings)
        print(
            f"   fit, n_init={n_init}: {seconds:.1f} s, {n_epochs} epochs; "
            f"the schedule takes {schedule / seconds:.1f} times as long",
            flush=True,
        )


def stack_times(n_epochs=10):
    """Restarts and surrogates on coastal data, stacked, for as many epochs each."""
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    seconds, n_used = fit_time(X, n_clusters=4, n_init=1)
    print(f"coastal, defaults with n_init=1: {seconds:.1f} s, {n_used} epochs")
    fixed = {"max_epochs": n_epochs, "n_iter_no_change": n_epochs}
    times = {}
    for n_init in (1, 2, 5, 10):
        runs = [fit_time(X, n_clusters=4, n_init=n_init, **fixed)[0] for _ in range(3)]
        times[n_init] = sorted(runs)[1]
        print(
            f"   n_init={n_init}: {times[n_init]:.2f} s, "
            f"{times[n_init] / times[1]:.1f} times n_init=1",
            flush=True,
        )
    surrogates = gaussian_surrogates(X, 20, random_state=0)
    model = VAEClustering(4, augmenter=PCScaledNoiseAugmenter(), **fixed)
    problems = [model._make_problem(data) for data in surrogates]
    start = time.perf_counter()
    _training.run(problems, range(20), lambda trainee: None)
    stacked = time.perf_counter() - start
    start = time.perf_counter()
    for problem in problems:
        _training.run([problem], [0], lambda trainee: None)
    alone = time.perf_counter() - start
    print(
        f"   20 surrogates: stacked {stacked:.1f} s, one by one {alone:.1f} s, "
        f"ratio {alone / stacked:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["dense", "conv", "stack"])
    for part in parser.parse_args().parts:
        if part == "stack":
            stack_times()
        else:
            compare_with_schedule(part)
