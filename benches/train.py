#!/usr/bin/env python3
"""How fast modelseal trains, beside scikit-learn, LightGBM and the published stack, in one run.

    python3 benches/train.py [--data CSV] [--runs 3] [--only WORK,...] [--published compare] [--write]

WORK is fits, compare, published or whole; all by default. The data is the diabetes survey of the
published walk-through (../shared/data, or --data). Needs the built programs (target/release, or
CARGO_TARGET_DIR) and the network once: peers live in environments of their own below the temporary
folder (MODELSEAL_BENCH_CACHE for another place), made at the first run. The published stack needs
Python 3.9 and some minutes, so it is asked for: `--published compare` runs its setup and comparison,
`--published whole` all of its experiment (35 minutes). Contenders take turns (A, B, A, ...);
medians are compared. --write puts the table into docs/benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "benches" / "train_peers.py"
TARGET = "Diabetes_binary"
PUBLISHED_COLUMNS = "BMI,GenHlth,Age,Income"
SKLEARN = ["scikit-learn==1.9.1", "lightgbm==4.7.0", "pandas"]
# What a new environment of the published walk-through got in March 2023.
PUBLISHED = ["pycaret==3.0.0rc9", "scikit-learn==1.2.1", "lightgbm==3.3.5", "pandas==1.5.3",
             "numpy==1.23.5", "scipy==1.10.1", "joblib==1.2.0", "matplotlib==3.7.1",
             "numba==0.56.4", "imbalanced-learn==0.10.1", "category-encoders==2.6.0",
             "yellowbrick==1.5", "scikit-plot==0.3.7", "sktime==0.16.1", "statsmodels==0.13.5",
             "pmdarima==2.0.2", "tbats==1.1.2", "pyod==1.0.8", "plotly==5.13.1", "kaleido==0.2.1",
             "schemdraw==0.15", "ipython==8.11.0", "nbformat==5.7.3", "flask==2.2.3",
             "werkzeug==2.2.3", "markupsafe==2.1.2", "xxhash==3.2.0", "setuptools<70", "wheel"]
# Fits, the peers of each, and what they should be faster by: 4 columns, 21 columns.
FITS = [
    ("gbc", [("scikit-learn gbc", "gbc", "100x", "40x"),
             ("LightGBM, depth 3", "lightgbm_depth_3", "8x", "2.5x")]),
    ("lightgbm", [("LightGBM", "lightgbm", "", "2x")]),
    ("rf", [("scikit-learn rf", "rf", "10x", "4x")]),
    ("et", [("scikit-learn et", "et", "10x", "4x")]),
    ("knn", [("scikit-learn knn", "knn", "", "20x")]),
    ("dt", [("scikit-learn dt", "dt", "", "")]),
    ("ada", [("scikit-learn ada", "ada", "", "")]),
    ("lr", [("scikit-learn lr", "lr", "", "")]),
]
WHOLE_CPU_SECONDS = 1320
HEAD = ["| work | program | wall s | CPU s | peak MiB | wall / CPU against ours | goal |",
        "|---|---|---|---|---|---|---|"]


def built(name):
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "release" / name
    if not path.exists():
        sys.exit(f"there is no {path}: use `just bench-train`, which builds it")
    return str(path.resolve())


def environment(name, python, packages):
    """A Python with these packages, made once."""
    cache = os.environ.get("MODELSEAL_BENCH_CACHE")
    place = pathlib.Path(cache or pathlib.Path(tempfile.gettempdir()) / "modelseal-bench-train")
    place = place / name
    if not (place / "done").exists():
        print(f"making {place}", file=sys.stderr, flush=True)
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([python, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", *packages], check=True,
                       stdout=sys.stderr)
        (place / "done").touch()
    return str(place / "bin" / "python")


def python(version):
    """A Python of this version: on the path, or of pyenv."""
    places = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    found = [str(place) for place in places] or [shutil.which(f"python{version}")]
    if not found[-1]:
        sys.exit(f"there is no Python {version}, which this peer needs")
    return found[-1]


class Run:
    """One run of a command with all processes that it starts: seconds on the clock, seconds of
    computing, the largest memory of all of them together in MiB, and what it printed."""

    def __init__(self, command, cwd, threads=None):
        known = dict(os.environ)
        # Choices for one machine's linear algebra are not the peers' defaults.
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            known.pop(name, None)
        if threads:
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
                known[name] = str(threads)
        self.seen, self.peak = {}, 0.0
        start = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, cwd=cwd, env=known, start_new_session=True,
                                       stdout=subprocess.PIPE, stderr=said)
            is_over = threading.Event()
            watch = threading.Thread(target=self.watch, args=(process.pid, is_over))
            watch.start()
            self.printed = process.stdout.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            self.wall = time.perf_counter() - start
            is_over.set()
            watch.join()
            # Workers that outlive their parent.
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            if status != 0:
                said.seek(0)
                sys.exit(f"{command} failed:\n{said.read().decode(errors='replace')[-4000:]}")
        self.cpu = max(usage.ru_utime + usage.ru_stime, sum(self.seen.values()))
        # The kernel knows the peak of a single process better than samples do.
        self.peak = max(self.peak, usage.ru_maxrss / 1024)

    def watch(self, session, is_over):
        while not is_over.wait(0.1):
            total = 0
            for entry in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    text = (entry / "stat").read_text()
                except OSError:
                    continue
                fields = text.rpartition(")")[2].split()
                if int(fields[3]) != session:
                    continue
                ticks = int(fields[11]) + int(fields[12])
                self.seen[entry.name, fields[19]] = ticks / os.sysconf("SC_CLK_TCK")
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
            self.peak = max(self.peak, total / 2**20)


class Table:
    def __init__(self):
        self.rows = []
        print("\n".join(HEAD), flush=True)

    def add(self, title, contenders):
        """`contenders`: name, wall, CPU, peak memory or none, goal; ours first."""
        for place, (name, wall, cpu, peak, goal) in enumerate(contenders):
            _, our_wall, our_cpu, *_ = contenders[0]
            ratio = f"{wall / our_wall:.1f}x / {cpu / our_cpu:.1f}x" if place else ""
            memory = f"{peak:.0f}" if peak else ""
            self.rows.append(f"| {'' if place else title} | {name} | {wall:.3f} | {cpu:.3f} "
                             f"| {memory} | {ratio} | {goal} |")
            print(self.rows[-1], flush=True)


def median(runs, what):
    return statistics.median(what(run) for run in runs)


def fits(table, options, folder, sklearn):
    for names, width in ((PUBLISHED_COLUMNS, 4), (None, 21)):
        more = [names] if names else []
        for learner, peers in FITS:
            ours = [built("examples/time_fit"), options.data, TARGET, learner, *more]
            commands = {"modelseal": ours}
            for name, peer, *_ in peers:
                commands[name] = [sklearn, PEERS, "fit", peer, options.data, TARGET, *more]
            seen = {name: [] for name in commands}
            for _ in range(options.runs):
                for name, command in commands.items():
                    seen[name].append(json.loads(Run(command, folder, threads=1).printed))
            work = "fit and predict" if learner == "knn" else "fit"
            goals = {name: goals[0 if width == 4 else 1] for name, _, *goals in peers}

            def seconds(run, kind):
                predict = run[f"predict_{kind}"] if learner == "knn" else 0
                return run[f"fit_{kind}"] + predict

            table.add(f"{learner}: {work}, {width} columns, one thread", [
                (f"{name}, AUC {runs[0]['auc']:.4f}", median(runs, lambda run: seconds(run, "s")),
                 median(runs, lambda run: seconds(run, "cpu_s")), None, goals.get(name, ""))
                for name, runs in seen.items()
            ])


def project(folder, name, data, is_published):
    """A project of this data, with the options of the published experiment or the defaults."""
    place = folder / name
    place.mkdir()
    shutil.copy(data, place / "survey.csv")
    ours = built("modelseal")
    subprocess.run([ours, "init", "survey.csv", "--target", TARGET], cwd=place, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if is_published:
        text = (place / "modelseal.yaml").read_text()
        wanted = "".join(f"  {option}: true\n" for option in
                         ("remove_multicollinearity", "remove_outliers", "feature_selection"))
        (place / "modelseal.yaml").write_text(text.replace("setup:\n", "setup:\n" + wanted, 1))
    return place


def in_turn(options, ours, peer):
    """Ours before and after each run of a peer that takes minutes; `peer` may be none."""
    seen = [ours() for _ in range(options.runs)]
    if peer is None:
        return seen, None
    found = peer()
    return seen + [ours() for _ in range(options.runs)], found


def row(name, runs, goal=""):
    return (name, *(median(runs, lambda run: getattr(run, what)) for what in ("wall", "cpu", "peak")),
            goal)


def compare(table, options, folder, sklearn):
    place = project(folder, "all", options.data, False)
    peer = [sklearn, PEERS, "compare", options.data, TARGET]
    seen, found = in_turn(options, lambda: Run([built("modelseal"), "compare"], place),
                          lambda: Run(peer, folder, threads=1))
    table.add("compare, 14 learners x 10 folds, 21 columns, two cores",
              [row("modelseal", seen, "150 MiB"),
               row("scikit-learn + LightGBM, folds in 2 processes", [found], "10x wall")])


def published(table, options, folder):
    place = project(folder, "published", options.data, True)
    peer = None
    if options.published:
        stack = environment("published", python("3.9"), PUBLISHED)
        peer = lambda: Run([stack, PEERS, "published", options.data, "compare"], folder)
    seen, found = in_turn(options, lambda: Run([built("modelseal"), "compare"], place), peer)
    rows = [row("modelseal, start to table", seen, "150 MiB")]
    if found:
        rows.append(row("pycaret 3.0.0rc9, import, setup and comparison", [found]))
        steps = json.loads(found.printed.splitlines()[-1])["steps"]
        print(f"  of it, seconds on the clock: {steps}", file=sys.stderr, flush=True)
        share = steps["compare"] / found.wall
        rows.append(("pycaret 3.0.0rc9, the comparison alone (CPU by its share of the clock)",
                     steps["compare"], found.cpu * share, found.peak, "60x wall"))
    table.add("compare, 14 learners x 10 folds, published setup, two cores", rows)


def whole(table, options, folder):
    ours = built("modelseal")
    tune = [ours, "tune", "gbc", "--iterations", "10", "--optimize", "f1"]
    helped = subprocess.run([ours, "tune", "--help"], check=True, capture_output=True, text=True)
    if "--search" in helped.stdout:
        tune += ["--search", "published"]
    steps = [[ours, "compare"], [ours, "create", "gbc"], tune, [ours, "evaluate"],
             [ours, "finalize"], [ours, "package"],
             [ours, "keys", "new", "bench", "--private-key", "bench.pem"],
             [ours, "sign", "--private-key", "bench.pem"]]
    runs = []
    for number in range(options.runs):
        place = project(folder, f"whole-{number}", options.data, True)
        runs.append([Run(step, place) for step in steps])
    rows = [(
        "modelseal: compare, create, tune, evaluate, finalize, package, sign",
        statistics.median(sum(step.wall for step in run) for run in runs),
        statistics.median(sum(step.cpu for step in run) for run in runs),
        max(step.peak for run in runs for step in run), "")]
    if options.published == "whole":
        stack = environment("published", python("3.9"), PUBLISHED)
        found = Run([stack, PEERS, "published", options.data, "whole"], folder)
        rows.append(row("pycaret 3.0.0rc9, with six plots", [found], "100x CPU"))
    table.add("the whole published experiment, two cores", rows)
    if options.published != "whole":
        ratio = WHOLE_CPU_SECONDS / rows[0][2]
        table.rows.append(
            f"| | pycaret 3.0.0rc9, with six plots; measured earlier on such a machine, not in this "
            f"run | | {WHOLE_CPU_SECONDS} | | {ratio:.0f}x CPU | 100x CPU |")
        print(table.rows[-1], flush=True)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':', 1)[1].strip()}, {os.cpu_count()} cores"
    return f"{os.cpu_count()} cores"


def write(table, options):
    """Puts the table between the marks in docs/benchmarks.md."""
    path = ROOT / "docs" / "benchmarks.md"
    begin, end = "<!-- train: begin -->\n", "<!-- train: end -->\n"
    text = path.read_text()
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    note = f"{processor()}; medians of {options.runs} runs in turn; `just bench-train`."
    path.write_text(before + begin + "\n".join([note, "", *HEAD, *table.rows, ""]) + end + after)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = pathlib.Path(os.environ.get("MODELSEAL_SHARED", ROOT.parent / "shared"))
    survey = "diabetes_binary_5050split_health_indicators_BRFSS2015.csv"
    arguments.add_argument("--data", default=str(shared / "data" / survey))
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", default="fits,compare,published,whole")
    arguments.add_argument("--published", choices=["compare", "whole"])
    arguments.add_argument("--prepare", action="store_true", help="make the environments and stop")
    arguments.add_argument("--write", action="store_true")
    options = arguments.parse_args()
    if not os.path.exists(options.data):
        sys.exit(f"there is no {options.data}: give the survey with --data")
    options.data = os.path.abspath(options.data)
    sklearn = environment("sklearn", python("3.11"), SKLEARN)
    if options.prepare:
        if options.published:
            environment("published", python("3.9"), PUBLISHED)
        return
    works = options.only.split(",")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="modelseal-bench-"))
    table = Table()
    try:
        if "fits" in works:
            fits(table, options, folder, sklearn)
        if "compare" in works:
            compare(table, options, folder, sklearn)
        if "published" in works:
            published(table, options, folder)
        if "whole" in works:
            whole(table, options, folder)
    finally:
        shutil.rmtree(folder)
    if options.write:
        write(table, options)


if __name__ == "__main__":
    main()
