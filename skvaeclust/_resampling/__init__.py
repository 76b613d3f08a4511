"""Halves and surrogates of the samples, and refits to them."""
