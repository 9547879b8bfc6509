"""Work at start-up that instances do at the same time: migrations, schema changes, seeding."""
