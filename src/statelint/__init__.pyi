from statelint.api import check
from statelint.errors import StatelintError
from statelint.results import Diagnostic, Evidence, Finding, Project, Related, Result, Span, Step, Summary, Verdict

__all__ = [
    "Diagnostic",
    "Evidence",
    "Finding",
    "Project",
    "Related",
    "Result",
    "Span",
    "StatelintError",
    "Step",
    "Summary",
    "Verdict",
    "__version__",
    "check",
]
__version__: str
