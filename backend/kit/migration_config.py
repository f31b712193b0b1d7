"""For the tortoise command line: `tortoise -c backend.kit.migration_config.TORTOISE_ORM makemigrations`."""

import os

from backend.kit.database import tortoise_config

TORTOISE_ORM = tortoise_config(os.environ.get("DATABASE_URL", "postgres://shuhui@127.0.0.1:5432/shuhui"))
