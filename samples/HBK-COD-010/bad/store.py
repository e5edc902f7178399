import sqlite3


def rows_of(customer):
    with sqlite3.connect("predictions.db") as db:
        return db.execute(f"SELECT score, at FROM predictions WHERE customer = '{customer}'").fetchall()
