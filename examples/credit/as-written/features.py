"""What the app does to a request before the model sees it."""

import pandas as pd


def prepare(row):
    df = pd.DataFrame([row])
    for column in ("duration_in_month", "credit_amount", "age_in_years"):
        df[column] = df[column].astype(float)
    return df
