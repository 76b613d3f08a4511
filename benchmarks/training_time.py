"""Time of a step, of a fit against the schedule of the founding study, and of stacks.

The study trains for 1000 epochs with batches of N / 3 and Gumbel samples. An epoch
of it is measured and multiplied. ``python benchmarks/training_time.py dense conv``
measures that; ``stack`` measures what several trainings cost that are stacked, and
``step`` a step of the convolutions at the size of the study: against a plain script,
and its rate of arithmetic against a large matrix product. ``--device cuda`` runs all
of it on a GPU.
"""

import argparse
import time
import warnings

import torch
import torch.nn.functional as F
from plain import N_EPOCHS, PlainTraining
from sklearn.exceptions import ConvergenceWarning
from torch.utils.flop_counter import FlopCounterMode

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering, _training
from skvaeclust._networks._model import Model
from skvaeclust._objective import sampled_terms
from skvaeclust._random import Streams
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import gaussian_surrogates

DEVICE = "cpu"


def estimator(n_clusters, **params):
    """Describe what is measured."""
    return VAEClustering(
        n_clusters, augmenter=PCScaledNoiseAugmenter(), device=DEVICE, **params
    )


def seconds(function, *args, **kwargs):
    """Seconds of a call, and what it gives."""
    start = time.perf_counter()
    result = function(*args, **kwargs)
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def fit_time(X, n_clusters=3, **params):
    """Seconds of a fit, and its number of epochs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        took, model = seconds(estimator(n_clusters, random_state=0, **params).fit, X)
    return took, model.n_iter_


def epoch_times(X, network, n_epochs):
    """Time an epoch with batches of N / 3: ours, and a bare loop of PyTorch."""
    bare = PlainTraining(X, 3, network=network, device=DEVICE)
    trainee, settings = bare.trainee, bare.problem.settings
    weights = trainee.model.weights()
    stack = Model.stack([trainee.model], [weights]).train()
    optimizer = torch.optim.Adam(weights, fused=True)

    def ours():
        _training.run_epoch(stack, [trainee], optimizer, settings)

    times = {"ours": [], "bare": []}
    for _ in range(n_epochs):  # in turn, so that both meet the same machine
        for name, epoch in (("ours", ours), ("bare", bare.run_epoch)):
            times[name].append(seconds(epoch)[0])
    return {name: sorted(values)[n_epochs // 2] for name, values in times.items()}


CONV = {
    "assignment": "gumbel",
    "gamma_balance": 1 / 10,
    "annealing": 1,
    "batch_size": 330,
    "learning_rate": 1e-3,
    "max_epochs": 40,
    "init": "random",
}


def compare_with_schedule(network):
    """Time an epoch against a bare loop, and fits against the study's schedule."""
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
        took, n_epochs = fit_time(X, network=network, n_init=n_init, **settings)
        print(
            f"   fit, n_init={n_init}: {took:.1f} s, {n_epochs} epochs; "
            f"the schedule takes {schedule / took:.1f} times as long",
            flush=True,
        )


def stack_times(n_epochs=10):
    """Restarts and surrogates on coastal data, stacked, for as many epochs each."""
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    took, n_used = fit_time(X, n_clusters=4, n_init=1)
    print(f"coastal, defaults with n_init=1: {took:.1f} s, {n_used} epochs")
    fixed = {
        "init": "random",
        "max_epochs": n_epochs,
        "n_iter_no_change": n_epochs,
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
    surrogates = gaussian_surrogates(X, 20, random_state=0)
    problems = [estimator(4, **fixed)._make_problem(data)[0] for data in surrogates]
    stacked, _ = seconds(train, problems)
    alone, _ = seconds(lambda: [train([problem]) for problem in problems])
    print(
        f"   20 surrogates: stacked {stacked:.1f} s, one by one {alone:.1f} s, "
        f"ratio {alone / stacked:.1f}"
    )


def train(problems):
    """Train a model of each problem."""
    restarts = [_training.Restart(problem, i) for i, problem in enumerate(problems)]
    return _training.run(restarts, lambda trainee: None)


def matrix_rate(size=4096):
    """Rate of a float32 matrix product, in Gflop/s."""
    a, b = torch.randn(2, size, size, device=DEVICE)
    return 2e-9 * size**3 / min(seconds(torch.mm, a, b)[0] for _ in range(5))


def plain_model(problem):
    """Make the model as a plain script has it, with the default memory layout."""
    model = _training.build_model(problem, 0).to(problem.device).train()
    model.to(memory_format=torch.contiguous_format)
    networks = model.networks
    networks._pad = lambda x: F.pad(x * networks.point_scale, networks.padding)
    return model


def step_times(n_rows, n_steps=6):
    """Time a step of full-width convolutions at the size of the study."""
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    model = estimator(4, init="random", network="conv", assignment="gumbel")
    problem, _ = model._make_problem(X)
    trainee = _training.prepare(0, _training.Restart(problem, 0))
    weights = trainee.model.weights()
    stack = Model.stack([trainee.model], [weights]).train()
    optimizer = torch.optim.Adam(weights, fused=True)
    streams, gammas = Streams([trainee.stream]), problem.settings.gammas
    in_stack = _training.stack_gammas([gammas], problem.device)
    rows = 3 * torch.arange(n_rows, device=problem.device)
    plain = plain_model(problem)
    plain_optimizer = torch.optim.Adam(plain.parameters())

    def draw():
        return _training.draw(trainee.pool, trainee.factor, rows, trainee.stream)

    def ours():
        batch = draw()[None]
        _training.step(stack, optimizer, batch, in_stack, problem.settings, streams)

    def bare():
        loss = sampled_terms(plain, draw(), 1.0, trainee.stream).mean().total(gammas)
        plain_optimizer.zero_grad()
        loss.backward()
        plain_optimizer.step()

    with FlopCounterMode(display=False) as counter:
        ours()
    bare()
    pairs = [(seconds(ours)[0], seconds(bare)[0]) for _ in range(n_steps)]
    mine, other = map(min, zip(*pairs, strict=True))
    rate, largest = 1e-9 * counter.get_total_flops() / mine, matrix_rate()
    print(
        f"conv, {n_rows} rows of {tuple(problem.x.shape[1:])}: a step {mine:.3f} s, of "
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
            for n_rows in (54, 300):  # a third of the samples; the batch of the docs
                step_times(n_rows)
        else:
            compare_with_schedule(part)
