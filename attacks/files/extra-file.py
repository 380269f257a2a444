"""A file is added: frameworks run `__init__.py` or `conftest.py` when they find one."""
from stage import *

folder()
write("model/__init__.py", "import os; os.system('touch pwned')")
refused(VERIFY, 10, "__init__.py")
