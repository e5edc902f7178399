# SPDX-License-Identifier: Apache-2.0
"""Personal columns that are printed, logged, sent or written; and what tells of nobody."""

import json

import pytest

from hauberk.checks.code.personal_leak import personal_leak
from tests.checks.trial import messages, on_files

MANIFEST = """\
name: s
assets:
  - id: people
    kind: dataset
    uri: data/people.csv
    facts: {columns: [{name: income, personal: true}, {name: sex, sensitive: true}, {name: score}]}
"""
HEAD = (
    "import logging, csv, json, requests, pandas as pd, polars as pl\nlogger = logging.getLogger(__name__)\n"
    "df = pd.read_csv('people.csv')\n"
)

MUST_CATCH = {
    "print": "print(df['email'])",
    "attribute": "print(df.email)",
    "alias": "emails = df['email']\nlist_of = emails.tolist()\nprint(list_of)",
    "f-string": "logger.info(f'sent to {df[\"email\"].iloc[0]}')",
    "percent": "logging.warning('failed for %s', df['phone'].iloc[0])",
    "format": "print('name: {}'.format(df['last_name'].iloc[0]))",
    "concatenated": "print('ssn ' + df['ssn'].astype(str))",
    "several columns": "print(df[['score', 'email']].head())",
    "loc": "print(df.loc[0, 'email'])",
    "loop": "for _, row in df.iterrows():\n    print(row['email'])",
    "comprehension": "print([row['email'] for row in df.to_dict('records')])",
    "dictionary reader": "for row in csv.DictReader(open('p.csv')):\n    logger.error(row['email'])",
    "get": "for _, row in df.iterrows():\n    print(row.get('email'))",
    "sent": "requests.post(URL, json={'who': df['email'].tolist()})",
    "tracked": "import wandb\nwandb.log({'sample': df['email'].head().to_list()})",
    "written": "with open('out.txt', 'w') as out:\n    out.write('\\n'.join(df['email']))",
    "polars": "table = pl.read_parquet('p.parquet')\nprint(table['iban'])",
    "declared": "print(anything['income'])",
    "declared and sensitive": "def f(batch):\n    logger.debug('group %s', batch['sex'])",
    "whole table": "all_of_it = pd.read_csv('data/people.csv')\nprint(all_of_it.head())",
    "through a function": "def tell(text):\n    logger.info(text)\n\ntell(df['email'].iloc[0])",
    "through two functions": "def low(a):\n    print(a)\n\ndef high(b):\n    low(b.lower())\n\nhigh(df['email'].iloc[0])",
    "returned": "def first(frame):\n    return frame['email'].iloc[0]\n\nprint(first(df))",
    "handed back": "def clean(value):\n    return value.strip()\n\nprint(clean(df['email'].iloc[0]))",
    "default logger": "class A:\n    def run(self, df):\n        self.logger.info(df['email'])",
    "parameter by name": "def show(df: pd.DataFrame):\n    print(df['date_of_birth'])",
}
MUST_NOT_CATCH = {
    "mean": "print(df['income'].mean())",
    "length": "print(len(df['email']))",
    "described": "print(df['income'].describe())",
    "counted": "logger.info('%d', df['email'].nunique())",
    "missing": "print(df['email'].isna().sum())",
    "shape": "print(df[['email', 'phone']].shape)",
    "compared": "print((df['email'] == other).any())",
    "types": "print(df.dtypes, df.columns)",
    "hashed": "import hashlib\nprint(hashlib.sha256(df['email'].iloc[0].encode()).hexdigest())",
    "masked": "def mask(v):\n    return '***'\n\nprint(mask(df['email'].iloc[0]))",
    "predicted": "print(model.predict(df[['income', 'sex']]))",
    "other column": "print(df['score'])",
    "name alone": "print('email')",
    "configured": "print(config['email'], os.environ['EMAIL'], args.email)",
    "of an object": "print(user.email_address_count, settings.email)",
    "unknown owner": "print(response['email'])",
    "column list": "columns = ['email', 'phone']\nprint(columns)",
    "group means": "print(df.groupby('sex')['score'].mean())",
    "not printed": "emails = df['email']\nsend(emails)",
    "dropped": "print(df.drop(columns=['email']).head())",
    "function that counts": "def size(v):\n    print(len(v))\n\nsize(df['email'])",
    "local name": "def print(*a):\n    pass\n\nprint(df['email'])",
    "whole other table": "other = pd.read_csv('data/prices.csv')\nprint(other.head())",
    "ip of a server": "print(servers['ip address count'])",
}


@pytest.mark.parametrize("case", MUST_CATCH)
def test_values_of_people_that_leave_are_found(case, tmp_path):
    files = {"app.py": HEAD + MUST_CATCH[case] + "\n", "hauberk.yaml": MANIFEST}
    assert messages(on_files(personal_leak, tmp_path, files))


@pytest.mark.parametrize("case", MUST_NOT_CATCH)
def test_what_tells_of_nobody_is_left_alone(case, tmp_path):
    files = {"app.py": HEAD + MUST_NOT_CATCH[case] + "\n", "hauberk.yaml": MANIFEST}
    assert not messages(on_files(personal_leak, tmp_path, files))


def test_the_way_is_shown_across_files(tmp_path):
    files = {
        "tell.py": "import logging\n\n\ndef tell(text):\n    logging.info(text)\n",
        "app.py": "import pandas as pd\nfrom tell import tell\n\ndf = pd.read_csv('p.csv')\nmail = df['email'].iloc[0]\ntell(mail)\n",
    }
    (finding,) = [one for evidence in on_files(personal_leak, tmp_path, files) for one in evidence.findings]
    assert finding.place.path == "app.py"
    assert [step.place.path for step in finding.trace][:1] == ["app.py"]
    assert "tell.py" in {step.place.path for step in finding.trace}
    assert "'email' is taken out" in finding.trace[0].message


def test_it_is_found_in_a_notebook(tmp_path):
    cell = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": 1,
        "source": HEAD + "print(df['email'])\n",
    }
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (finding,) = [one for e in on_files(personal_leak, tmp_path, {"n.ipynb": json.dumps(book)}) for one in e.findings]
    assert finding.place.cell == 1


def test_in_tests_nothing_is_told(tmp_path):
    assert not messages(on_files(personal_leak, tmp_path, {"tests/test_a.py": HEAD + "print(df['email'])\n"}))
