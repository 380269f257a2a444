"""The signature is an HMAC, with alice's public key as its secret: everybody has that. Then the
statement asks for a hash that is broken. Keys fix their algorithm; a bundle chooses none."""
from stage import *
import hmac

folder()
signed = payload()
message = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(signed) + signed
mac = hmac.digest(public_pem("alice").encode(), message, "sha256")
write("model.sig", bundle(signed, [mac]))
refused(VERIFY, 10, "DER signature")

folder()
weak = statement()
weak["predicate"]["serialization"]["hash_type"] = "md5"
for entry in weak["predicate"]["resources"]:
    entry["algorithm"], entry["digest"] = "md5", hashlib.md5(read("model/" + entry["name"])).hexdigest()
sign_statement(weak)
refused(VERIFY, 10, "md5")
