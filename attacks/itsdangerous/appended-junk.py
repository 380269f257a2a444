"""Junk behind an itsdangerous signature: Python skips it, and accepts all three files. Here a value
has one signature, and every byte of the file counts."""
from stage import *

write("keys.txt", "a-key-that-both-sides-know\n", 0o600)
write("model.bin", "model")
do("sign model.bin --method itsdangerous --key-file keys.txt --output honest")
for junk in [b"!!!!", b"\x01=", b"\n="]:
    write("signed", read("honest") + junk)
    refused("verify signed --method itsdangerous --key-file keys.txt", 10, "expected 27 characters")
    # As Python does, for whoever asks for it.
    do("verify signed --method itsdangerous --key-file keys.txt --lenient")
