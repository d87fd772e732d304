"""All hostile cases, as data: what is wrong, and the words that hand it to a command."""

import itertools
import os
import pickle

from damage import DAMAGES, Payload
from sandbox import MARKER, SMALL, SWEEP_AGAIN, Case

RUN = ("run", *SMALL, "--quiet", "--out", "out")
PLAN = ("sweep", *SMALL, "replicates=2", "--dry-run", "--executor", "serial")
LONG = "x" * 300
# Words of a shell hold no NUL; a path that is not UTF-8 has surrogates in Python.
NOT_UTF8 = "b\udcffd"


def all_cases():
    """Return every case; their names are unique."""
    makers = (
        setting_cases,
        option_cases,
        range_cases,
        search_cases,
        study_option_cases,
        damaged_study_cases,
        damaged_run_cases,
        option_file_cases,
        network_cases,
        mention_cases,
        schedule_cases,
        points_cases,
        experiment_cases,
        path_cases,
        link_cases,
        stream_cases,
        new_cases,
        explain_cases,
    )
    return [case for maker in makers for case in maker()]


def sample_cases(per_kind=1):
    """Return a few cases of each kind of each command."""
    taken, seen = [], {}
    for case in all_cases():
        key = (case.kind, case.command)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= per_kind:
            taken.append(case)
    return taken


# Settings: words that no run should start with.

WRONG_WORDS = (
    "strategy=nobody",
    "strategy=",
    "strategy=../../etc/passwd",
    "strategy=/etc/passwd",
    "strategy=null",
    "strategy=[oracle]",
    "strategy={a: 1}",
    "strategy=nan",
    "environment=nowhere",
    "environment=1",
    "network=torus",
    "network=file",
    "community=martians",
    "receptor=psychic",
    "control_center=dictator",
    "effector=[repair,dance]",
    "lens=pink",
    "seed=-1",
    "seed=1.5",
    "seed=abc",
    "seed=1e400",
    "seed=99999999999999999999",
    "horizon=0",
    "horizon=-5",
    "horizon=ten",
    "horizon=[]",
    "horizon=1e12",
    "horizon=inf",
    "burn_in=-1",
    "burn_in=nan",
    "replicates=0",
    "replicates=many",
    "engine=steam",
    "precision=half",
    "community.size=0",
    "community.size=-60",
    "community.size=1e15",
    "community.size=true",
    "community.size=[60]",
    "community.size={a: 1}",
    "community.size='60'x",
    "community.sise=60",
    "community=null",
    "communty.size=60",
    "network.count=0",
    "network.count=61",
    "network.kind=torus",
    "network.degree=-1",
    "firm.set_point=2",
    "firm.set_point=-0.1",
    "firm.set_point=nan",
    "firm.set_point=inf",
    "firm.set_point=high",
    "firm.departments=null",
    "firm.departments={}",
    "firm.departments.product.capability=-1",
    "firm.departments.product.works_on=dreams",
    "firm=3",
    "information.regime=state",
    "environment.disturbances={a: {kind: earthquake}}",
    "environment.disturbances.a.kind=fault",
    "environment.disturbances=[1,2]",
    "environment.replay=perhaps",
    "a.b.c.d.e=1",
    "horizon",
    "=5",
    "horizon==",
    "horizon=${seed",
    "horizon=${oc.env:HOME}",
    "strategy.title=${oc.env:HOME}",
    "strategy.title=${oc.decode:1}",
    "horizon=${horizon}",
    "horizon=${nowhere}",
    "~horizon",
    "~strategy",
    "+horizon=3",
    "+unknown=3",
    "++unknown=3",
    "_target_=os.system",
    "+_target_=os.system",
    "+strategy._target_=os.system",
    "hydra.run.dir=elsewhere",
    "hydra/job_logging=none",
    "hydra.mode=MULTIRUN",
    "--config-name=x",
    "[red]=1",
    "seed=1,2",
    "strategy=oracle,do_nothing",
    "seed=range(3)",
    "seed=interval(0,1)",
    "strategy=glob(*)",
    "seed=choice(1)",
    f"{LONG}=1",
    f"strategy={LONG}",
    f"seed={'9' * 5000}",
    "strategy=\x00",
    "strategy=\x1b[31mred",
    "strategy=été",
    "strategy=oracle strategy=oracle",
    "seed=\ud800",
    "seed=(",
    "seed=)",
    "seed='",
    'seed="',
    "seed=[1,2",
    "seed={",
    "seed=1;2",
    "seed=0x10",
    "seed=1_0",
    "seed= ",
    "seed=\n",
    "control_center.kp=1",
    "receptor.delay=-1",
    "effector.repair.strength=-1",
    "community.word_of_mouth=7",
    "community.people=everybody",
)
# What is right to accept, and why.
RIGHT_WORDS = {
    "strategy=[oracle]": "a list of one option",
    "strategy=oracle strategy=oracle": "",
    "seed=1_0": "a number as Python writes it",
    "+horizon=3": "Hydra's own way to say it",
    "horizon=0": "a run may be burn-in alone",
    "network.count=61": "some tribes have no member",
    "strategy=glob(*)": "",
    "firm.departments={}": "nothing is changed",
    "strategy.title=${oc.decode:1}": "",
}


