"""A JSON member stands twice: one reader takes the first, another one the last. In the bundle and
in the signed statement."""
from stage import *

folder()
honest, signed = read("model.sig"), payload()
write("model.sig", honest.replace(b'"dsseEnvelope":', b'"dsseEnvelope":{},"dsseEnvelope":', 1))
refused(VERIFY, 10, "dsseEnvelope")

sign_payload(signed.replace(b'"subject":', b'"subject":[],"subject":', 1))
refused(VERIFY, 10, "subject")
