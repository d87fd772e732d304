"""The firm: receptors observe the market, a control center decides, effectors act.

`interfaces` holds the base classes of parts and the signals between them, `loop` calls them once a
day, `wrappers` adds hierarchy, budget and execution, `checker` tests the contract of a part. The
parts stand in `receptors`, `control` and `effectors`, the departments in `organisation`.
"""