def setting_cases():
    for word in WRONG_WORDS:
        given = (word, *pieces(word))
        for command in (RUN, PLAN):
            several = "," in word or "(" in word
            accepted = RIGHT_WORDS.get(word, "")
            if command is PLAN and several:
                accepted = "a sweep takes several values"
            yield Case("setting", (*command, word), given, accepted=accepted)


def pieces(word):
    """Return the parts of a word that a message may name."""
    key, _, value = word.partition("=")
    key = key.lstrip("+~")
    places = (
        key,
        key.rpartition(".")[0],
        value.strip("'\" "),
        key.rpartition(".")[2],
        key.partition(".")[0],
    )
    found = [text[:50] for text in places]
    return tuple(text for text in found if text)


# Options of the commands.

WRONG_OPTIONS = (
    (RUN, ("--from", "nowhere")),
    (RUN, ("--from", "empty")),
    (RUN, ("--from", "notes.txt")),
    (RUN, ("--from", "study")),
    (RUN, ("--nonsense",)),
    (RUN, ("--config-dir", "nowhere")),
    (RUN, ("--config-dir", "notes.txt")),
    (RUN, ("-m", "--from", "run")),
    (PLAN, ("--design", "random")),
    (PLAN, ("--design", "lhs")),
    (PLAN, ("--samples", "5")),
    (PLAN, ("--samples", "-5", "--design", "lhs", "firm.set_point=interval(0.5,0.6)")),
    (PLAN, ("--samples", "abc")),
    (PLAN, ("--design-seed", "-1", "--design", "lhs", "firm.set_point=interval(0.5,0.6)")),
    (PLAN, ("--design-seed", "x")),
    (PLAN, ("--zip", "a,b")),
    (PLAN, ("--zip", "seed")),
    (PLAN, ("--zip", "")),
    (PLAN, ("--zip", "seed,horizon", "seed=1,2", "horizon=14,15,16")),
    (PLAN, ("--until", "time_in_band")),
    (PLAN, ("--until", "time_in_band:0")),
    (PLAN, ("--until", "time_in_band:-1")),
    (PLAN, ("--until", "time_in_band:nan")),
    (PLAN, ("--until", "happiness:0.1")),
    (PLAN, ("--until", ":")),
    (PLAN, ("--cap", "10")),
    (PLAN, ("--cap", "0", "--until", "time_in_band:0.1")),
    (PLAN, ("--cap", "x")),
    (PLAN, ("--daily", "moods")),
    (PLAN, ("--daily", ",,")),
    (PLAN, ("--executor", "abacus")),
    (PLAN, ("--executor", "")),
    (PLAN, ("--executor", LONG)),
    (PLAN, ("--executor", "../x")),
    (PLAN, ("--workers", "0")),
    (PLAN, ("--workers", "-1")),
    (PLAN, ("--workers", "two")),
    (PLAN, ("--workers", "1e3")),
    (PLAN, ("--timeout", "0")),
    (PLAN, ("--timeout", "-1")),
    (PLAN, ("--timeout", "nan")),
    (PLAN, ("--timeout", "soon")),
    (PLAN, ("--points", "nowhere.csv")),
    (PLAN, ("--points", "empty")),
    (PLAN, ("--points", "study/points.parquet")),
    (PLAN[:-2], ("hydra/launcher=rocket",)),
    (PLAN, ("hydra.launcher.n_jobs=1",)),
    (PLAN, ("--config-dir", "nowhere")),
    (PLAN, ("--nonsense",)),
    (PLAN, ("--out", "notes.txt")),
    (PLAN, ("--out", "full")),
    (PLAN, ("--out", "run")),
    (PLAN, ("experiment=nothing",)),
    (PLAN, ("experiment=../first_look",)),
    (PLAN, ("experiment=first_look", "strategy=")),
)


def option_cases():
    for base, words in WRONG_OPTIONS:
        named = tuple(word.lstrip("-")[:40] for word in words if word)
        given = (
            *named,
            *words[0].partition(",")[::2],
            "executor",
            "rocket",
            "samples",
            "width",
            "happiness",
        )
        yield Case("option", (*base, *words), tuple(filter(None, given)))
    for words in (("nonsense",), ("--nonsense",), ("Run",), ("run", "sweep"), ("",), ("run", "")):
        yield Case("unknown commands", words, words[-1:])


# Ranges and designs.

