"""Algorithm confusion: a signature made with another hash than the one that is configured. The text
does not say which, and it is never guessed from its length."""
from stage import *

write("keys.txt", "a-key-that-both-sides-know\n", 0o600)
write("model.bin", "model")
do("sign model.bin --method itsdangerous --key-file keys.txt --digest sha512 --output signed")
refused("verify signed --method itsdangerous --key-file keys.txt", 10, "expected 27 characters")
