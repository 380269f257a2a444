"""Bytes are appended to a file: formats such as pickle ignore what stands behind their end."""
from stage import *

folder()
write("model/weights.bin", read("model/weights.bin") + b"junk")
refused(VERIFY, 10, "weights.bin")