RANGES = (
    "interval(1,0)",
    "interval(0,2)",
    "interval(0.5)",
    "interval()",
    "interval(a,b)",
    "interval(0.5,0.6,0.7)",
    "interval(nan,1)",
    "interval(0,inf)",
    "interval(0.5,0.5)",
    "range(0)",
    "range(1,0)",
    "range(0,1,0)",
    "range(0,1,-1)",
    "range(a)",
    "range(0,1e9)",
    "choice()",
    "choice(0.5,0.5)",
    "choice(0.5,high)",
    "glob(*)",
    "glob()",
    "sort()",
    "shuffle(",
    "tag(x)",
    "0.5,",
    ",0.5",
    "0.5,,0.6",
    "0.5,high",
    "0.5,nan",
    "0.5,2",
    "normal(0,1)",
    "extend_list(1)",
    "int(0.5)",
    "float(x),0.5",
    "uniform(0.5,0.6)",
    "eval(1)",
    "__import__('os')",
)


def range_cases():
    designs = ((), ("--design", "lhs", "--samples", "4"), ("--design", "sobol", "--samples", "3"))
    for text, design in itertools.product(RANGES, designs):
        word = f"firm.set_point={text}"
        given = (word, "firm.set_point", "--design", "--samples", text)
        yield Case("range", (*PLAN, word, *design), given, accepted=ACCEPTED_RANGES.get(text, ""))


ACCEPTED_RANGES = {
    "choice(0.5,0.5)": "a repeated value counts once",
    "int(0.5)": "Hydra's cast",
    "tag(x)": "",
}


# Envelope, sensitivity, tune.

TWO = ("control_center.kp=interval(1,12)", "firm.set_point=interval(0.6,0.8)")
SEARCH = (*SMALL, "strategy=pid_survey", "--dry-run", "--executor", "serial", *TWO)
WRONG_SEARCH = {
    "envelope": (
        ("--holds", ""),
        ("--holds", "time_in_band"),
        ("--holds", "time_in_band>="),
        ("--holds", "time_in_band>=nan"),
        ("--holds", "time_in_band>=inf"),
        ("--holds", "mood>=1"),
        ("--holds", f"__import__('pathlib').Path('{MARKER}').touch()"),
        ("--holds", "time_in_band=>0.5"),
        ("--holds", "time_in_band>=0.5>=0.4"),
        ("--share", "0"),
        ("--share", "2"),
        ("--share", "nan"),
        ("--share", "half"),
        ("--steps", "0"),
        ("--steps", "1"),
        ("--steps", "-3"),
        ("--steps", "x"),
        ("--samples", "0", "community.trust=interval(0,1)"),
        ("--nonsense",),
        ("--executor", "abacus"),
        ("--workers", "0"),
        ("--config-dir", "nowhere"),
        ("--out", "full"),
        ("firm.set_point=interval(1,0)",),
        ("firm.set_point=0.7", "control_center.kp=2"),
        ("strategy=interval(0,1)",),
        ("engine=interval(0,1)",),
        ("experiment=nothing",),
    ),
    "sensitivity": (
        ("--on", ""),
        ("--on", "mood"),
        ("--on", "cost,time_in_band"),
        ("--method", "guess"),
        ("--method", ""),
        ("--samples", "0"),
        ("--samples", "-1"),
        ("--samples", "x"),
        ("--samples", "10000000"),
        ("--search-seed", "-1"),
        ("--search-seed", "4294967296000"),
        ("--search-seed", "x"),
        ("--nonsense",),
        ("--executor", "abacus"),
        ("--workers", "-2"),
        ("--config-dir", "notes.txt"),
        ("--out", "notes.txt"),
        ("firm.set_point=interval(nan,1)",),
        ("seed=interval(0,9)",),
        ("firm.set_point=0.7", "control_center.kp=2"),
        ("experiment=nothing",),
    ),
    "tune": (
        ("--on", ""),
        ("--on", "mood"),
        ("--on", "cost,time_in_band,net"),
        ("--on", "cost,cost"),
        ("--judge", "nowhere"),
        ("--judge", "calm"),
        ("--trials", "0"),
        ("--trials", "-1"),
        ("--trials", "x"),
        ("--held-out", "0"),
        ("--held-out", "-1"),
        ("--search-seed", "-1"),
        ("--search-seed", "4294967296000"),
        ("--nonsense",),
        ("--executor", "abacus"),
        ("--workers", "0"),
        ("--out", "full"),
        ("--out", "notes.txt"),
        ("firm.set_point=interval(1,0)",),
        ("community.size=interval(50,60)",),
        ("seed=interval(0,9)",),
        ("firm.set_point=0.7", "control_center.kp=2"),
        ("experiment=nothing",),
    ),
}


def search_cases():
    for command, choices in WRONG_SEARCH.items():
        for words in choices:
            given = (*(word[:40] for word in words if word), *pieces(words[0]), "range", "interval")
            yield Case("search option", (command, *SEARCH, *words), given)


# Options of commands on a study.

