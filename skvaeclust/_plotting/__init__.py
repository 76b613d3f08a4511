"""Figures, panels and maps that displays share."""
