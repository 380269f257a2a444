"""A file gets another name, and so does not get loaded, or gets loaded in place of another one."""
from stage import *
import os

folder()
os.rename("model/weights.bin", "model/weights.old")
refused(VERIFY, 10, "differs in 2 places")
