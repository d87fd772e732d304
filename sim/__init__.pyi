from .analysis.frames import comparison_frame as comparison_frame
from .analysis.plots.run_figure import run_figure as run_figure
from .analysis.text.scorecard import scorecard as scorecard
from .errors import EquipoiseError as EquipoiseError
from .experiments.cli.compare_output import render_comparison as render_comparison
from .experiments.config.compose import compose as compose
from .experiments.execution.sweep import sweep as sweep
from .experiments.search.envelope import envelope as envelope
from .experiments.search.response import response as response
from .experiments.search.sensitivity import sensitivity as sensitivity
from .experiments.search.tuning import tune as tune
from .experiments.storage.run_output import save as save
from .experiments.studies.compare import compare as compare
from .experiments.studies.report import report as report
from .firm.checker import check as check
from .mesa_consumer import Consumer as Consumer
from .mesa_model import BrandCommunity as BrandCommunity
from .model import World as World
from .network import from_graph as from_graph
from .output.run_folder import load_run as load_run
from .runner import Run as Run
from .runner import run as run
from .settings.settings import Settings as Settings

__version__: str
