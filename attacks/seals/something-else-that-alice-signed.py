"""Alice has signed many things. A statement about something else is no statement about a model."""
from stage import *

folder()
changed = statement()
changed["predicateType"] = "https://slsa.dev/provenance/v1"
sign_statement(changed)
refused(VERIFY, 10, "predicate type")

sign_payload(b"any text that alice's key signs elsewhere")
refused(VERIFY, 10, "")
