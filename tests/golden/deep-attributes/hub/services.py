from hub.devices import Devices


class Services:
    def __init__(self) -> None:
        self.devices = Devices()
