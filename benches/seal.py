#!/usr/bin/env python3
"""How fast modelseal signs and verifies, beside the reference and openssl, in one run.

    python3 benches/seal.py [--runs 3] [--gib 4] [--write] [--only WORK]

Needs the built program (target/release/modelseal, or MODELSEAL), openssl and the network once, for
`pip install model-signing`. Contenders take turns (A, B, A, B, ...); medians are compared. Wall time
is what a user waits for; CPU time is what other work on the machine does not disturb. Files are made
in the temporary folder and removed at the end; all reads come from the page cache. --write puts the
table into docs/benchmarks.md.
"""

import argparse
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = "model-signing==1.1.1"


def program():
    named = os.environ.get("MODELSEAL")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = pathlib.Path(named) if named else target / "release" / "modelseal"
    if not path.exists():
        sys.exit(f"there is no {path}: cargo build --release, or set MODELSEAL")
    return str(path)


def reference():
    """A Python with the reference tool, made once."""
    given = os.environ.get("MODELSEAL_PYTHON")
    if given:
        return given
    place = pathlib.Path(tempfile.gettempdir()) / "modelseal-bench-venv"
    python = place / "bin" / "python"
    if not (place / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", REFERENCE, "pyopenssl"], check=True)
        (place / "done").touch()
    return str(python)


class Run:
    """One run of a command: seconds on the clock, seconds of computing, peak memory in MiB."""

    def __init__(self, command, cores, cwd):
        def pin():
            os.sched_setaffinity(0, cores)

        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, preexec_fn=pin,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.perf_counter() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        if status != 0:
            sys.exit(f"{command} failed:\n{said.decode(errors='replace')}")


def measure(title, contenders, runs, cores, cwd, goal):
    """Runs contenders in turn; the first is ours, the second is what it is compared with."""
    results = {name: [] for name, _ in contenders}
    for _ in range(runs):
        for name, command in contenders:
            results[name].append(Run(command, cores, cwd))
    rows, first = [], None
    for name, seen in results.items():
        wall, cpu, peak = (
            statistics.median(getattr(run, what) for run in seen) for what in ("wall", "cpu", "peak")
        )
        first = first or (wall, cpu)
        ratio = "" if not rows else f"{wall / first[0]:.2f}x / {cpu / first[1]:.2f}x"
        rows.append(
            f"| {title if not rows else ''} | {name} | {wall:.3f} | {cpu:.3f} | {peak:.0f} | {ratio} "
            f"| {goal if len(rows) == 1 else ''} |"
        )
        print(rows[-1], flush=True)
    return rows


def fill(path, size, seed):
    """A file that occupies no disk but for its first bytes; its pages are cached by reading."""
    with open(path, "wb") as file:
        file.write(seed.to_bytes(16, "little"))
        file.truncate(size)
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 22):
            pass


def keys(folder):
    private, public = folder / "key.pem", folder / "key.pub.pem"
    openssl = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"]
    with open(private, "wb") as file:
        subprocess.run(openssl, stdout=file, check=True)
    private.chmod(0o600)
    subprocess.run(
        ["openssl", "ec", "-in", private, "-pubout", "-out", public], check=True,
        stderr=subprocess.DEVNULL,
    )
    return str(private), str(public)


