"""The stage of the attack gallery: keys, honest models, and a transcript.

A script in a folder beside this one makes something honest, attacks it, and shows how `modelseal`
answers. It runs in an empty folder of its own, needs Python's standard library and sometimes
`openssl`, and no network. What it prints is what docs/attacks.md shows: crates/cli/tests/attacks.rs
runs every script and compares.

`refused` fails when the attack succeeds, when another refusal is given than the one that is named,
or when a control character reaches the terminal.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import warnings
import zipfile

PROGRAM = os.environ["MODELSEAL"]

# Keys for this stage only: everybody can read them, so nothing that they sign is worth anything.
PRIVATE = {
    "alice": "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3ZGuTkOQfECw2IiItMwZSrKthF7GbvoZVE1tzyFv"
             "neuhRANCAATeIotM01bx0Mf7sZdQ/XtxQTIKWAIR0Ulsymw5/l3S6nlZX5wpu0JOLV242mZZQwjSB6A8YnhQ"
             "eTC5o/DsGJ7t",
    "mallory": "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSAh39T5CmDe47ornjoqlPnkKCQtWdMw+GRzo"
               "YXwWAdihRANCAASa34XzKxms6pr8zDwS7OxVcN4gQtYz0vyMhaRKWeaoUS38Uq3nBNNbL3b75w3DthTbSo7u"
               "bW42A/ylzIcW86Ai",
    "root": "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWrVftM9F1C1kywln/e322bNBi0KF2flkhE4gQIXo"
            "7HihRANCAAQjbYONxQpqfMcBAO3F3z2YBYKQHBzwe1EXNjj1o7Nbu1HweHv1vZ9Q5sNiYUP7ZMgK029Z9eZu"
            "tWI/zL7JcG/Y",
}
# What stands in front of the point in the DER of a public key on P-256.
PUBLIC_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def pem(label, der):
    text = base64.b64encode(der).decode()
    lines = "".join(text[at:at + 64] + "\n" for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"


def public_pem(name):
    return pem("PUBLIC KEY", PUBLIC_PREFIX + base64.b64decode(PRIVATE[name])[-65:])


def fingerprint(name):
    return hashlib.sha256(public_pem(name).encode()).hexdigest()


def write(path, contents, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    path.chmod(mode)
    return path


def read(path):
    return pathlib.Path(path).read_bytes()


def keys(*names):
    """NAME.pem and NAME.pub.pem."""
    for name in names:
        write(f"{name}.pem", pem("PRIVATE KEY", base64.b64decode(PRIVATE[name])), 0o600)
        write(f"{name}.pub.pem", public_pem(name))


def run(line, **variables):
    return subprocess.run([PROGRAM, *line.split()], capture_output=True, timeout=60,
                          env={**os.environ, **variables})


def do(line, **variables):
    """Something honest: it must succeed, and is not shown."""
    done = run(line, **variables)
    if done.returncode != 0:
        sys.exit(f"modelseal {line}\n{done.stderr.decode()}")
    return done.stdout.decode()


def refused(line, code, message, shown=True, mask=None, **variables):
    """An attack: it must be refused with this exit code and these words.

    What matches `mask` is shown as `...`: it differs from run to run.
    """
    done = run(line, **variables)
    text = done.stderr.decode()
    if done.returncode != code or message not in text:
        sys.exit(f"NOT REFUSED AS EXPECTED: modelseal {line}\nexit code {done.returncode}, expected {code} and "
                 f"{message!r}\n{done.stdout.decode()}{text}")
    if any(ord(character) < 32 and character != "\n" for character in text):
        sys.exit(f"a control character reached the terminal: {text!r}")
    if mask:
        text = re.sub(mask, "...", text)
    if shown:
        print(f"$ modelseal {line}\n{text}exit code {code}")


def note(text):
    print(f"# {text}")


VERIFY = "verify model --signature model.sig --public-key alice.pub.pem"


def folder():
    """An honest folder, `model`, signed by alice in `model.sig`."""
    keys("alice", "mallory")
    write("model/config.json", '{"layers": 2}')
    write("model/weights.bin", bytes(range(256)) * 4)
    do("sign model --private-key alice.pem --signature model.sig")
    do(VERIFY)


def statement():
    """What alice has signed, as JSON."""
    return json.loads(payload())


def payload():
    """The bytes that alice has signed."""
    return base64.b64decode(json.loads(read("model.sig"))["dsseEnvelope"]["payload"])


def signature_over(payload, key):
    """ECDSA over the DSSE pre-authentication encoding, by openssl."""
    message = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", f"{key}.pem"], input=message,
                          capture_output=True, check=True).stdout


def bundle(payload, signatures, key="alice"):
    """The text of a bundle with these signatures over this payload."""
    encode = lambda contents: base64.b64encode(contents).decode()
    return json.dumps({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": fingerprint(key)}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": encode(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": encode(signature), "keyid": ""} for signature in signatures],
        },
    })


def sign_statement(changed):
    """A statement that no honest program writes, signed by alice: her key, not her program."""
    digests = [bytes.fromhex(entry["digest"]) for entry in changed["predicate"]["resources"]]
    changed["subject"][0]["digest"]["sha256"] = hashlib.sha256(b"".join(digests)).hexdigest()
    sign_payload(json.dumps(changed).encode())


def sign_payload(contents):
    write("model.sig", bundle(contents, [signature_over(contents, "alice")]))


# Digests of a model's own bytes: they change whenever training does.
DIGESTS = r"[0-9a-f]{64}|[0-9a-f]{8}…"
# Moments: they are those of the run.
TIMES = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[\d.]+(Z| UTC)?"

PACKAGE = "dist/sick_model-0.1.0-2026_11_22.zip"
VERIFY_PACKAGE = f"verify {PACKAGE} --public-key alice.pub.pem"


def package():
    """An honest package of a small model, sealed by alice."""
    keys("alice", "mallory")
    rows = [(20 + at * 7 % 60, 18 + at * 5 % 22) for at in range(200)]
    table = "".join(f"{age},{bmi},{int(age + bmi > 80)}\n" for age, bmi in rows)
    write("survey.csv", "age,bmi,sick\n" + table)
    do("init survey.csv --target sick")
    project = read("modelseal.yaml").decode().replace("id: gbc ", "id: dummy ")
    write("modelseal.yaml", project)
    do("train")
    do("package --date 2026_11_22")
    do(f"sign {PACKAGE} --private-key alice.pem")
    do(VERIFY_PACKAGE)


def entries():
    """The names and contents of the package, in order."""
    with zipfile.ZipFile(PACKAGE) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def repack(changed, compression=zipfile.ZIP_STORED):
    warnings.simplefilter("ignore")  # Python warns of names that stand twice.
    with zipfile.ZipFile(PACKAGE, "w", compression) as archive:
        for name, contents in changed:
            archive.writestr(name, contents)


def authority(name):
    """A root of its own, `NAME-root.crt`, whose key is in NAME-root.key."""
    openssl(f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}-root.key -out "
            f"{name}-root.crt -days 3650 -subj /CN={name}-root -addext keyUsage=critical,keyCertSign,cRLSign")
    write(f"{name}/index.txt", "")
    write(f"{name}/crlnumber", "01\n")
    write(f"{name}/ca.cnf", f"""
