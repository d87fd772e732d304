"""``python -m equipoise.experiments.patterns [PAGE] [NUMBER...]``: test target patterns.

Without numbers all patterns are tested and the table of the page is renewed.
"""

import sys
from pathlib import Path

from equipoise.experiments.patterns import runner

if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    pages = [Path(word) for word in sys.argv[1:] if not word.isdigit()]
    sys.exit(runner.main(numbers, pages[0] if pages else None))
