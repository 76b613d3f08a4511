"""Markov chains of clusters, for tests of statistics."""

import numpy as np

STAY = np.array([0.8, 0.7, 0.75, 0.6])
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def markov(n_samples, seed, preferred=None):
    """Return labels that leave i for j with a probability proportional to WEIGHTS[j].

    Also returns the stationary distribution. The pair ``preferred`` is 8 times as
    probable.
    """
    leave = np.tile(WEIGHTS, (4, 1)) * ~np.eye(4, dtype=bool)
    if preferred is not None:
        leave[preferred] *= 8
    leave /= leave.sum(axis=1, keepdims=True)
    chances = np.diag(STAY) + (1 - STAY)[:, None] * leave
    rng, labels = np.random.default_rng(seed), [0]
    for _ in range(n_samples - 1):
        labels.append(int(rng.choice(4, p=chances[labels[-1]])))
    return np.array(labels), np.linalg.matrix_power(chances, 200)[0]
