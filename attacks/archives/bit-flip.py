"""One bit of a package is flipped: in names, sizes, contents, seal or directory. Many are tried; the
last one is shown."""
from stage import *

package()
honest = read(PACKAGE)
for bit in range(0, len(honest) * 8, len(honest) * 8 // 200):
    changed = bytearray(honest)
    changed[bit // 8] ^= 1 << bit % 8
    write(PACKAGE, changed)
    assert run(VERIFY_PACKAGE).returncode in (10, 11), f"bit {bit}"
write(PACKAGE, honest)
changed = bytearray(honest)
changed[honest.index(dict(entries())["parameters.safetensors"]) + 100] ^= 1
write(PACKAGE, changed)
refused(VERIFY_PACKAGE, 10, "parameters.safetensors", mask=DIGESTS)
