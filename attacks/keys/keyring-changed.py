"""Whoever can write the keyring could add a key. A keyring under the seal of an offline root key is
refused when a byte of it was changed."""
from stage import *

folder()
keys("root")
do("keys import alice alice.pub.pem --keyring keyring.json")
do("keys seal --private-key root.pem --keyring keyring.json")
line = "verify model --signature model.sig --keyring keyring.json --keyring-root root.pub.pem"
do(line)
do("keys import mallory mallory.pub.pem --keyring keyring.json")
refused(line, 10, "keyring.json")
do("keys seal --private-key mallory.pem --keyring keyring.json")
refused(line, 11, "not trusted")
