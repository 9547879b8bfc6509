from flask import Flask

from flask_votes import votes

app = Flask(__name__)
app.register_blueprint(votes)
