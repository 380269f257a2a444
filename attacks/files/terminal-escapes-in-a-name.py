"""A file's name holds control characters that would erase the refusal on a terminal and write
`trusted` instead."""
from stage import *

folder()
write("model/\x1b[2K\x1b[1A\rtrusted: model\u202e", "junk")
refused(VERIFY, 10, "\\u{1b}[2K")
