"""A second signature of junk stands behind the right one, or in front of it. In a folder's signature
the one behind is reported; in front, and in a package, where a seal has one form, it is refused."""
from stage import *

folder()
signed = payload()
right = base64.b64decode(json.loads(read("model.sig"))["dsseEnvelope"]["signatures"][0]["sig"])
write("model.sig", bundle(signed, [b"junk", right]))
refused(VERIFY, 10, "signature")

write("model.sig", bundle(signed, [right, b"junk"]))
done = run(VERIFY)
assert done.returncode == 10 or b"note: " in done.stderr, "junk passed in silence"
