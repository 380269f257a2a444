"""Mallory signs a changed model with a key of their own."""
from stage import *

folder()
write("model/weights.bin", "hostile")
do("sign model --private-key mallory.pem --signature model.sig")
refused(VERIFY, 11, "not trusted")
