"""A seal by a key that was revoked, offline: whoever has the new keyring knows."""
from stage import *

folder()
do("keys import alice alice.pub.pem --keyring keyring.json")
do("verify model --signature model.sig --keyring keyring.json")
do("keys revoke alice --reason stolen --leave-none-active --keyring keyring.json")
refused("verify model --signature model.sig --keyring keyring.json", 11, "stolen", mask=TIMES)
