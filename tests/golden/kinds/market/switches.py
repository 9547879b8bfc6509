maintenance = False


def set_maintenance(on):
    global maintenance
    maintenance = on
