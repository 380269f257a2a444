"""The bundle brings mallory's public key along, in the old form of bundles that had one. A key is
trusted because the reader has it, never because a bundle shows it."""
from stage import *

folder()
write("model/weights.bin", "hostile")
do("sign model --private-key mallory.pem --signature model.sig")
changed = json.loads(read("model.sig"))
raw = base64.b64encode(public_pem("mallory").encode()).decode()
changed["verificationMaterial"]["publicKey"] = {"rawBytes": raw, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
write("model.sig", json.dumps(changed))
refused(VERIFY, 11, "not trusted")
