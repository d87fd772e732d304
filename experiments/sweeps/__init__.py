"""Sweeps: a study of many points in many worlds, carried out on some engine, kept in a folder, never lost."""
