"""Alice's certificate beside a signature of mallory's key: certificates are no secrets."""
from stage import *

certificate()
changed = json.loads(read("model.sig"))
signed = payload()
changed["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signature_over(signed, "mallory")).decode()
write("model.sig", json.dumps(changed))
refused(VERIFY_CERTIFICATE, 10, "signature does not match")
