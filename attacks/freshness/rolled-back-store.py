"""Somebody takes the newest release out of the store, so that an older one, validly sealed, is the
newest that is left. Who follows the name, and remembers what was seen, does not go back."""
from stage import *
import shutil

package()
do("keys import alice alice.pub.pem --keyring keyring.json")
do("push --keyring keyring.json")
shutil.copytree("store", "yesterday")
do("package --date 2026_11_23 --sequence 2000000000")
do(f"sign {PACKAGE.replace('_22.zip', '_23.zip')} --private-key alice.pem")
do("push --keyring keyring.json")
line = "pull sick_model --output fetched --keyring keyring.json --state seen.json"
do(line)
shutil.rmtree("store")
shutil.move("yesterday", "store")
refused(line, 11, "", mask=r"\d{10}")