def processor():
    name, flags = platform.machine(), ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
        if line.startswith("flags"):
            flags = line
    known = [word for word in ("sha_ni", "avx2", "avx512f") if f" {word} " in flags + " "]
    return f"{name}, {os.cpu_count()} cores, {', '.join(known) or 'none of sha_ni, avx2, avx512f'}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--gib", type=float, default=4)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--only", help="small, large, many, blake3 or start")
    options = arguments.parse_args()
    ours, python = program(), reference()
    cores = sorted(os.sched_getaffinity(0))
    one, two = {cores[0]}, set(cores[:2])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="modelseal-bench-"))
    try:
        private, public = keys(folder)
        rows = []

        def wanted(work):
            return options.only in (None, work)

        def sign(model, signature, *more):
            return [ours, "sign", model, "--private-key", private, "--signature", signature, *more]

        def verify(model, signature):
            return [ours, "verify", model, "--public-key", public, "--signature", signature]

        def their_sign(model, signature):
            return [python, "-m", "model_signing", "sign", "key", "--private_key", private,
                    "--signature", signature, model]

        def their_verify(model, signature):
            return [python, "-m", "model_signing", "verify", "key", "--public_key", public,
                    "--signature", signature, model]

        def run(*contenders, title, cores, goal, runs=options.runs):
            rows.extend(measure(title, contenders, runs, cores, folder, goal))

        print("| work | program | wall s | CPU s | peak MiB | wall / CPU against ours | goal |")
        if wanted("small"):
            small = folder / "small"
            for number in range(2000):
                place = small / f"part-{number % 20:02}"
                place.mkdir(parents=True, exist_ok=True)
                (place / f"{number:04}.bin").write_bytes(os.urandom(32_000 - 1500 + number * 3 // 2))
            run(("modelseal", sign("small", "small.sig")),
                ("model_signing", their_sign("small", "small.their.sig")),
                title="sign 2,000 files, 61 MB", cores=two, goal="30x wall")
            run(("modelseal", verify("small", "small.sig")),
                ("model_signing", their_verify("small", "small.their.sig")),
                title="verify 2,000 files, 61 MB", cores=two, goal="30x wall")
            shutil.rmtree(small)
        if wanted("large") or wanted("blake3"):
            size = int(options.gib * (1 << 30))
            fill(folder / "large.bin", size, 1)
            subprocess.run(sign("large.bin", "large.sig", "--compat", "python"), cwd=folder,
                           check=True, stdout=subprocess.DEVNULL)
        if wanted("large"):
            run(("modelseal", verify("large.bin", "large.sig")),
                ("openssl dgst -sha256", ["openssl", "dgst", "-sha256", "large.bin"]),
                ("model_signing", their_verify("large.bin", "large.sig")),
                title=f"verify one file of {options.gib:g} GiB, sha256, one core", cores=one,
                goal="1x CPU")
        if wanted("blake3"):
            subprocess.run(sign("large.bin", "large.b3.sig", "--hash", "blake3"), cwd=folder,
                           check=True, stdout=subprocess.DEVNULL)
            run(("modelseal, blake3", verify("large.bin", "large.b3.sig")),
                ("model_signing, sha256", their_verify("large.bin", "large.sig")),
                title=f"verify one file of {options.gib:g} GiB, blake3, two cores", cores=two,
                goal="10x wall")
        (folder / "large.bin").unlink(missing_ok=True)
        if wanted("many"):
            many = folder / "many"
            many.mkdir()
            for number in range(16):
                fill(many / f"{number:02}.bin", int(options.gib * (1 << 26)), number)
            subprocess.run(sign("many", "many.sig"), cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            run(("modelseal", verify("many", "many.sig")),
                ("model_signing", their_verify("many", "many.sig")),
                title=f"verify 16 files, {options.gib:g} GiB, sha256, two cores", cores=two,
                goal="6x wall")
            shutil.rmtree(many)
        if wanted("start"):
            package = os.environ.get("MODELSEAL_BENCH_PACKAGE")
            if package:
                command = [ours, "verify", os.path.abspath(package), "--public-key",
                           os.path.abspath(os.environ["MODELSEAL_BENCH_PUBLIC_KEY"])]
                run(("modelseal", command),
                    title=f"start to verdict, package of {os.path.getsize(package) / 1e6:.1f} MB",
                    cores=two, goal="10 ms", runs=15)
            (folder / "start.bin").write_bytes(os.urandom(2_000_000))
            subprocess.run(sign("start.bin", "start.sig", "--compat", "python"), cwd=folder,
                           check=True, stdout=subprocess.DEVNULL)
            run(("modelseal", verify("start.bin", "start.sig")),
                ("model_signing", their_verify("start.bin", "start.sig")),
                title="start to verdict, a file of 2 MB", cores=two, goal="", runs=7)
    finally:
        shutil.rmtree(folder)
    if options.write:
        write(rows, options)


def write(rows, options):
    """Puts the table between the marks in docs/benchmarks.md."""
    path = ROOT / "docs" / "benchmarks.md"
    begin, end = "<!-- seal: begin -->\n", "<!-- seal: end -->\n"
    table = "\n".join([
        f"{processor()}; medians of {options.runs} runs in turn; `just bench-seal`.",
        "",
        "| work | program | wall s | CPU s | peak MiB | wall / CPU against ours | goal |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
    ])
    text = path.read_text()
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    path.write_text(before + begin + table + end + after)


if __name__ == "__main__":
    main()
