"""Mallory signs, and writes alice's fingerprint into the bundle, where a key is only named."""
from stage import *

folder()
write("model/weights.bin", "hostile")
do("sign model --private-key mallory.pem --signature model.sig")
write("model.sig", read("model.sig").replace(fingerprint("mallory").encode(), fingerprint("alice").encode()))
refused(VERIFY, 10, "the signature does not match")
