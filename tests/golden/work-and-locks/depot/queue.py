import queue
import threading

work: queue.Queue = queue.Queue()


def _print_labels() -> None:
    while True:
        print_label(work.get())


def print_label(item_id: int) -> None:
    print("label", item_id)


threading.Thread(target=_print_labels, daemon=True).start()
