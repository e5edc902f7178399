import logging

import pandas as pd

logger = logging.getLogger(__name__)


def tell(values):
    for value in values:
        logger.info("missed again: %s", value)


def main():
    visits = pd.read_csv("data/visits.csv")
    late = visits[visits["missed"] > 0]
    tell(late["ward"].tolist())
    print(visits.head())
