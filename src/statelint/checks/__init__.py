"""What the facts mean: one folder a checklist item, and the registry that runs them."""
