from fastapi import FastAPI, HTTPException

from flags.stores import flags, jobs

app = FastAPI()


@app.put("/jobs/{job_id}")
def put_job(job_id: str, job: dict):
    jobs.put(job_id, job)


@app.get("/jobs/{job_id}")
def get_job(job_id: str):
    job = jobs.get(job_id)
    if job is None:
        raise HTTPException(404)
    return job


@app.get("/flags/{name}")
def get_flag(name: str):
    return {"on": flags.is_on(name)}


@app.put("/flags/{name}")
def put_flag(name: str, on: bool):
    flags.turn(name, on)


@app.get("/health")
def health():
    return {"status": "ok"}
