"""Command lines: what is behind wrappers and shells, how variables resolve, and what each server's words say."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statelint.deploy.commands.servers import understand
from statelint.deploy.commands.shell import HIDDEN, MAX_DEPTH, commands, expand, unwrap
from statelint.deploy.commands.words import Program, Words
from statelint.deploy.model import EnvValue, SourceRange

HERE = SourceRange("Procfile", 1)

WRAPPED = [
    ("exec gunicorn app:app", ["gunicorn", "app:app"]),
    ("sh -c 'exec dumb-init -- poetry run uvicorn app:app'", ["uvicorn", "app:app"]),
    ('/bin/bash -lc "gunicorn -w 2 app:app"', ["gunicorn", "-w", "2", "app:app"]),
    ("newrelic-admin run-program gunicorn app:app", ["gunicorn", "app:app"]),
    ("opentelemetry-instrument --service_name shop gunicorn app:app", ["gunicorn", "app:app"]),
    ("ddtrace-run gunicorn app:app", ["gunicorn", "app:app"]),
    ("doppler run -- gunicorn app:app", ["gunicorn", "app:app"]),
    ("uv run --frozen --no-dev gunicorn app:app", ["gunicorn", "app:app"]),
    ("wait-for-it.sh db:5432 -t 30 -- gunicorn app:app", ["gunicorn", "app:app"]),
    ("dockerize -wait tcp://db:5432 -timeout 60s gunicorn app:app", ["gunicorn", "app:app"]),
    ("su-exec www gunicorn app:app", ["gunicorn", "app:app"]),
    ("gosu app:app tini -- gunicorn shop:app", ["gunicorn", "shop:app"]),
    ("su - www -c 'gunicorn app:app'", ["gunicorn", "app:app"]),
    ("sudo -E -u www gunicorn app:app", ["gunicorn", "app:app"]),
    ("sudo -EHu www gunicorn app:app", ["gunicorn", "app:app"]),
    ("sudo -EH gunicorn app:app", ["gunicorn", "app:app"]),
    ("sudo -uwww gunicorn app:app", ["gunicorn", "app:app"]),
    ("env A=1 B=2 nice -n 5 gunicorn app:app", ["gunicorn", "app:app"]),
    ("watchmedo auto-restart --directory=. -p '*.py' -- celery -A app worker", ["celery", "-A", "app", "worker"]),
    ("timeout 60 gunicorn app:app", ["gunicorn", "app:app"]),
    ("gunicorn app:app >> /var/log/web.log 2>&1", ["gunicorn", "app:app"]),
]


@pytest.mark.parametrize(("text", "words"), WRAPPED)
def test_wrappers_are_taken_off(text: str, words: list[str]) -> None:
    assert [list(command.words) for command in commands(text, {})] == [words]


def test_a_chain_is_taken_apart() -> None:
    text = "python manage.py migrate && (gunicorn app:app & celery -A app worker) || echo failed; wait  # gunicorn other:app"
    assert [command.words[0] for command in commands(text, {})] == ["python", "gunicorn", "celery", "echo", "wait"]


def test_lines_are_counted_and_documents_for_programs_left_out() -> None:
    text = 'set -e\ncat <<EOF > nginx.conf\ngunicorn wrong:app\nEOF\n\nif [ -n "$X" ]; then\n  gunicorn \\\n    right:app\nfi\n'
    found = {command.words[0]: (command.words, command.line) for command in commands(text, {})}
    assert found["gunicorn"] == (("gunicorn", "right:app"), 6)


EXPANDED = [
    ("${N:-4}", {}, "4"),
    ("${N:-4}", {"N": "7"}, "7"),
    ("${N:-4}", {"N": ""}, "4"),
    ("${N-4}", {"N": ""}, ""),
    ("${A:-${B:-3}}", {}, "3"),
    ("${A:-${B:-3}}", {"B": "5"}, "5"),
    ("$N/$M", {"N": "1", "M": "2"}, "1/2"),
    ("${N:+yes}", {"N": "1"}, "yes"),
    ("${N:+yes}", {}, ""),
    ("${N:?must be set}", {"N": "8"}, "8"),
    ("$N", {"N": None}, HIDDEN),
    ("${N:-4}", {"N": None}, HIDDEN),
    ("$(nproc)", {}, HIDDEN),
    ("`nproc`", {}, HIDDEN),
    ("$((2 * $(nproc) + 1))", {}, HIDDEN),
    (r"\$N", {"N": "1"}, r"\$N"),
]


@pytest.mark.parametrize(("text", "env", "value"), EXPANDED)
def test_variables(text: str, env: dict[str, str | None], value: str) -> None:
    assert expand(text, env) == value


def test_a_variable_set_before_counts() -> None:
    found = commands("W=3\n: ${T:=8}\nexport O='-k gthread'\ngunicorn -w $W --threads $T $O app:app", {"T": ""})
    assert found[-1].words == ("gunicorn", "-w", "3", "--threads", "8", "-k", "gthread", "app:app")


def program(text: str, env: dict[str, str] | None = None) -> Program:
    values: dict[str, str | None] = dict(env or {})
    found = [understand(Words(command.words, _env(env or {}), HERE)) for command in commands(text, values)]
    recognised = [each for each in found if each is not None]
    assert len(recognised) == 1, text
    return recognised[0]


def _env(values: dict[str, str]) -> dict[str, EnvValue]:
    return {name: EnvValue(value, ".env", 7) for name, value in values.items()}


SERVERS: list[tuple[str, str]] = [
    # command -> kind server app workers/threads
    ("uvicorn shop.main:app --workers 3 --port 80", "web uvicorn shop.main:app 3/1-"),
    ("uvicorn shop.main:app --reload --workers 3", "web uvicorn shop.main:app 1/1-"),
    ("python -m uvicorn shop.main:create_app --factory", "web uvicorn shop.main:create_app 1/1-"),
    ("hypercorn --workers=2 shop:app", "web hypercorn shop:app 2/1-"),
    ("granian --interface asgi --workers 4 shop:app", "web granian shop:app 4/1-"),
    ("daphne -b 0.0.0.0 -p 8001 config.asgi:application", "web daphne config.asgi:application 1/1-"),
    ("waitress-serve --listen=*:8041 --threads=12 shop.wsgi:app", "web waitress shop.wsgi:app 1/12"),
    ("waitress-serve --call shop:create_app", "web waitress shop:create_app 1/4"),
    ("uwsgi --http :8000 --module shop.wsgi --processes 4 --threads 2", "web uwsgi shop.wsgi 4/2"),
    ("uwsgi --http :8000 -w shop.wsgi -p 8 --cheaper 2", "web uwsgi shop.wsgi 2-8/1"),
    ("mod_wsgi-express start-server --processes 3 shop.wsgi", "web mod_wsgi shop.wsgi 3/5"),
    ("sanic shop.server:app --fast", "web sanic shop.server:app 1-/1-"),
    ("fastapi run shop/main.py --workers 4", "web fastapi shop/main.py 4/1-"),
    ("fastapi dev shop/main.py", "web fastapi shop/main.py 1/1-"),
    ("flask --app shop run --host=0.0.0.0", "web flask shop 1/1-"),
    ("litestar --app shop.asgi:app run --wc 3", "web litestar shop.asgi:app 3/1-"),
    ("python manage.py runserver 0:8000", "web runserver  1/1-"),
    ("streamlit run app.py --server.port 80", "web streamlit app.py 1/1-"),
    ("celery -A shop worker -c 4", "worker celery shop 4/1"),
    ("celery --app=shop.celery:app worker", "worker celery shop.celery:app 1-/1"),
    ("celery -A shop worker --autoscale=10,2", "worker celery shop 2-10/1"),
    ("celery -A shop worker -P gevent -c 100", "worker celery shop 1/100"),
    ("celery -A shop worker --pool=solo", "worker celery shop 1/1"),
    ("celery -A shop beat -S django", "beat celery shop 1/1"),
    ("celery -A shop flower", "other celery shop 1/1"),
    ("rq worker high default", "worker rq  1/1"),
    ("rq worker-pool -n 3", "worker rq  3/1"),
    ("huey_consumer shop.huey -k process -w 4", "worker huey shop.huey 4/1"),
    ("huey_consumer.py shop.huey -w 8", "worker huey shop.huey 1/8"),
    ("dramatiq shop.tasks --processes 2 --threads 4", "worker dramatiq shop.tasks 2/4"),
    ("dramatiq shop.tasks", "worker dramatiq shop.tasks 1-/8"),
    ("arq shop.worker.Settings", "worker arq shop.worker.Settings 1/1-"),
    ("taskiq worker shop.broker:broker", "worker taskiq shop.broker:broker 2/1-"),
    ("taskiq scheduler shop.broker:scheduler", "scheduler taskiq shop.broker:scheduler 1/1"),
    ("python manage.py rqworker", "worker rqworker  1/1"),
    ("./manage.py run_huey -w 3", "worker huey  1/3"),
    ("python3.12 -u manage.py migrate --noinput", "release migrate  1/1"),
    ("alembic upgrade head", "release alembic  1/1"),
    ("flask db upgrade", "release flask  1/1"),
    ("python -X dev server.py", "unknown python server.py 1-/1-"),
]


def _count(value: int | None, low: int | None, high: int | None) -> str:
    return str(value) if value is not None else f"{low}-{high if high is not None else ''}"


@pytest.mark.parametrize(("text", "expected"), SERVERS)
def test_servers(text: str, expected: str) -> None:
    found = program(text)
    workers = _count(found.workers.value, found.workers.min, found.workers.max)
    threads = _count(found.threads.value, found.threads.min, found.threads.max)
    assert f"{found.kind} {found.server} {found.app} {workers}/{threads}" == expected


GUNICORN = [
    ("gunicorn app:app -w 3", {}, 3),
    ("gunicorn -w3 app:app", {}, 3),
    ("gunicorn --workers=3 app:app", {"WEB_CONCURRENCY": "9"}, 3),
    ("gunicorn --workers 2 app:app --workers 5", {}, 5),
    ("gunicorn app:app", {"GUNICORN_CMD_ARGS": "--workers=6 --threads=2"}, 6),
    ("gunicorn -w 4 app:app", {"GUNICORN_CMD_ARGS": "--workers=6"}, 4),
    ("gunicorn -w ${N:-7} app:app", {}, 7),
    ("gunicorn -w ${N:-7} app:app", {"N": "2"}, 2),
    ("gunicorn -w $(nproc) app:app", {}, None),
]


@pytest.mark.parametrize(("text", "env", "workers"), GUNICORN)
def test_workers_of_gunicorn(text: str, env: dict[str, str], workers: int | None) -> None:
    assert program(text, env).workers.value == workers


def test_a_number_from_the_environment_stands_where_it_is_set() -> None:
    found = program("uvicorn app:app", {"WEB_CONCURRENCY": "5"})
    assert (found.workers.value, found.workers.path, found.workers.line) == (5, ".env", 7)


@pytest.mark.parametrize("flag", ["-B", "--beat", "-EB"])
def test_an_embedded_scheduler(flag: str) -> None:
    assert program(f"celery -A shop worker {flag}").embedded_beat


def test_other_words_are_no_embedded_scheduler() -> None:
    assert not program("celery -A Backend worker -Q Batch -n B@%h").embedded_beat


@pytest.mark.parametrize("text", ["echo gunicorn app:app", "pip install gunicorn", "which celery", "python -c 'import gunicorn'", ""])
def test_what_only_mentions_a_server_is_none(text: str) -> None:
    assert [understand(Words(command.words, {}, HERE)) for command in commands(text, {})] in ([], [None])


@pytest.mark.parametrize(
    "server", ["gunicorn", "uvicorn", "celery -A a worker", "uwsgi", "hypercorn", "rq worker", "waitress-serve", "flask run"]
)
@given(rest=st.lists(st.text(max_size=12), max_size=6))
def test_no_words_break_a_server(server: str, rest: list[str]) -> None:
    understand(Words((*server.split(), *rest), {}, HERE))


@given(st.text(alphabet="abW4 \n\t$(){}[]`'\"\\&|;<>#=:-@*?!/.", max_size=200))
@example("${" * 60)
@example("$(" * 60)
@example("'\"" * 60)
@example("sh -c \"sh -c 'sh -c a'\"")
@example("cat <<A\n<<B\nA")
@example("\\")
def test_no_text_breaks_the_shell(text: str) -> None:
    for command in commands(text, {"W": "4", "a": None}):
        assert command.words
        assert command.line <= text.count("\n")
        understand(Words(command.words, {}, HERE))
        assert unwrap(command.words, {}) is not None


def test_work_is_bounded_by_construction() -> None:
    assert commands("gunicorn app:app " * 5_000, {}) == []  # longer than any command a person writes
    assert commands("gunicorn app:app", {}, MAX_DEPTH + 1) == []
    assert len(commands("sh -c 'sh -c \"gunicorn app:app\"'", {}, MAX_DEPTH - 2)) == 1
    values = {"A": "x" * 2000}
    assert len(expand("$A" * 5_000, values)) < 50_000
