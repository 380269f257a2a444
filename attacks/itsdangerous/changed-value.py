"""A changed value under an old signature, and a signature by a key that was taken off the list."""
from stage import *

write("keys.txt", "old-key\nnew-key\n", 0o600)
write("model.bin", "model")
do("sign model.bin --method itsdangerous --key-file keys.txt --output signed")
write("signed", b"M" + read("signed")[1:])
refused("verify signed --method itsdangerous --key-file keys.txt", 10, "does not match")
do("sign model.bin --method itsdangerous --key-file keys.txt --output signed")
write("keys.txt", "old-key\n", 0o600)
refused("verify signed --method itsdangerous --key-file keys.txt", 10, "does not match")
