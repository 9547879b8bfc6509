"""What lies in these folders is analysed, not collected."""

from __future__ import annotations

collect_ignore_glob = ["*"]
