import uvicorn


def main():
    uvicorn.run("relay.server.app:create_app", factory=True)
