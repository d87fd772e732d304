"""The command line interface; the only door to typer and rich."""
