"""Settings of training from random weights (without torch)."""

from sklearn.base import BaseEstimator

from skvaeclust._limits import FRACTION, count, real


class RandomInit(BaseEstimator):
    """Train from random weights, as the ``init`` of :class:`VAEClustering`.

    Training has two parts of equal length. The search starts with a large multiplier of
    the latent term, which decays geometrically to its final value, and ends when labels
    no longer change. In the refinement, the learning rate decays.

    Parameters
    ----------
    annealing : float, default=15.0
        Initial factor on ``gamma_latent`` (its square on ``gamma_balance``), between 1
        and 1e6. 1 means no annealing.
    gumbel_temperature : float or None, default=None
        Temperature, between 0.001 and 1000, of one Gumbel-softmax sample of the cluster
        per sample of X, as in the founding study [1]_. If None, the expectation over
        clusters is exact.
    tol : float, default=0.01
        Largest fraction of labels that may change in an epoch "without change".
    n_iter_no_change : int, default=5
        Number of such epochs in a row that ends the search.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

    Examples
    --------
    >>> from skvaeclust import RandomInit, VAEClustering
    >>> VAEClustering(init=RandomInit(annealing=1)).set_params(init__tol=0.05)
    VAEClustering(init=RandomInit(annealing=1, tol=0.05))
    """

    _parameter_constraints: dict = {
        "annealing": [real(1, 1e6)],
        "gumbel_temperature": [real(1e-3, 1e3), None],
        "tol": [FRACTION],
        "n_iter_no_change": [count(1)],
    }

    def __init__(
        self, *, annealing=15.0, gumbel_temperature=None, tol=0.01, n_iter_no_change=5
    ):
        self.annealing = annealing
        self.gumbel_temperature = gumbel_temperature
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change

    def settings(self):
        """Return the parameters by name, after checking their ranges."""
        self._validate_params()
        return self.get_params()
