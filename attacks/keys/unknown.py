"""A seal by a key that is not in the keyring; and an empty keyring, which trusts nobody."""
from stage import *

folder()
do("keys import mallory mallory.pub.pem --keyring keyring.json")
refused("verify model --signature model.sig --keyring keyring.json", 11, "not trusted")
