"""Equipoise: a wind tunnel for brand-community response policies."""
