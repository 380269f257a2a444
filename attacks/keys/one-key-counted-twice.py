"""The keyring demands seals by two owners. One key signs twice; then one owner with two keys."""
from stage import *

package()
do("keys import alice alice.pub.pem --keyring two.json")
do("keys import alice-2 mallory.pub.pem --owner alice --keyring two.json")
keys("root")
do("keys import bob root.pub.pem --keyring two.json")
do("keys require 2 --keyring two.json")
line = f"verify {PACKAGE} --keyring two.json"
refused(line, 11, "2")
refused(f"cosign {PACKAGE} --private-key alice.pem --keyring two.json", 11, "")
do(f"cosign {PACKAGE} --private-key mallory.pem --keyring two.json")
refused(line, 11, "2")
do(f"cosign {PACKAGE} --private-key root.pem --keyring two.json")
do(line)