WRONG_STUDY_OPTIONS = (
    ("--by", "nope"),
    ("--by", "community.size"),
    ("--by", ","),
    ("--on", "mood"),
    ("--on", ""),
    ("--on", ","),
    ("--on", "cost,cost"),
    ("--on", LONG),
    ("--baseline", "nobody"),
    ("--baseline", LONG),
    ("--margin", "cost"),
    ("--margin", "cost:"),
    ("--margin", ":5"),
    ("--margin", "cost:-5"),
    ("--margin", "cost:nan"),
    ("--margin", "cost:1e999"),
    ("--margin", "mood:5"),
    ("--margin", "cost:5,cost:6"),
    ("--enough", "time_in_band:high"),
    ("--enough", "mood:1"),
    ("--enough", "time_in_band"),
    ("--nonsense",),
    ("extra",),
)
WRONG_FOLDERS = (
    "nowhere",
    "empty",
    "full",
    "notes.txt",
    "run",
    "",
    ".",
    "/dev/null",
    LONG,
    NOT_UTF8,
)


def study_option_cases():
    for command, words in itertools.product(("compare", "report"), WRONG_STUDY_OPTIONS):
        named = tuple(word.partition(":")[0][:40] or word for word in words if word)
        given = (*named, "measures", "-5", "margin")
        accepted = {("--on", "cost,cost"): "said once", ("--margin", "cost:5,cost:6"): "the last"}
        accepted_why = accepted.get(words, "")
        yield Case("study option", (command, "study", *words), given, accepted=accepted_why)
    for command, name in itertools.product(("compare", "report", "export", "trace"), WRONG_FOLDERS):
        if (command, name) != ("trace", "run"):
            yield Case("wrong folder", (command, name), (name[:40] or ".", "udcff"))
    for name in (
        "x.txt",
        "study/study.json",
        "study/summary/x.csv",
        "empty",
        "/dev/full/x.csv",
        "",
    ):
        given = (name or ".", "--export", "--out")
        yield Case("export file", ("compare", "study", "--export", name), given)
        accepted = "a file of its own name" if name == "x.txt" else ""
        yield Case("export file", ("export", "study", "--out", name), given, accepted=accepted)
    for name in ("study", ".", "/", "full", "notes.txt", "study/summary", "/dev/null/x", LONG):
        yield Case("report folder", ("report", "study", "--out", name), (name[:40], "--out"))
    for number in ("-1", "60", "1e9", "x", "99999999999999999999"):
        given = (number, "--consumer")
        yield Case("consumer", ("trace", "run", "--consumer", number), given)


# Folders that the program wrote, and that were damaged.


def damage_file(pattern, damage):
    def arrange(folder):
        damage(next(folder.glob(pattern)))

    return arrange


STUDY_FILES = ("study.json", "points.parquet", "summary/*.parquet", "daily/*.parquet")
STUDY_COMMANDS = (
    ("compare", "study"),
    ("export", "study"),
    ("export", "study", "--daily"),
    ("report", "study"),
    SWEEP_AGAIN,
)


def damaged_study_cases():
    for pattern, words in itertools.product(STUDY_FILES, STUDY_COMMANDS):
        # A report is slow, and days are not what compare and report read first.
        if words[0] in ("report", "compare") and pattern.startswith("daily"):
            continue
        if words == ("export", "study") and pattern.startswith("daily"):
            continue
        for name, damage in DAMAGES.items():
            is_sweep = words[0] == "sweep"
            compare = ("compare", "study")
            yield Case(
                "damaged study",
                words,
                ("study",),
                damage_file(f"study/{pattern}", damage),
                "mended: compare says the same" if is_sweep else "the same answer",
                same_as=compare if is_sweep else words,
                check=compare if is_sweep else (),
                title=f"{pattern} {name}",
            )
    for words in STUDY_COMMANDS[:4]:
        yield Case("damaged study", words, ("study",), stray_files, "the same answer", words)


def stray_files(folder):
    """Put files of somebody else into the folders of a study."""
    for name in ("summary", "daily", "failures", "fresh"):
        (folder / "study" / name / "stray.txt").write_text("stray")


def damaged_run_cases():
    for name in ("settings.yaml", "manifest.json", "summary.json", "daily.parquet"):
        for title, damage in DAMAGES.items():
            arrange = damage_file(f"run/{name}", damage)
            for words in (("trace", "run"), ("run", "--from", "run", "-q", "--out", "out")):
                # A bit of a seed or a size is another run, which `trace` cannot know.
                is_other_run = words[0] == "trace" or name != "daily.parquet"
                yield Case(
                    "damaged run",
                    words,
                    ("run", "NOT identical", "Allowed", "allowed"),
                    arrange,
                    "read as it stands" if is_other_run else "not looked at",
                    title=f"{name} {title}",
                )


# Files that users write.


