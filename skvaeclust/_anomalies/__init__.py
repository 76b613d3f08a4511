"""Anomalies: climatology, trend and scale of labelled fields."""
