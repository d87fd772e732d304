"""The command line as a module: ``python -m equipoise`` is ``equipoise``."""

from equipoise.experiments.cli.main import main

if __name__ == "__main__":
    main()
