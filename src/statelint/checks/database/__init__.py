"""Item `database`: engines, pools, connections and their release."""
