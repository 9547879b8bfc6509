from poll import create_app

app = create_app()
