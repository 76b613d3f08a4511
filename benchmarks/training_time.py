"""Time of fits, of stacked restarts and of single steps.

``python benchmarks/training_time.py dense conv`` compares fits with the schedule of the
founding study: 1000 epochs with batches of N / 3 and Gumbel samples, extrapolated from
single epochs. ``stack`` measures several restarts that are trained as one stack.
``step`` measures a step of the convolutions at the size of the study, compared with a
plain script, and its arithmetic rate, compared with a large matrix product. ``--device
cuda`` runs all parts on a GPU. The time per epoch is computed from a long and a short
fit.
"""

import argparse
import time
import warnings

import torch
from plain import N_COPIES, N_EPOCHS, PlainTraining
from sklearn.exceptions import ConvergenceWarning
from torch.utils.flop_counter import FlopCounterMode

from skvaeclust import PCScaledNoiseAugmenter, RandomInit, VAEClustering
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations

DEVICE = "cpu"
STUDY = {
    # No early stopping.
    "init": RandomInit(
        annealing=1, gumbel_temperature=1, tol=0, n_iter_no_change=10**6
    ),
    "n_init": 1,
    "latent_dim": 2,
    "gamma_balance": 0,
}


def seconds(function, *args, **kwargs):
    """Return the seconds of a call, and its result."""
    start = time.perf_counter()
    result = function(*args, **kwargs)
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def fit_time(X, n_clusters=3, n_copies=N_COPIES, **params):
    """Return the seconds of a fit, and its number of epochs."""
    model = VAEClustering(
        n_clusters,
        augmenter=PCScaledNoiseAugmenter(n_copies),
        device=DEVICE,
        random_state=0,
        **params,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        took, model = seconds(model.fit, X)
    return took, model.n_iter_


def epoch_time(X, n_epochs, **params):
    """Return the seconds per epoch of a fit with the settings of the study."""
    short, long = (
        fit_time(X, **STUDY | params, max_epochs=n)[0] for n in (2, 2 + n_epochs)
    )
    return (long - short) / n_epochs


CONV = {
    "init": RandomInit(annealing=1, gumbel_temperature=1),
    "gamma_balance": 1 / 10,
    "batch_size": 330,
    "learning_rate": 1e-3,
    "max_epochs": 40,
}


def compare_with_schedule(network):
    """Compare an epoch with a bare loop, and fits with the schedule of the study."""
    X, _ = make_idealized_circulations(random_state=0, return_X_y=True)
    n_epochs = 100 if network == "dense" else 5
    bare = PlainTraining(X, 3, network=network, device=DEVICE)
    threads = torch.get_num_threads()
    ours, bares = [], []
    for _ in range(3):  # in turn, so that conditions are equal
        batch_size = -(-(1 + N_COPIES) * len(X) // 3)
        ours.append(epoch_time(X, n_epochs, network=network, batch_size=batch_size))
        torch.set_num_threads(1 if network == "dense" else threads)
        bares += [seconds(bare.run_epoch)[0] for _ in range(n_epochs)]
        torch.set_num_threads(threads)
    mine, other = sorted(ours)[1], sorted(bares)[len(bares) // 2]
    schedule = N_EPOCHS * other
    print(
        f"{network}: an epoch {mine:.4f} s, of a bare loop {other:.4f} s, ratio "
        f"{mine / other:.2f}; the study's schedule {schedule:.0f} s"
    )
    settings = {} if network == "dense" else CONV
    for n_init in (1, 3) if network == "dense" else (1,):
        took, n_epochs = fit_time(X, network=network, n_init=n_init, **settings)
        print(
            f"   fit, n_init={n_init}: {took:.1f} s, {n_epochs} epochs; "
            f"the schedule takes {schedule / took:.1f} times as long",
            flush=True,
        )


def stack_times(n_epochs=10):
    """Time restarts on coastal data as one stack, with equal numbers of epochs."""
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    took, n_used = fit_time(X, n_clusters=4, n_init=1)
    print(f"coastal, defaults with n_init=1: {took:.1f} s, {n_used} epochs")
    fixed = {
        "init": RandomInit(n_iter_no_change=n_epochs),
        "max_epochs": n_epochs,
    }
    times = {}
    for n_init in (1, 2, 5, 10):
        runs = [fit_time(X, n_clusters=4, n_init=n_init, **fixed)[0] for _ in range(3)]
        times[n_init] = sorted(runs)[1]
        print(
            f"   n_init={n_init}: {times[n_init]:.2f} s, "
            f"{times[n_init] / times[1]:.1f} times n_init=1",
            flush=True,
        )


def matrix_rate(size=4096):
    """Measure the rate of a float32 matrix product, in Gflop/s."""
    a, b = torch.randn(2, size, size, device=DEVICE)
    return 2e-9 * size**3 / min(seconds(torch.mm, a, b)[0] for _ in range(5))


def step_times(n_rows):
    """Time a step of full-width convolutions at the size of the study."""
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    n_steps = -(-2 * len(X) // n_rows)  # with one copy
    n_rows = -(-2 * len(X) // n_steps)  # batches are nearly equal
    plain = PlainTraining(
        X, 4, network="conv", n_batches=n_steps, n_copies=1, device=DEVICE
    )
    with FlopCounterMode(display=False) as counter:
        plain.step(plain.x[torch.arange(n_rows) % len(X)])
    pairs = [
        (
            epoch_time(
                X, 1, n_clusters=4, n_copies=1, network="conv", batch_size=n_rows
            ),
            seconds(plain.run_epoch)[0],
        )
        for _ in range(3)
    ]
    mine, other = (min(times) / n_steps for times in zip(*pairs, strict=True))
    rate, largest = 1e-9 * counter.get_total_flops() / mine, matrix_rate()
    print(
        f"conv, {n_rows} rows of {X.shape[1:]}: a step {mine:.3f} s, of "
        f"a plain script {other:.3f} s, ratio {mine / other:.2f}; {rate:.0f} Gflop/s, "
        f"{rate / largest:.0%} of a matrix product's {largest:.0f}",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["dense", "conv", "stack", "step"])
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    DEVICE = args.device
    for part in args.parts:
        if part == "stack":
            stack_times()
        elif part == "step":
            for n_rows in (54, 300):  # a third of the samples; batch size of the docs
                step_times(n_rows)
        else:
            compare_with_schedule(part)
