"""Variables, samples and grid of labelled fields."""
