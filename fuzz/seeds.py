"""Writes seeds for the fuzz targets into fuzz/corpus, from the vectors and from fixed keys.

    python3 fuzz/seeds.py [CORPUS]

Seeds matter more than hours: no fuzzer guesses base64 of JSON in JSON. The shared vectors
(MODELSEAL_SHARED, else ../shared) are used when they are there, a package and a keyring when the
program `modelseal` is built (MODELSEAL, else target/release/modelseal).
"""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fuzz" / "corpus"
SHARED = pathlib.Path(os.environ.get("MODELSEAL_SHARED", ROOT.parent / "shared"))
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = pathlib.Path(os.environ.get("MODELSEAL", TARGET / "release" / "modelseal"))

COUNTS = {}


def seed(target, contents):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(contents).hexdigest()[:16]).write_bytes(contents)
    COUNTS[target] = COUNTS.get(target, 0) + 1


def itsdangerous():
    vectors = ROOT / "crates/signing/tests/vectors/itsdangerous.json"
    for case in json.loads(vectors.read_text()):
        timed = 0x80 if case.get("kind") == "timestamp" else 0
        seed("itsdangerous", bytes([timed | 1, 0]) + bytes.fromhex(case["signed_hex"]))
    seed("itsdangerous", b"\x01\x00old-key\nnew-key\n")


def model_signing():
    archive = SHARED / "vectors/signing/oms.tar.gz"
    if not archive.is_file():
        print(f"SKIPPED: no {archive}; set MODELSEAL_SHARED")
        return
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if not member.isfile() or member.size > 1 << 20:
                continue
            contents = tar.extractfile(member).read()
            if b"-----BEGIN " in contents:
                seed("certificate" if b"CERTIFICATE" in contents else "keys", contents)
            if b"dsseEnvelope" in contents:
                seed("seal", contents)
                try:
                    payload = json.loads(contents)["dsseEnvelope"]["payload"]
                    seed("statement", base64.b64decode(payload))
                except (ValueError, KeyError, TypeError):
                    pass  # A case that is malformed on purpose.


def own():
    if not PROGRAM.is_file():
        print(f"SKIPPED: no {PROGRAM}; build it, or set MODELSEAL")
        return
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / "work"
        subprocess.run([PROGRAM, "quickstart", "--no-serve", "--dir", work], check=True,
                       capture_output=True)
        for package in work.rglob("*.zip"):
            seed("package", package.read_bytes())
        for keyring in work.rglob("keyring.json"):
            seed("keyring", keyring.read_bytes())


itsdangerous()
model_signing()
own()
print(", ".join(f"{count} for {target}" for target, count in sorted(COUNTS.items())))
