def next_id():
    next_id.last += 1
    return next_id.last


next_id.last = 0
