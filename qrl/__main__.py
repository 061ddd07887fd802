"""`python -m qrl`: the command line, where no `qrl` is on the path."""

from qrl.cli.main import main

raise SystemExit(main())
