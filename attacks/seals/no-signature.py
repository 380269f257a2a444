"""The signature is taken away: that is no reason to go without one."""
from stage import *
import os

folder()
os.remove("model.sig")
refused(VERIFY, 12, "there is no signature")
write("model.sig", "")
refused(VERIFY, 10, "")