def write(name, content):
    data = content if isinstance(content, bytes) else content.encode()

    def arrange(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return arrange


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in itertools.pairwise("abcdefghij")
)
GOOD = "# @package _global_\ndefaults:\n  - override /receptor: survey\nstrategy: {name: mine}\n"
OPTION_FILES = {
    "empty": b"",
    "a list": "- 1\n- 2\n",
    "a text": "just words",
    "a number": "3",
    "null": "null",
    "a tab": "strategy:\n\tname: x\n",
    "an open quote": 'strategy: {name: "x',
    "an open brace": "strategy: {name: x",
    "a key twice": "strategy: {name: x}\nstrategy: {name: y}\n",
    "a bomb": BOMB,
    "a loop": "a: &a [*a]\n",
    "Latin-1": "# é\nstrategy: {name: été}\n".encode("latin-1"),
    "UTF-16": GOOD.encode("utf-16"),
    "NUL": b"strategy: \x00\n",
    "binary": bytes(range(256)),
    "a pickle": pickle.dumps(Payload()),
    "a python tag": f"x: !!python/object/apply:os.system ['touch {MARKER}']\n",
    "a python name": "x: !!python/name:os.system\n",
    "a new tag": "x: !mine 3\n",
    "a target": f"_target_: os.system\n_args_: ['touch {MARKER}']\n",
    "an inner target": f"strategy: {{_target_: os.system, command: 'touch {MARKER}'}}\n",
    "a variable": "# @package _global_\nstrategy: {name: '${oc.env:HOME}'}\n",
    "a resolver": "# @package _global_\nstrategy: {name: '${oc.create:1}'}\n",
    "a self reference": "# @package _global_\nstrategy: {name: '${strategy.name}'}\n",
    "a missing reference": "# @package _global_\nstrategy: {name: '${nowhere}'}\n",
    "an unknown setting": "# @package _global_\nnonsense: 1\n",
    "an unknown part": "# @package _global_\ndefaults:\n  - override /receptor: psychic\n",
    "a wrong default": "defaults: 3\n",
    "a default outside": "defaults:\n  - /../../etc/passwd\n",
    "hydra": "# @package _global_\nhydra: {run: {dir: elsewhere}}\n",
    "three documents": "a: 1\n---\nb: 2\n---\nc: 3\n",
    "deep": "a: " + "[" * 5000,
    "a long line": "strategy: {name: " + "x" * 100_000,
    "a wrong type": "# @package _global_\nseed: {a: 1}\n",
    "not a number": "# @package _global_\nfirm: {set_point: .nan}\n",
    "a date": "# @package _global_\nseed: 2020-01-01\n",
}


# Texts of the files that a message may name instead of the file.
OPTION_NAMES = (
    "nonsense",
    "nowhere",
    "psychic",
    "horizon",
    "seed",
    "set_point",
    "hydra",
    "strategy",
    "_target_",
)
ACCEPTED_OPTIONS = {
    "empty": "it changes nothing",
    "null": "it changes nothing",
    "three documents": "",
}


def option_file_cases():
    for title, content in OPTION_FILES.items():
        arrange = write("mine/strategy/mine.yaml", content)
        for command in (RUN, PLAN):
            words = (*command, "strategy=mine", "--config-dir", "mine")
            given = ("mine", *OPTION_NAMES)
            accepted = ACCEPTED_OPTIONS.get(title, "")
            yield Case("option file", words, given, arrange, accepted, title=title)
        other = (*RUN, "strategy=oracle", "--config-dir", "mine")
        why = "the damaged file is not asked for"
        yield Case("option file beside", other, ("mine",), arrange, why, title=title)
    for title, arrange in ODD_FOLDERS.items():
        words = (*RUN, "strategy=mine", "--config-dir", "mine")
        accepted = "yml is an ending of YAML, too" if title == "another ending" else ""
        yield Case("option folder", words, ("mine",), arrange, accepted, title=title)


def folder_as_file(folder):
    (folder / "mine/strategy/mine.yaml").mkdir(parents=True)


def pipe_as_option(folder):
    (folder / "mine/strategy").mkdir(parents=True)
    os.mkfifo(folder / "mine/strategy/mine.yaml")


def link_to_itself(folder):
    (folder / "mine/strategy").mkdir(parents=True)
    (folder / "mine/strategy/mine.yaml").symlink_to("mine.yaml")


def device_as_option(folder):
    (folder / "mine/strategy").mkdir(parents=True)
    (folder / "mine/strategy/mine.yaml").symlink_to("/dev/zero")


