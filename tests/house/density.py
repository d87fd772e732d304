"""Measures of the source: syntax nodes, comments, names. Run as a script it reports on a path.

python tests/house/density.py sim/firm
"""

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("sim", "analysis", "experiments")
BANNED_VARIABLES = {"told", "each", "of", "made", "found"}
IRREGULAR = set(
    """told shown held worn found made kept known seen given taken left spoken asked written drawn
    grown sent begun chosen""".split()  # noqa: SIM905
)
VERBS_IN_ED = {"embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed", "succeed"}
COUNTED_ONCE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.IfExp)
CONTEXTS = (ast.Load, ast.Store, ast.Del)


@dataclass(frozen=True)
class Function:
    """One function: where it stands, its name, lines, syntax nodes and statements."""

    where: str
    name: str
    lines: int
    nodes: int
    statements: int


def body_without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def count_nodes(node: ast.AST) -> int:
    """Count the syntax nodes of a tree without the contexts Load, Store and Del."""
    return sum(not isinstance(inner, CONTEXTS) for inner in ast.walk(node))


def functions(tree: ast.AST, where: str) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = body_without_docstring(node)
            inner = [child for statement in body for child in ast.walk(statement)]
            yield Function(
                f"{where}:{node.lineno}",
                node.name,
                (node.end_lineno or node.lineno) - node.lineno + 1,
                sum(count_nodes(statement) for statement in body),
                sum(isinstance(child, ast.stmt) for child in inner),
            )


def own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement's own line: a loop's or a branch's body is not part of it."""
    pending = [
        child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)
    ]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        yield node
        pending.extend(ast.iter_child_nodes(node))


def crowded_statements(tree: ast.AST, where: str) -> list[str]:
    """Return the statements with more than one comprehension or conditional expression."""
    return [
        f"{where}:{node.lineno} {ast.unparse(node).splitlines()[0][:70]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and sum(isinstance(inner, COUNTED_ONCE) for inner in own_expressions(node)) > 1
    ]


def is_participle(name: str) -> bool:
    """Tell whether a function's name ends or begins with a past participle."""
    parts = name.strip("_").split("_")
    if name.startswith("is_") or name.startswith("has_") or not parts[0]:
        return False

    def looks_past(word: str) -> bool:
        return word in IRREGULAR or (
            len(word) > 3 and word.endswith("ed") and word not in VERBS_IN_ED
        )

    return looks_past(parts[0]) or (len(parts) == 1 and looks_past(parts[-1]))


def participles(tree: ast.AST, where: str) -> list[str]:
    return [
        f"{where}:{node.lineno} {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_participle(node.name)
    ]


def banned_variables(tree: ast.AST, where: str) -> list[str]:
    stored = [
        (node.lineno, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    stored += [(node.lineno, node.arg) for node in ast.walk(tree) if isinstance(node, ast.arg)]
    return [f"{where}:{line} {name}" for line, name in stored if name in BANNED_VARIABLES]


def public_names(tree: ast.Module) -> Iterator[str]:
    """Yield the public functions, classes and constants that a module defines at its top level."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            targets = [inner for target in node.targets for inner in ast.walk(target)]
            names = [inner.id for inner in targets if isinstance(inner, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))


def comment_lines(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT for token in tokens)


def coy_docstrings(tree: ast.AST, where: str) -> list[str]:
    """Return docstrings that open with an indirect question or "Return what/how/which/whether"."""
    question = "what|how|which|who|where|when|why|whether"
    opening = re.compile(rf"(?i:(return|yield|tell|say)s? ({question})\b)|(?i:{question})\b")
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [
        f"{where}:{getattr(node, 'lineno', 1)} {ast.get_docstring(node).splitlines()[0][:70]}"
        for node in ast.walk(tree)
        if isinstance(node, kinds) and opening.match(ast.get_docstring(node) or "")
    ]


def source_files(*prefixes: str) -> list[Path]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    if not prefixes:
        return paths
    wanted = [ROOT / prefix for prefix in prefixes]
    return [path for path in paths if any(path == top or top in path.parents for top in wanted)]


def count_test_lines(*prefixes: str) -> int:
    wanted = [ROOT / "tests" / prefix for prefix in prefixes] or [ROOT / "tests"]
    paths = {path for top in wanted for path in top.rglob("*.py")}
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


def find_problems(path: Path) -> dict[str, list[str]]:
    """Return the places to mend in one file, by kind."""
    text, where = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
    tree = ast.parse(text)
    numbered = list(enumerate(text.splitlines(), 1))
    return {
        "over one comprehension or conditional a statement": crowded_statements(tree, where),
        "functions named by a participle": participles(tree, where),
        "variables named told, each, of, made or found": banned_variables(tree, where),
        "docstrings that open with a question": coy_docstrings(tree, where),
        "over 100 columns": [f"{where}:{number}" for number, line in numbered if len(line) > 100],
        "fmt: skip": [f"{where}:{number}" for number, line in numbered if "fmt: skip" in line],
    }


def report(*prefixes: str) -> None:
    """Print the figures of all source files under the prefixes, and every place to mend."""
    paths = source_files(*prefixes)
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}
    every = [one for where, text in texts.items() for one in functions(ast.parse(text), where)]
    problems: dict[str, list[str]] = {}
    for path in paths:
        for kind, places in find_problems(path).items():
            problems.setdefault(kind, []).extend(places)
    for kind, places in problems.items():
        print(f"\n{kind}: {len(places)}")
        print("\n".join(f"  {place}" for place in places[:60]))
    nodes = sorted(function.nodes for function in every)
    statements = sum(function.statements for function in every)
    lines = sum(len(text.splitlines()) for text in texts.values())
    comments = sum(comment_lines(text) for text in texts.values())
    largest = sorted(every, key=lambda function: function.nodes)[-8:]
    print("\nlargest:", ", ".join(f"{one.where} {one.name} {one.nodes}" for one in largest))
    print(f"functions: {len(every)}")
    print(f"nodes a function: median {statistics.median(nodes):.0f} (at most 30)")
    print(f"nodes a function: 90 % {statistics.quantiles(nodes, n=10)[-1]:.0f} (at most 120)")
    print(f"nodes a statement: {sum(nodes) / statements:.2f} (at most 8)")
    print(f"comments per 100 lines: {100 * comments / lines:.1f} (about 4)")
    print(
        f"tests / source: {count_test_lines(*prefixes) / lines:.2f} of {lines} lines (0.8 to 1.3)"
    )


if __name__ == "__main__":
    report(*sys.argv[1:])
