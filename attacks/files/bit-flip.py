"""One bit of one file is flipped. All of them are tried; the last one is shown."""
from stage import *

folder()
honest = read("model/weights.bin")
for bit in range(0, len(honest) * 8, 37):
    changed = bytearray(honest)
    changed[bit // 8] ^= 1 << bit % 8
    write("model/weights.bin", changed)
    refused(VERIFY, 10, "weights.bin", shown=False)
refused(VERIFY, 10, "weights.bin")