ODD_FOLDERS = {
    "a folder as a file": folder_as_file,
    "a pipe": pipe_as_option,
    "a link to itself": link_to_itself,
    "a device": device_as_option,
    "another ending": write("mine/strategy/mine.yml", GOOD),
    "at the top": write("mine/mine.yaml", GOOD),
    "another group": write("mine/strategies/mine.yaml", GOOD),
    "capitals": write("mine/strategy/Mine.yaml", GOOD),
}
NETWORKS = {
    "empty": b"",
    "blank lines": "\n\n\n",
    "one name a line": "ann\nbob\n",
    "a heading alone": "source,target\n",
    "itself": "ann,ann\n",
    "ragged": "ann,bob\nann\nann,bob,eve,x,y\n",
    "an open quote": '"ann,bob\neve,joe\n',
    "binary": bytes(range(256)) * 10,
    "NUL": b"ann,bob\n\x00,eve\n",
    "UTF-16": "ann,bob\n".encode("utf-16"),
    "Latin-1": "é,è\n".encode("latin-1"),
    "a pickle": pickle.dumps(Payload()),
    "YAML": f"!!python/object/apply:os.system ['touch {MARKER}']\n",
    "a zip": b"PK\x03\x04" + bytes(50),
    "a gzip that is cut": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    "a gzip of nothing": b"\x1f\x8b\x08",
    "JSON cut": '{"nodes": [{"id": 1}], "links": [',
    "JSON without ties": '{"nodes": [{"id": 1}], "links": []}',
    "JSON of numbers": "[1, 2, 3]",
    "JSON deep": "[" * 100_000,
    "JSON of a missing node": '{"nodes": [{"id": 1}], "links": [{"source": 1}]}',
    "GraphML cut": '<?xml version="1.0"?><graphml><graph>',
    "GraphML without ties": '<graphml><graph edgedefault="undirected"/></graphml>',
    "XML entities": '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><graphml>&b;</graphml>',
    "XML from a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><graphml>&a;</graphml>',
    "XML bomb": '<!DOCTYPE l [<!ENTITY a0 "x">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    + "]><graphml>&a9;</graphml>",
    "GML cut": "graph [ node [ id 1",
    "Pajek without ties": '*Vertices 2\n1 "a"\n2 "b"\n',
    "Pajek of wrong numbers": '*Vertices 2\n1 "a"\n2 "b"\n*Edges\n1 9\n',
    "Matrix Market cut": "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 2",
    "DOT": "graph { a -- b; }",
    "HTML": "<html><body>404</body></html>",
    "only punctuation": "->,->\n--,--\n",
    "dates": "2020-01-01,2020-01-02\n2020-01-03,2020-01-04\n",
    "rounded ids": "1.23E+17,1.24E+17\n",
    "a matrix that is not square": "0 1 0\n1 0\n",
    "SQLite": b"SQLite format 3\x00" + bytes(100),
    "an xlsx": b"PK\x03\x04xl/workbook.xml",
}
NETWORK_SETTINGS = (
    "network.columns=[a,b]",
    "network.columns=[1]",
    "network.columns=[0,1]",
    "network.columns=[1,1]",
    "network.columns=[1,99]",
    "network.columns=x",
    "network.weight=nothing",
    "network.weight=0",
    "network.nodes=nowhere.csv",
    "network.nodes=empty",
    "network.directed=perhaps",
    "network.tribes=moon",
    "network.path=",
    "network.path=null",
    "network.path=[a,b]",
    "network.path=3",
)


NOBODY = (
    "JSON without ties",
    "Pajek without ties",
    "empty",
    "blank lines",
    "a heading alone",
    "itself",
    "GraphML without ties",
)
NOBODY_IS_TIED = "a note says that nobody is tied"


def network_cases():
    base = ("run", "horizon=7", "burn_in=0", "-q", "--out", "out", "network=file")
    plan = ("sweep", "horizon=7", "burn_in=0", "--dry-run", "strategy=oracle", "network=file")
    for title, content in NETWORKS.items():
        arrange = write("net.csv", content)
        for command in (base, plan):
            words = (*command, "network.path=net.csv")
            accepted = NOBODY_IS_TIED if title in NOBODY else ""
            yield Case("network file", words, ("net.csv",), arrange, accepted, title=title)
    arrange = write("net.csv", "ann,bob\nbob,eve\neve,joe\n")
    for word in NETWORK_SETTINGS:
        given = pieces(word)
        yield Case("network setting", (*base, "network.path=net.csv", word), given, arrange)
    for path in ODD_PATHS:
        words = (*base, f"network.path={path}")
        yield Case("network path", words, (path[:40], "network.path", "udcff"), make_odd_places)


ODD_PATHS = (
    "nowhere",
    "empty",
    "pipe",
    "loop",
    "/dev/zero",
    "/dev/stdin",
    "/dev/null",
    "/dev/urandom",
    "/proc/self/mem",
    "/",
    "~nobody/x",
    "notes.txt/x",
    LONG,
    "x" * 5000,
    "secret",
    NOT_UTF8,
)


def make_odd_places(folder):
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "secret").symlink_to("/dev/zero")


LOGS = {
    "empty": b"",
    "a heading alone": "date,sentiment,topic\n",
    "another heading": "a,b,c\n1,2,3\n",
    "a wrong date": "date,sentiment\n2020-13-45,positive\n",
    "a date of the year 0": "date,sentiment\n0000-01-01,positive\n",
    "a wrong sentiment": "date,sentiment\n2020-01-01,blue\n",
    "a negative count": "date,sentiment,count\n2020-01-01,positive,-5\n",
    "a count of words": "date,sentiment,count\n2020-01-01,positive,many\n",
    "an infinite count": "date,sentiment,count\n2020-01-01,positive,inf\n",
    "ragged": "date,sentiment\n2020-01-01\n",
    "an open quote": 'date,sentiment\n"2020-01-01,positive\n',
    "NUL": b"date,sentiment\n\x00,positive\n",
    "binary": bytes(range(256)),
    "Latin-1": "date,sentiment\n2020-01-01,é\n".encode("latin-1"),
    "UTF-16": "date,sentiment\n2020-01-01,positive\n".encode("utf-16"),
    "a pickle": pickle.dumps(Payload()),
    "JSON": "[]",
    "a formula": "date,sentiment\n=1+1,positive\n",
    "a date twice": "date,date,sentiment\n2020-01-01,2020-01-01,positive\n",
    "ten thousand years": "date,sentiment\n0001-01-01,positive\n9999-12-31,negative\n",
}


