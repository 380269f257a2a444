"""A second central directory, with its own end, behind the first one: programs disagree which one
counts."""
from stage import *
import struct

package()
honest = read(PACKAGE)
end = honest.rindex(b"PK\x05\x06")
size, start = struct.unpack("<II", honest[end + 12:end + 20])
directory = honest[start:start + size]
second = directory.replace(b"model.json", b"evil1.json")
ending = honest[end:end + 16] + struct.pack("<I", len(honest)) + honest[end + 20:]
ending = ending[:16] + struct.pack("<I", len(honest)) + ending[20:]
write(PACKAGE, honest + second + ending)
refused(VERIFY_PACKAGE, 10, "")
