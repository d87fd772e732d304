"""Equipoise: a wind tunnel for brand-community response policies.

A community of consumers experiences a brand, talks about it and moves on; a firm senses their
satisfaction through a receptor, decides in a control center and acts through effectors.

    import equipoise

    settings = equipoise.compose("strategy=pid_survey", "environment=recall", "seed=7")
    run = equipoise.run(settings)
    print(equipoise.scorecard(run))

One run
    `compose` and `Settings` say what to run, `run` returns a `Run`; `scorecard` and `run_figure`
    show it, `save` and `load` keep it.
Many runs
    `sweep` runs studies, `compare` and `report` evaluate them; `envelope`, `sensitivity` and `tune`
    search; `response` is a run as a function of its levers.
Parts of your own
    `check` tries a receptor, control center or effector; `from_graph` makes a network of ties.
Inside a run
    `World` advances one day at a time; `BrandCommunity` is the same world as a Mesa model, with
    `Consumer` as its agents.

All names are imported at their first use. Mistakes raise `EquipoiseError`.
"""

from importlib.metadata import version

import lazy_loader

# The stub `__init__.pyi` is the only list of the names and of the modules that define them.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = version("equipoise")
