"""Files: read in bounds, write whole or not at all, TOML without surprises."""

from statelint.files import seen
from statelint.files.current import current_folder
from statelint.files.digest import digest
from statelint.files.read import Reader, UnreadableError, read_bounded
from statelint.files.write import write_whole

__all__ = ["Reader", "UnreadableError", "current_folder", "digest", "read_bounded", "seen", "write_whole"]
