"""The model is a pickle, and somebody replaces it by one that runs a command when it is loaded. It
is refused before anything loads it. A sealed pickle is still a program: the seal says whose."""
import os
import pathlib
import pickle

from stage import *


class Evil:
    def __reduce__(self):
        return os.system, ("touch pwned",)


keys("alice", "mallory")
write("model.pkl", pickle.dumps([0.25, 0.75], protocol=4))
do("sign model.pkl --private-key alice.pem --signature model.sig")
evil = pickle.dumps(Evil(), protocol=4)
write("model.pkl", evil)
refused("verify model.pkl --signature model.sig --public-key alice.pub.pem", 10, "model.pkl")
# The same in the place of a package, which is data and cannot be a pickle.
write("dist/sick_model-0.1.0-2026_11_22.zip", evil)
refused("verify dist/sick_model-0.1.0-2026_11_22.zip --public-key alice.pub.pem", 10, "zip")
assert not pathlib.Path("pwned").exists(), "the command ran"
