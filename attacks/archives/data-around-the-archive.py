"""Bytes in front of the archive and behind it: unpackers look for the directory and skip them, and a
file that is a zip for one program is a script for another."""
from stage import *

package()
honest = read(PACKAGE)
write(PACKAGE, b"#!/bin/sh\ntouch pwned\nexit\n" + honest)
refused(VERIFY_PACKAGE, 10, "")
write(PACKAGE, honest + b"junk")
refused(VERIFY_PACKAGE, 10, "")
