"""A thread swaps the file again and again while it is verified. What `--payload` gives is what was
verified, in every run: it is copied while it is hashed, and kept only if it is right."""
from stage import *
import os
import threading

keys("alice")
write("keys.txt", "a-key-that-both-sides-know\n", 0o600)
honest, evil = b"honest " * 9000, b"hostile" * 9000
write("model.bin", honest)
do("sign model.bin --method itsdangerous --key-file keys.txt --output honest")
ending = read("honest")[len(honest):]
write("evil", evil + ending)

stop = threading.Event()


def swap():
    while not stop.is_set():
        for name in ["evil", "honest"]:
            write("next", read(name))
            os.replace("next", "signed")


write("signed", read("evil"))
swapper = threading.Thread(target=swap)
swapper.start()
line = "verify signed --method itsdangerous --key-file keys.txt --payload payload"
try:
    for attempt in range(40):
        done = run(line)
        assert done.returncode in (0, 10), done.stderr
        if done.returncode == 0:
            assert read("payload") == honest, "another file was handed out than was verified"
finally:
    stop.set()
    swapper.join()
write("signed", read("evil"))
os.path.exists("payload") and os.remove("payload")
refused(line, 10, "does not match")
assert not os.path.exists("payload"), "an unverified payload was kept"
