"""Configuration: composition of options, catalogue of settings, error messages."""
