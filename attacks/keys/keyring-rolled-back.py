"""Alice's key is revoked. The old keyring, validly sealed by the root, is put back. Who remembers
the newest version seen does not go back."""
from stage import *

folder()
keys("root")
do("keys import alice alice.pub.pem --keyring keyring.json")
do("keys seal --private-key root.pem --keyring keyring.json")
old = read("keyring.json"), read("keyring.json.sig")
line = "verify model --signature model.sig --keyring keyring.json --keyring-root root.pub.pem --state seen.json"
do(line)
do("keys revoke alice --reason stolen --leave-none-active --keyring keyring.json")
do("keys seal --private-key root.pem --keyring keyring.json")
refused(line, 11, "stolen", mask=TIMES)
write("keyring.json", old[0])
write("keyring.json.sig", old[1])
refused(line, 11, "version")
