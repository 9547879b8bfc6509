from shop.worker import submit


class ExportManager:
    """Runs exports and remembers how far they are."""

    def __init__(self):
        self._exports = {}

    def start(self, export_id, wanted):
        self._exports[export_id] = {"status": "queued", "wanted": wanted}
        submit(self._run, export_id)

    def find(self, export_id):
        return self._exports.get(export_id)

    def _run(self, export_id):
        export = self._exports[export_id]
        export["status"] = "running"
        export["status"] = "done"


manager = ExportManager()
