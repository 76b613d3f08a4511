"""Descriptions of networks, with parameters that can be cloned, set and tuned.

torch is imported only when networks are built. Any object with ``input_kind`` and
``build`` can be used instead.
"""

from numbers import Integral, Real

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval


class DenseNetworks(BaseEstimator):
    """Fully connected networks on principal-component scores.

    The rotation onto the principal components preserves all distances between samples,
    and these networks are much cheaper than convolutions. Hidden layers are
    Linear - BatchNorm - LeakyReLU(0.2).

    Parameters
    ----------
    hidden_features : int, default=128
        Width of the hidden layers.
    code_features : int, default=40
        Width of the bottleneck layers next to the latent space.

    See Also
    --------
    ConvNetworks : Convolutions on fields.

    Examples
    --------
    >>> from skvaeclust import DenseNetworks, VAEClustering
    >>> VAEClustering(network=DenseNetworks(hidden_features=64))
    VAEClustering(network=DenseNetworks(hidden_features=64))
    """

    input_kind = "scores"

    _parameter_constraints: dict = {
        "hidden_features": [Interval(Integral, 1, None, closed="left")],
        "code_features": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, *, hidden_features=128, code_features=40):
        self.hidden_features = hidden_features
        self.code_features = code_features

    def build(self, sample_shape, n_clusters, latent_dim):
        """Build the torch module.

        Parameters
        ----------
        sample_shape : tuple of int
            ``(n_scores,)``.
        n_clusters : int
            Number of clusters, K.
        latent_dim : int
            Dimension of z.

        Returns
        -------
        networks : torch.nn.Module
            Module with ``assign(x)``, ``encode(x, e)``, ``prior(e)``, ``decode(z)``.
        """
        self._validate_params()
        from skvaeclust._model._dense import DenseModules

        return DenseModules(
            sample_shape[0],
            n_clusters,
            latent_dim,
            self.hidden_features,
            self.code_features,
        )


class ConvNetworks(BaseEstimator):
    """Convolutional networks on fields with any number of channels.

    The networks of Aoki et al. (2026) [1]_: two convolutions (4 x 4, stride 2) in each
    encoder, two transposed ones in the decoder. Heights and widths that are not
    multiples of 4 are padded at the input and cropped at the output.

    Parameters
    ----------
    channels : tuple of 2 int, default=(64, 128)
        Feature maps after the first and the second convolution.
    hidden_features : int, default=1024
        Width of the fully connected layers; those of q(k|x) have half of this width.
    code_features : int, default=40
        Width of the bottleneck layers next to the latent space.
    dropout : tuple of 2 float, default=(0.8, 0.6)
        Dropout probabilities after the two fully connected layers of q(k|x).

    See Also
    --------
    DenseNetworks : Fully connected networks on PC scores, much faster.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

    Examples
    --------
    >>> from skvaeclust import ConvNetworks, VAEClustering
    >>> VAEClustering(network=ConvNetworks(channels=(16, 32)), field_shape=(2, 32, 32))
    VAEClustering(field_shape=(2, 32, 32), network=ConvNetworks(channels=(16, 32)))
    """

    input_kind = "fields"

    _parameter_constraints: dict = {
        "channels": [tuple, list],
        "hidden_features": [Interval(Integral, 1, None, closed="left")],
        "code_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [tuple, list],
    }

    def __init__(
        self,
        *,
        channels=(64, 128),
        hidden_features=1024,
        code_features=40,
        dropout=(0.8, 0.6),
    ):
        self.channels = channels
        self.hidden_features = hidden_features
        self.code_features = code_features
        self.dropout = dropout

    def build(self, sample_shape, n_clusters, latent_dim):
        """Build the torch module.

        Parameters
        ----------
        sample_shape : tuple of int
            ``(channels, height, width)``.
        n_clusters : int
            Number of clusters, K.
        latent_dim : int
            Dimension of z.

        Returns
        -------
        networks : torch.nn.Module
            Module with ``assign(x)``, ``encode(x, e)``, ``prior(e)``, ``decode(z)``.
        """
        self._validate_params()
        _check_pair(self, "channels", Interval(Integral, 1, None, closed="left"))
        _check_pair(self, "dropout", Interval(Real, 0, 1, closed="left"))
        if min(sample_shape[1:]) < 4:
            raise ValueError(
                "ConvNetworks requires fields of at least 4 x 4 points, got "
                f"{sample_shape[1]} x {sample_shape[2]}. Use network='dense'."
            )
        from skvaeclust._model._conv import ConvModules

        return ConvModules(
            sample_shape,
            n_clusters,
            latent_dim,
            self.channels,
            self.hidden_features,
            self.code_features,
            self.dropout,
        )


def _check_pair(spec, name, interval):
    value = getattr(spec, name)
    if len(value) != 2 or not all(interval.is_satisfied_by(v) for v in value):
        raise ValueError(
            f"The {name!r} parameter of {type(spec).__name__} must be a pair, each "
            f"{interval}. Got {value!r} instead."
        )


def make_networks(network, field_shape):
    """Return the description of networks given by the ``network`` parameter.

    Parameters
    ----------
    network : {"auto", "dense", "conv"} or object with ``input_kind`` and ``build``
        "auto" is "dense".
    field_shape : tuple of int or None
        (channels, height, width); None for flat rows.

    Returns
    -------
    spec : object with ``input_kind`` and ``build``
    """
    named = {"auto": DenseNetworks, "dense": DenseNetworks, "conv": ConvNetworks}
    if isinstance(network, str):
        if network not in named:
            raise ValueError(
                "The 'network' parameter must be 'auto', 'dense', 'conv' or an object "
                f"with `input_kind` and `build`. Got {network!r} instead."
            )
        network = named[network]()
    is_complete = hasattr(network, "input_kind") and hasattr(network, "build")
    if isinstance(network, type) or not is_complete:
        raise TypeError(
            "The 'network' parameter must be an object with `input_kind` and `build`, "
            f"like DenseNetworks(). Got {network!r} instead."
        )
    if network.input_kind not in ("scores", "fields"):
        raise ValueError(
            "The `input_kind` of a network must be 'scores' or 'fields', "
            f"got {network.input_kind!r}."
        )
    if network.input_kind == "fields" and field_shape is None:
        raise ValueError(
            f"{type(network).__name__} requires fields, got flat rows. Pass X of shape "
            "(n_samples, channels, height, width), or `field_shape=(channels, height, "
            "width)`."
        )
    return network
