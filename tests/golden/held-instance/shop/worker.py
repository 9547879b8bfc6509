from concurrent.futures import ThreadPoolExecutor

_pool = ThreadPoolExecutor(max_workers=4)


def submit(function, *args):
    return _pool.submit(function, *args)
