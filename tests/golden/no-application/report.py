"""Print the totals of a file of sales."""

import csv
import sys

TOTALS = {}


def main():
    with open(sys.argv[1]) as stream:
        for row in csv.DictReader(stream):
            TOTALS[row["shop"]] = TOTALS.get(row["shop"], 0) + float(row["amount"])
    print(TOTALS)


if __name__ == "__main__":
    main()
