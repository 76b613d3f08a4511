"""What coordinates mean: latitude, longitude, time of samples, orientation."""
