"""Give every hostile case to the program, and print a table by command.

A results file of JSON lines makes a stopped run resumable: python run_hostile.py RESULTS [WORD]
"""

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hostile_cases import all_cases
from sandbox import attempt, build_templates

COMMANDS = (
    "run",
    "sweep",
    "compare",
    "report",
    "export",
    "trace",
    "envelope",
    "sensitivity",
    "tune",
    "explain",
    "new",
)
VERDICTS = ("well", "poor", "broken")


def read_results(path):
    """Return what an earlier run answered well, by name; a torn last line is dropped."""
    results = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            result = json.loads(line)
        except ValueError:
            continue
        results[result["name"]] = result
    return {name: result for name, result in results.items() if result["verdict"] == "well"}


def run_cases(cases, path):
    """Run what is missing, and return the results of all cases."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results = read_results(path)
    with tempfile.TemporaryDirectory() as place, path.open("a") as file:
        templates, folder = Path(place, "templates"), Path(place, "case")
        build_templates(templates)
        missing = [case for case in cases if case.name not in results]
        # In any order, so that the first hundreds are of every kind.
        random.Random(0).shuffle(missing)
        for case in missing:
            result = attempt(case, templates, folder)
            results[case.name] = result
            file.write(json.dumps(result) + "\n")
            file.flush()
        shutil.rmtree(folder, ignore_errors=True)
    return [results[case.name] for case in cases]


def _row_name(command):
    """Return the command, or a name for all words that are none."""
    return command if command in COMMANDS else "unknown commands"


def format_table(results):
    """Return the lines of a table: tried, well, poor, broken by command."""
    rows = [(_row_name(result["command"]), result["verdict"]) for result in results]
    counts = Counter(rows)
    commands = list(dict.fromkeys(name for name, _ in rows))
    lines = ["| command | tried | well | poor | broken |", "|---|---|---|---|---|"]
    for command in commands:
        numbers = [counts[command, verdict] for verdict in VERDICTS]
        lines.append(f"| {command} | {sum(numbers)} | " + " | ".join(map(str, numbers)) + " |")
    totals = [sum(counts[command, verdict] for command in commands) for verdict in VERDICTS]
    lines.append(f"| all | {sum(totals)} | " + " | ".join(map(str, totals)) + " |")
    return lines


def show(line):
    """Write a line to standard output."""
    sys.stdout.write(line + "\n")


def main():
    """Run all cases, or those whose name holds a word; exit with 1 if one is broken."""
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    cases = [case for case in all_cases() if word in case.name]
    results = run_cases(cases, Path(sys.argv[1]))
    for result in results:
        if result["verdict"] != "well":
            show(f"{result['verdict']}: {result['name'][:300]}: {result['reason']}")
            show("    " + (result["trace"] or result["err"]).strip()[-400:].replace("\n", "\n    "))
    for line in format_table(results):
        show(line)
    tracebacks = sum(result["code"] == "traceback" for result in results)
    lost = sum(bool(result["lost"]) for result in results)
    executed = sum(result["executed"] for result in results)
    show(f"tracebacks: {tracebacks}; foreign bytes lost: {lost}; code executed: {executed}")
    sys.exit(any(result["verdict"] == "broken" for result in results))


if __name__ == "__main__":
    main()
