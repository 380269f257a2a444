"""A file is taken away. Accepting unsigned files does not accept a missing one."""
from stage import *
import os

folder()
os.remove("model/config.json")
refused(VERIFY + " --ignore-unsigned-files", 10, "config.json")
