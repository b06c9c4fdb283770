"""python -m tinynn: the command line."""

import sys

from tinynn.cli import main

sys.exit(main())
