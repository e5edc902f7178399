import logging

import pandas as pd

logger = logging.getLogger(__name__)


def main():
    visits = pd.read_csv("data/visits.csv")
    late = visits[visits["missed"] > 0]
    logger.info("%d wards missed again", late["ward"].nunique())
    print(len(visits), visits["visits"].mean())
