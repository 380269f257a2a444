"""The signature, or a file, never ends: a device, a pipe, a file of a terabyte that takes no room."""
from stage import *
import os

folder()
refused(VERIFY.replace("model.sig", "/dev/zero"), 1, "not a regular file")
os.remove("model/weights.bin")
os.mkfifo("model/weights.bin")
refused(VERIFY, 10, "weights.bin")
os.remove("model.sig")
with open("model.sig", "wb") as huge:
    huge.truncate(1 << 40)
refused(VERIFY, 1, "larger than the limit")
