"""``python -m equipoise.experiments.patterns [PAGE] 1 13``: test these patterns, or all, and renew the page's table."""

import sys
from pathlib import Path

from equipoise.experiments.patterns import runner

words = sys.argv[1:]
pages = [Path(word) for word in words if not word.isdigit()]
sys.exit(runner.main([int(word) for word in words if word.isdigit()], pages[0] if pages else None))