def mention_cases():
    base = (*RUN, "environment=replay", "environment.path=log.csv")
    for title, content in LOGS.items():
        yield Case("mentions", base, ("log.csv",), write("log.csv", content), title=title)
    good = write("log.csv", "date,sentiment\n2020-01-01,positive\n2020-01-02,negative\n")
    for word in (
        "environment.brand=nobody",
        "environment.topics=3",
        "environment.topics={a: moon}",
    ):
        yield Case("mentions", (*base, word), pieces(word), good)
    for path in ODD_PATHS:
        words = (*RUN, "environment=replay", f"environment.path={path}")
        yield Case(
            "mentions path", words, (path[:40], "environment.path", "udcff"), make_odd_places
        )


SCHEDULES = {
    "empty": b"",
    "a text": "words",
    "a number": "3",
    "an object": "{day: 1}",
    "no effector": "- {day: 1, effort: 1}\n",
    "an unknown effector": "- {day: 1, effector: dance, effort: 1}\n",
    "a negative day": "- {day: -1, effector: repair, effort: 1}\n",
    "a day of words": "- {day: soon, effector: repair, effort: 1}\n",
    "a negative effort": "- {day: 1, effector: repair, effort: -1}\n",
    "an infinite effort": "- {day: 1, effector: repair, effort: .inf}\n",
    "not a number": "- {day: 1, effector: repair, effort: .nan}\n",
    "a key too many": "- {day: 1, effector: repair, effort: 1, mood: good}\n",
    "a key twice": "- {day: 1, day: 2, effector: repair, effort: 1}\n",
    "a day twice": "- {day: 1, effector: repair, effort: 1}\n- {day: 1, effector: repair, effort: 2}\n",
    "an unknown department": "- {day: 1, effector: repair, effort: 1, department: moon}\n",
    "a python tag": f"!!python/object/apply:os.system ['touch {MARKER}']\n",
    "a bomb": BOMB,
    "a loop": "&a [*a]\n",
    "Latin-1": "- {day: 1, effector: é, effort: 1}\n".encode("latin-1"),
    "binary": bytes(range(256)),
    "deep": "[" * 5000,
}


def schedule_cases():
    base = (*RUN, "control_center=scripted", "effector=[repair,respond]")
    for title, content in SCHEDULES.items():
        for name in ("plan.yaml", "plan.csv"):
            words = (*base, f"control_center.path={name}")
            is_early = (title, name) == ("a negative day", "plan.yaml")
            accepted = "a day of the burn-in" if is_early else ""
            yield Case("schedule", words, (name,), write(name, content), accepted, title=title)
    for path in ODD_PATHS:
        words = (*base, f"control_center.path='{path}'")
        given = (path[:40], "control_center.path", "udcff", "control_center")
        yield Case("schedule path", words, given, make_odd_places)


POINTS = {
    "empty": b"",
    "a heading alone": "firm.set_point\n",
    "an unknown setting": "mood\n1\n",
    "a wrong value": "firm.set_point\nhigh\n",
    "too high": "firm.set_point\n2\n",
    "ragged": "firm.set_point,seed\n0.5\n",
    "a column twice": "seed,seed\n1,2\n",
    "no name": "seed,\n1,2\n",
    "semicolons": "seed;horizon\n1;2\n",
    "an open quote": 'seed\n"1\n',
    "NUL": b"seed\n\x00\n",
    "binary": bytes(range(256)),
    "Latin-1": "strategy\né\n".encode("latin-1"),
    "UTF-16": "seed\n1\n".encode("utf-16"),
    "a pickle": pickle.dumps(Payload()),
    "a range": "firm.set_point\ninterval(0,1)\n",
    "a list": 'firm.set_point\n"[1,2]"\n',
    "a target": "_target_\nos.system\n",
    "a variable": "strategy.title\n${oc.env:HOME}\n",
}


def points_cases():
    for title, content in POINTS.items():
        words = (*PLAN, "strategy=oracle", "--points", "points.csv")
        given = ("points", "firm.set_point", "seed", "strategy", "mood", "_target_", "HOME")
        yield Case("points", words, given, write("points.csv", content), title=title)
    for path in ODD_PATHS:
        words = (*PLAN, "--points", path)
        yield Case("points path", words, (path[:40], "--points", "udcff"), make_odd_places)


