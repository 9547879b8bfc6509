from uuid import uuid4

from flask import Blueprint, abort, jsonify, request

from shop.exports import manager

api = Blueprint("api", __name__)


@api.post("/exports")
def create():
    export_id = str(uuid4())
    manager.start(export_id, request.get_json())
    return jsonify(id=export_id), 202


@api.get("/exports/<export_id>")
def status(export_id):
    export = manager.find(export_id)
    if export is None:
        abort(404)
    return jsonify(export)
