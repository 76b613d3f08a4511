"""What an estimator asks of an augmenter (numpy only)."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

NEEDED = ("fit", "augment", "n_copies")


@dataclass(frozen=True)
class Copies:
    """Copies of samples: noise to be drawn anew, rows that are made once, or none.

    Attributes
    ----------
    n_copies : int
        Copies of every sample.
    noise_factor : ndarray of shape (n_components, n_valid) or None
        Matrix F of the noise ``eps @ F``, in units of X.
    rows : ndarray of shape (n_copies * n_samples, n_valid) or None
        Copy after copy of all samples, in units of X.
    """

    n_copies: int = 0
    noise_factor: np.ndarray | None = None
    rows: np.ndarray | None = None


def make_copies(augmenter, rows, layout, random_state):
    """Let an augmenter make copies of samples, or say how.

    Parameters
    ----------
    augmenter : object with ``fit``, ``augment`` and ``n_copies``, or None
        It is cloned, not changed.
    rows : ndarray of shape (n_samples, n_valid)
    layout : Layout
        Of the samples; the augmenter sees fields where it has their shape.
    random_state : int, RandomState instance or None
        Seed of copies that are made once, unless the augmenter has its own.

    Returns
    -------
    copies : Copies
    """
    if augmenter is None:
        return Copies()
    missing = [name for name in NEEDED if not hasattr(augmenter, name)]
    if missing:
        raise TypeError(
            f"augmenter={augmenter!r} has no {' and no '.join(missing)}. Pass one of "
            "skvaeclust.augmentation, one derived from its BaseAugmenter, or an object "
            "with fit, augment and n_copies."
        )
    X = layout.write(rows, layout.field_shape)
    augmenter = clone(augmenter, safe=False)
    augmenter.fit(X)
    noise_factor = getattr(augmenter, "noise_factor_", None)
    if noise_factor is not None:
        return Copies(augmenter.n_copies, noise_factor=noise_factor[:, layout.valid])
    if getattr(augmenter, "random_state", 0) is None:
        # Copies that are made once follow the random state of the estimator.
        rng = check_random_state(random_state)
        augmenter.set_params(random_state=rng.randint(np.iinfo(np.int32).max))
    copies = np.asarray(augmenter.augment(X), dtype=float)
    expected = (augmenter.n_copies * len(X), *X.shape[1:])
    name = type(augmenter).__name__
    if copies.shape != expected:
        raise ValueError(
            f"{name} gave copies of shape {copies.shape}, expected {expected}."
        )
    flat = copies.reshape(len(copies), -1)
    return Copies(augmenter.n_copies, rows=layout.take(flat, name))
