from notes.app import app


def test_health():
    assert app.test_client().get("/healthz").status_code == 200
