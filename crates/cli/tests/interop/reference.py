"""Signs and verifies with the reference, many models in one process: its start takes seconds.

Reads a JSON list of jobs from stdin, writes a JSON list of results: null, or why it failed.
"""

import json
import pathlib
import sys

import model_signing


def run(job):
    model, signature = pathlib.Path(job["model"]), pathlib.Path(job["signature"])
    # As the reference's command line does it.
    hashing = model_signing.hashing.Config().set_ignored_paths(
        paths=[signature], ignore_git_paths=True
    )
    if job["do"] == "sign":
        config = model_signing.signing.Config()
        if "certificate" in job:
            config.use_certificate_signer(
                private_key=job["private_key"],
                signing_certificate=job["certificate"],
                certificate_chain=job["chain"],
            )
        else:
            config.use_elliptic_key_signer(private_key=job["private_key"])
        config.set_hashing_config(hashing).sign(model, signature)
    else:
        config = model_signing.verifying.Config()
        if "chain" in job:
            config.use_certificate_verifier(certificate_chain=job["chain"])
        else:
            config.use_elliptic_key_verifier(public_key=job["public_key"])
        config.set_hashing_config(hashing).verify(model, signature)


def result(job):
    try:
        run(job)
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"


stdout, sys.stdout = sys.stdout, sys.stderr
json.dump([result(job) for job in json.load(sys.stdin)], stdout)
