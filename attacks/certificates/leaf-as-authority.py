"""Alice's own certificate, with which mallory issues another one: a leaf is no authority."""
from stage import *

certificate()
write("evil.ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                  "extendedKeyUsage=codeSigning\nsubjectAltName=email:alice@example.org\n")
openssl("req -new -key mallory.pem -subj /CN=alice -out mallory.csr")
openssl("x509 -req -in mallory.csr -CA alice.crt -CAkey alice.pem -CAcreateserial -extfile evil.ext -days 30 -out mallory.crt")
signed = payload()
changed = json.loads(read("model.sig"))
chain = [der("mallory.crt"), der("alice.crt"), der("honest-root.crt")]
changed["verificationMaterial"]["x509CertificateChain"]["certificates"] = [
    {"rawBytes": base64.b64encode(one).decode()} for one in chain]
changed["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(signature_over(signed, "mallory")).decode()
write("model.sig", json.dumps(changed))
refused(VERIFY_CERTIFICATE, 11, "")