EXPERIMENTS = {
    "empty": b"",
    "a list": "[1]",
    "a text": "words",
    "an unknown key": "leverz: {seed: [1]}\n",
    "a key twice": "levers: {seed: [1]}\nlevers: {seed: [2]}\n",
    "levers of text": "levers: many\n",
    "an unknown lever": "levers: {mood: [1, 2]}\n",
    "an empty list": "levers: {seed: []}\n",
    "a wrong value": "levers: {firm.set_point: [high]}\n",
    "a setting twice": "levers: {seed: [1, 2]}\nuncertainties: {seed: [3]}\n",
    "a python tag": f"levers: !!python/object/apply:os.system ['touch {MARKER}']\n",
    "a bomb": BOMB,
    "a loop": "levers: &a {x: *a}\n",
    "Latin-1": "title: é\n".encode("latin-1"),
    "binary": bytes(range(256)),
    "a variable": "title: ${oc.env:HOME}\nlevers: {strategy: '${oc.env:HOME}'}\n",
    "deep": "[" * 5000,
}


def experiment_cases():
    for title, content in EXPERIMENTS.items():
        arrange = write("mine/experiment/mine.yaml", content)
        for command in ("sweep", "envelope", "sensitivity", "tune"):
            words = (command, "experiment=mine", "--config-dir", "mine", "--dry-run")
            given = ("mine", "mood", "high", "seed", "HOME")
            yield Case("experiment", words, given, arrange, title=title)


# Places to write.

OUT_PLACES = ("notes.txt", "notes.txt/x", "full", "/dev/null/x", "/proc/x", LONG, "x" * 5000)


def path_cases():
    for path in OUT_PLACES:
        given = (path[:40],)
        yield Case("output path", ("run", *SMALL, "-q", "--out", path), given)
        sweep = ("sweep", *SMALL, "strategy=oracle", "replicates=1", "--executor", "serial")
        yield Case("output path", (*sweep, "-q", "--out", path), given)
        accepted = "a new file beside others" if path == "full" else ""
        for command in (
            ("export", "study", "--out", f"{path}/x.csv"),
            ("compare", "study", "--export", f"{path}/x.csv"),
            ("report", "study", "--out", f"{path}/x"),
        ):
            yield Case("output path", command, given, accepted=accepted)
        yield Case("output path", ("new", "strategy", "mine", "--out", path), given)


def link_out(name, target):
    """Replace a file or folder of the study by a link to somebody else's."""

    def arrange(folder):
        path = folder / "study" / name
        if path.is_dir():
            path.rename(folder / f"was_{name}")
        else:
            path.unlink(missing_ok=True)
        (folder / "theirs").mkdir()
        (folder / "theirs" / "0123456789abcdef.parquet").write_bytes(b"theirs")
        path.symlink_to(folder / target)

    return arrange


def link_cases():
    files = (".lock", "study.json", "points.parquet", "summary.csv", "daily.csv", "report")
    targets = [(name, "notes.txt") for name in files]
    targets += [(name, "theirs") for name in ("summary", "daily", "failures", "fresh", "damaged")]
    for (name, target), words in itertools.product(targets, STUDY_COMMANDS):
        arrange = link_out(name, target)
        accepted = "the link is not followed"
        yield Case("link", words, ("study",), arrange, accepted, title=f"{name} to {target}")


def stream_cases():
    commands = (("compare", "study"), ("export", "study"), ("explain",), ("trace", "run"), RUN)
    for words in commands:
        for encoding in ("ascii", "cp1252"):
            accepted = "printed in what the stream can say"
            yield Case("stream", words, accepted=accepted, encoding=encoding, title=encoding)
        for closed in (("stdout",), ("stderr",), ("stdout", "stderr")):
            accepted = "nothing can be printed"
            yield Case("stream", words, accepted=accepted, closed=closed, title=" ".join(closed))
        for width in ("0", "1", "x"):
            environment = {"COLUMNS": width}
            accepted = "printed"
            yield Case(
                "stream",
                words,
                accepted=accepted,
                environment=environment,
                title=f"{width} columns",
            )


def new_cases():
    names = ("", "Mine", "1x", "a b", "../x", "/x", "class", "null", "nan", "oracle", "é", LONG)
    for kind, name in itertools.product(("strategy", "receptor", "measure"), names):
        is_free = name == "oracle" and kind == "measure"
        accepted = "no measure has the name" if is_free else ""
        yield Case("name", ("new", kind, name), (name[:40], "name"), accepted=accepted)
    for kind in ("", "people", "Strategy", LONG):
        yield Case("kind", ("new", kind, "mine"), (kind[:40], "kind"))
    for name in ("full", "study", "notes.txt"):
        yield Case("place", ("new", "strategy", "mine", "--out", name))


def explain_cases():
    for word in ("nothing", "strategy=nobody", "", "community.sise", LONG, "../x", "--x"):
        accepted = "" if word else "as without a word"
        given = (word[:40], "explain")
        yield Case("name", ("explain", word), given, accepted=accepted)
    yield Case("name", ("explain", "seed", "--config-dir", "nowhere"), ("nowhere",))
