"""A file becomes a link to a file elsewhere, with the very same bytes: whoever can write there can
change the model later."""
from stage import *
import os

folder()
os.rename("model/weights.bin", "elsewhere.bin")
os.symlink("../elsewhere.bin", "model/weights.bin")
refused(VERIFY, 10, "weights.bin")
refused(VERIFY + " --allow-symlinks", 10, "weights.bin")
