"""Item `config`: secrets, the machine's identity, the environment of the process."""
