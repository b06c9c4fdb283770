"""python -m tinynn.testing.mutants"""

import sys

from tinynn.testing.mutants.run import main

sys.exit(main())