[ca]
default_ca = root
[root]
database = {name}/index.txt
new_certs_dir = {name}
rand_serial = yes
default_md = sha256
default_crl_days = 30
certificate = {name}-root.crt
private_key = {name}-root.key
policy = any
unique_subject = no
crlnumber = {name}/crlnumber
crl_extensions = list
[list]
authorityKeyIdentifier = keyid:always
[any]
commonName = supplied
""")


def certify(key, root, usage="codeSigning", start="20200101000000Z", end="20990101000000Z", name="alice@example.org"):
    """A certificate `KEY.crt` for NAME, below ROOT."""
    write("leaf.ext", f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                      f"extendedKeyUsage={usage}\nsubjectAltName=email:{name}\n")
    openssl(f"req -new -key {key}.pem -subj /CN={key} -out {key}.csr")
    openssl(f"ca -batch -notext -config {root}/ca.cnf -extfile leaf.ext -startdate {start} -enddate {end} "
            f"-in {key}.csr -out {key}.crt")


def openssl(line):
    done = subprocess.run(["openssl", *line.split()], capture_output=True)
    if done.returncode != 0:
        sys.exit(f"openssl {line}\n{done.stderr.decode()}")


VERIFY_CERTIFICATE = ("verify model --signature model.sig --method certificate --certificate-chain honest-root.crt "
                      "--identity alice@example.org")


def certificate(key="alice", root="honest", **about):
    """A folder signed by KEY, whose certificate ROOT has issued: also where no honest program signs."""
    folder()
    authority("honest")
    if root != "honest":
        authority(root)
    certify(key, root, **about)
    signed = payload()
    chain = [der(f"{key}.crt"), der(f"{root}-root.crt")]
    changed = json.loads(bundle(signed, [signature_over(signed, key)]))
    changed["verificationMaterial"] = {
        "x509CertificateChain": {"certificates": [{"rawBytes": base64.b64encode(one).decode()} for one in chain]},
        "tlogEntries": [],
    }
    write("model.sig", json.dumps(changed))


def der(path):
    lines = read(path).decode().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return base64.b64decode(lines)
