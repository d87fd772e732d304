"""``python -m equipoise.experiments.patterns 1 13``: test these patterns, or all."""

import sys

from equipoise.experiments.patterns import patterns

sys.exit(patterns.main([int(word) for word in sys.argv[1:]]))
