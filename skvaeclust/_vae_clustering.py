"""The estimator VAEClustering."""

import os

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils._param_validation import StrOptions

from skvaeclust._fields import Layout
from skvaeclust._isolation import isolated
from skvaeclust._labels import MAX_CLUSTERS
from skvaeclust._limits import count, real
from skvaeclust._mixture_methods import MixtureMethodsMixin
from skvaeclust._model import make_networks
from skvaeclust._model._objective import Gammas
from skvaeclust._prediction import freeze
from skvaeclust._progress import Progress, make_say, report
from skvaeclust._random_init import RandomInit
from skvaeclust._representation import Representation
from skvaeclust._steps import all_or_nothing
from skvaeclust._training import (
    Settings,
    choose_restart,
    make_problem,
    open_checkpoint,
    plan_restarts,
    train_restarts,
    warm_start,
)
from skvaeclust.augmentation._copies import make_copies

AUTO, GAMMA = StrOptions({"auto"}), real(0, 1e6)


class VAEClustering(CallbackSupportMixin, MixtureMethodsMixin, BaseEstimator):
    r"""Cluster fields with a variational autoencoder whose latent space is a mixture.

    An encoder maps each sample to a cluster and to a position in a low-dimensional
    latent space, a decoder maps positions back to fields, and each cluster is a
    Gaussian in latent space. All parts are trained together. Training starts from
    partitions by simpler methods, and the restart with the best criterion is kept.

    Parameters
    ----------
    n_clusters : int, default=4
        Number of clusters, K.
    latent_dim : int or "auto", default="auto"
        Dimension of the latent variable z. "auto" is ``n_clusters - 1``, the dimension
        that the cluster centres span, but at least 2 and at most 10.
    init : {"auto", "random"}, array-like, list, dict or object, default="auto"
        Starting point of training.

        - "auto": partitions of the principal-component scores by k-means, Gaussian
          mixtures, a graph of nearest neighbours and, unless most of these find the
          same clusters, t-SNE. Starts that are the same except for a few samples
          are trained once. The graph and t-SNE use at most 2000 samples.
        - "random" or a :class:`RandomInit`: random weights.
        - array-like of shape (n_samples,): labels of the samples, at most
          ``n_clusters`` distinct ones. Samples without a cluster (-1 or masked) start
          in the one with the nearest mean.
        - list of such arrays, or dict by name: several starts. All distinct ones are
          trained.
        - object with ``starts(scores, n_clusters, random_state)``: returns a list of
          label arrays, or a dict of them by name, for scores of shape (n_samples,
          n_components).
    network : {"auto", "dense", "conv"} or object, default="auto"
        The networks. "dense" (:class:`DenseNetworks`, also "auto") uses principal
        components above the noise, "conv" (:class:`ConvNetworks`) fields. Other objects
        need ``input_kind`` and ``build``, see the user guide.
    gamma_categorical : float, default=1/300
        Multiplier of KL(q(k|x) || p(k)), which keeps assignments soft.
    gamma_latent : float, default=1/30
        Multiplier of KL(q(z|x,k) || p(z|k)), which pulls samples to their cluster.
    gamma_balance : float, default=1/1500
        Multiplier of KL(q(k) || p(k)), which prevents empty clusters; q(k) is the batch
        mean of q(k|x).
    augmenter : augmenter or None, default=None
        Adds ``n_copies`` copies of every sample. Copies with noise on principal
        components (:class:`PCScaledNoiseAugmenter`) are new in every epoch; others are
        made once.
    field_shape : tuple of 3 int or None, default=None
        (channels, height, width) of flat rows, for convolutional networks.
    n_init : int, default=3
        Number of restarts from random weights; otherwise, maximum number of distinct
        starts to train, in decreasing order of agreement with the other starts.
    max_epochs : int or "auto", default="auto"
        Maximum number of epochs of a restart. From a start, the first half fits its
        labels, and the second minimises the objective; "auto" takes 210 to 260 steps.
        An epoch of many samples uses a random part of them, at most 64 batches.
        From random weights, search and refinement have equal length; "auto" is 80.
    batch_size : int or "auto", default="auto"
        Number of samples and copies per step. "auto" makes about fifteen batches per
        epoch, of 16 to 64 rows (16 to 100 from random weights; more for many samples).
    learning_rate : float, default=0.004
        Learning rate of Adam.
    device : str, default="auto"
        Torch device for training, for example "cuda:0". "auto" is CUDA or MPS if
        available. Prediction runs on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seed of starts, weights, batches and noise; an int for reproducible results.
    warm_start : bool, default=False
        If True and the model is fitted, ``fit`` starts from the clusters that it
        predicts for X, not from ``init``. ``n_clusters`` may be larger than before.
    checkpoint : str, path-like or None, default=None
        Folder for the training state, saved every ten seconds in a file for each fit.
        If a fit is repeated after a crash, it resumes from there and gives exactly the
        same model. The fit deletes it at the end. Requires an int as ``random_state``.
    verbose : int, default=0
        1 prints the kept start and a line every ten epochs, 2 a line every epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of every sample, 0 being the largest; equal to ``predict(X)``.
    weights_ : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    cluster_centers_ : ndarray of shape (n_clusters, ...)
        Decoded cluster centres, in the units and the layout of X; NaN on land.
    latent_means_ : ndarray of shape (n_clusters, latent_dim)
        Means of p(z|k).
    latent_variances_ : ndarray of shape (n_clusters, latent_dim)
        Variances of p(z|k).
    starts_ : DataFrame
        One row for each start, by name: "n_same" (number of starts that are the same,
        including itself), "criterion" (of its restart, lower is better; NaN if not
        trained), "agreement" (adjusted Rand index of its labels with ``labels_``),
        "moved" (fraction of its samples that changed cluster in training) and "kept".
    history_ : list of dict
        One record per epoch: "epoch", "phase" ("supervised" or "search", then
        "refinement"), "loss" (with the final multipliers) and its terms
        "reconstruction", "categorical", "latent" and "balance", each without its
        multiplier. ``pandas.DataFrame(history_)`` makes a table.
    n_iter_ : int
        Number of epochs of the kept restart.
    converged_ : bool
        Whether at most 1 % of the labels of the kept restart changed in each of the
        last five epochs, or in each epoch of the last third of the refinement if it is
        shorter. From random weights, the limits are those of :class:`RandomInit`.
    restart_labels_ : ndarray of shape (n_restarts, n_samples)
        Labels after training, one row for each start that was trained or is the same as
        a trained one, in the order of ``starts_``.
    restart_agreement_ : float
        Mean adjusted Rand index of ``labels_`` with the partitions of the other starts
        before training or, from random weights, with the labels of the other restarts;
        NaN if there are none.
    n_components_ : int or None
        Number of principal components that dense networks use: those above the noise
        or, of smooth fields, those with 99 % of the variance; None for other networks.
    temperature_ : float
        Temperature of ``predict_proba``; q(k|x) is that of 1.
    n_features_in_ : int
        Number of values in a sample.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has feature names.

    See Also
    --------
    PCScaledNoiseAugmenter : Augmentation for few samples.
    sklearn.mixture.GaussianMixture : Gaussian mixture in the space of X.

    Notes
    -----
    The model is p(x, z, k) = p(x|z) p(z|k) p(k) with K equally probable clusters, and
    diagonal Gaussians p(z|k) and q(z|x,k) [1]_ [2]_. Training minimises

    .. math::

        \mathrm{E}_{q(k|x)\, q(z|x,k)} \frac{|x - \hat x(z)|^2}{2 s^2}
        + \gamma_c \mathrm{KL}(q(k|x) \| p(k))
        + \gamma_l \mathrm{E}_{q(k|x)} \mathrm{KL}(q(z|x,k) \| p(z|k))
        + \gamma_b \mathrm{KL}(q(k) \| p(k))

    averaged over samples, where x is an anomaly from the mean and :math:`s^2` the total
    variance of X. The first term is half the fraction of unexplained variance, so that
    the multipliers depend neither on units nor on the grid. The last term is the part
    of the second that does not depend on single samples [3]_. :math:`s` is the same for
    all channels, so that vectors keep their direction.

    From a start, the first epochs replace the expectation over k by the given labels,
    and fit q(k|x) to them by cross-entropy (weight 0.1). The other epochs minimise the
    objective, with the expectation over the four most probable clusters.

    The kept restart has the lowest criterion

    .. math:: L(3 \gamma_l) + \tfrac12 \mathrm{H}(q(k|x)) - \tfrac12 A,

    where L is the objective with :math:`3 \gamma_l` in place of :math:`\gamma_l`,
    evaluated without noise on the samples; H is the mean entropy in nats, as in the ICL
    criterion for mixtures [4]_; A is the mean adjusted Rand index with other starts.
    Where starts disagree (A < 1/2 for all of them), one may be trained alone: k-means
    in a continuum; otherwise, with more than 500 samples, the start with the highest
    likelihood, and training keeps its labels. The user guide describes this choice.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`
    .. [2] V. Prasad, D. Das, B. Bhowmick, "Variational Clustering: Leveraging
       Variational Autoencoders for Image Clustering", 2020. :arxiv:`2005.04613`
    .. [3] M. D. Hoffman, M. J. Johnson, "ELBO surgery: yet another way to carve up the
       variational evidence lower bound", 2016.
    .. [4] C. Biernacki, G. Celeux, G. Govaert, "Assessing a mixture model for
       clustering with the integrated completed likelihood", IEEE Transactions on
       Pattern Analysis and Machine Intelligence 22, 2000. :doi:`10.1109/34.865189`

    Examples
    --------
    Find the three patterns in 90 velocity fields of idealised circulations:

    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X, y = make_idealized_circulations(random_state=0, return_X_y=True)
    >>> model = VAEClustering(
    ...     3, augmenter=PCScaledNoiseAugmenter(), n_init=1, random_state=0
    ... ).fit(X)
    >>> adjusted_rand_score(y, model.labels_)
    1.0
    >>> model.cluster_centers_.shape
    (3, 2, 32, 32)
    """

    _parameter_constraints: dict = {
        "n_clusters": [count(1, MAX_CLUSTERS)],
        "latent_dim": [AUTO, count(1, 1000)],
        "init": "no_validation",  # checked by `find_starts`
        "network": "no_validation",  # checked by `make_networks`
        "gamma_categorical": [GAMMA],
        "gamma_latent": [GAMMA],
        "gamma_balance": [GAMMA],
        "augmenter": "no_validation",  # checked by `make_copies`
        "field_shape": "no_validation",  # checked by `Layout.fit`
        "n_init": [count(1, 1000)],
        "max_epochs": [AUTO, count(1, 100_000)],
        "batch_size": [AUTO, count(2)],
        "learning_rate": [real(0, 1, closed="right")],
        "device": [str],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "checkpoint": [str, os.PathLike, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_clusters=4,
        *,
        latent_dim="auto",
        init="auto",
        network="auto",
        gamma_categorical=1 / 300,
        gamma_latent=1 / 30,
        gamma_balance=1 / 1500,
        augmenter=None,
        field_shape=None,
        n_init=3,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=4e-3,
        device="auto",
        random_state=None,
        warm_start=False,
        checkpoint=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.latent_dim = latent_dim
        self.init = init
        self.network = network
        self.gamma_categorical = gamma_categorical
        self.gamma_latent = gamma_latent
        self.gamma_balance = gamma_balance
        self.augmenter = augmenter
        self.field_shape = field_shape
        self.n_init = n_init
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.device = device
        self.random_state = random_state
        self.warm_start = warm_start
        self.checkpoint = checkpoint
        self.verbose = verbose

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the model to fields.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) are ignored.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : VAEClustering
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is constant, has fewer samples than ``n_clusters``, infinite values, or
            points that are NaN in some samples only; if ``field_shape``, ``init`` or
            ``warm_start`` does not match X; if ``checkpoint`` is not a folder or has a
            damaged file; if training diverges.

        Warns
        -----
        ConvergenceWarning
            If labels still change when training ends, or if a cluster is empty.
        UserWarning
            If training has converged, but no other start agrees with the kept clusters.
        """
        say = make_say(type(self).__name__, self.verbose)
        with all_or_nothing(self), isolated(self.network):
            init = self._choose_init(X)
            layout, rows = Layout.fit(self, X, self.field_shape)
            if len(rows) < self.n_clusters:
                raise ValueError(
                    f"n_samples={len(rows)} should be >= n_clusters={self.n_clusters}."
                )
            network = make_networks(self.network, layout.field_shape)
            copies = make_copies(self.augmenter, rows, layout, self.random_state)
            seen, inputs, scores = Representation.fit(
                rows, layout, network.input_kind, self.n_clusters, copies.rows
            )
            say(f"{len(rows)} samples: finding starts")
            starts, plans = plan_restarts(
                init, scores, self.n_clusters, self.n_init, self.random_state
            )
            settings, known = self._settings(init), starts is not None
            problem = make_problem(
                settings, network, seen, inputs, copies, known, self.device
            )
            checkpoint = open_checkpoint(
                self.checkpoint, self.random_state, problem, plans, say
            )
            progress = Progress(
                self,
                self._init_callback_context(max_subtasks=len(plans)),
                len(plans),
                problem.settings.max_epochs,
                fitted=lambda model: self._fitted(freeze(model, problem.x)[0], seen),
                say=say,
                every=1 if self.verbose > 1 else 10,
                X=X,
                y=np.full(len(rows), np.nan) if y is None else y,
            )
            keep_interrupted = not self.__sklearn_is_fitted__()
            trained = train_restarts(
                problem, plans, progress.on_epoch, checkpoint, keep_interrupted
            )
            result = choose_restart(trained, starts, self.learning_rate)
            self._keep(result, seen, rows, scores)
            report(result, problem.settings, say)
        progress.end()
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _choose_init(self, X):
        """Return ``init``, with "random" as an object, or a warm start."""
        if self.warm_start and self.__sklearn_is_fitted__():
            return warm_start(self.predict, X, self.n_clusters)
        if isinstance(self.init, str) and self.init == "random":
            return RandomInit()
        return self.init

    def _settings(self, init):
        """Collect the settings of the training."""
        gammas = Gammas(self.gamma_categorical, self.gamma_latent, self.gamma_balance)
        names = "n_clusters", "latent_dim", "max_epochs", "batch_size", "learning_rate"
        given = {name: getattr(self, name) for name in names}
        random = init.settings() if isinstance(init, RandomInit) else {}
        return Settings(gammas=gammas, **given, **random)

    def _keep(self, result, representation, rows, scores):
        """Set the fitted attributes from the kept restart."""
        kept = result.kept
        vars(self).update(self._fitted(kept.networks, representation))
        self.labels_ = kept.labels
        self.temperature_ = self._find_temperature(rows, scores)
        sizes = np.bincount(self.labels_, minlength=self.n_clusters)
        self.weights_ = sizes / len(rows)
        self.cluster_centers_ = self.inverse_transform(self.latent_means_)
        self.history_ = kept.history
        self.n_iter_ = len(kept.history)
        self.converged_ = kept.converged
        self.starts_ = result.table
        self.restart_labels_ = result.restart_labels
        self.restart_agreement_ = result.agreement
