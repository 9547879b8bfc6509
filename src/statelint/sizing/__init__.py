"""How many connections and instances: budget, plan, diagram."""
