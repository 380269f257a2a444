"""The contents of two files change places: every digest is still in the signature, under another
name."""
from stage import *

folder()
config, weights = read("model/config.json"), read("model/weights.bin")
write("model/config.json", weights)
write("model/weights.bin", config)
refused(VERIFY, 10, "differs in 2 places")
