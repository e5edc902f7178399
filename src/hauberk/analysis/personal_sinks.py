# SPDX-License-Identifier: Apache-2.0
"""Calls by which values leave for people or other systems: tables, and what finds their rows.

Sources: the libraries' own documentation.
"""

import re
from typing import NamedTuple

from hauberk.analysis.calls import dotted
from hauberk.assets.scopes import Call, name_of, text_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HANDS_ON = _words("""
str repr list tuple set dict sorted reversed zip enumerate map filter format join strip lower upper title split replace
encode decode head tail sample copy astype tolist to_list to_dict to_json to_string to_markdown to_csv to_html to_numpy
to_records values items iterrows itertuples unique fillna dropna drop_duplicates sort_values reset_index set_index
query where loc iloc at iat get pop explode squeeze collect to_pandas rename assign concat merge DataFrame Series array
asarray dumps pformat fromkeys iter next first last limit select nlargest capitalize ljust rjust center zfill apply
""")
"""Functions and methods whose answer holds the values that they were given."""
_LOG = re.compile(
    r"(?:logging|loguru\.logger|logging\.getLogger\(\)|structlog\.get_logger\(\)|(?:\w+\.)*app\.logger)"
    r"\.(?:debug|info|warning|warn|error|critical|exception|log|trace|success)"
)
_PRINT = re.compile(
    r"builtins\.print|pprint\.p?print|IPython\.display\.display|rich\.print|sys\.std(?:out|err)\.write|warnings\.warn"
    r"|click\.echo|typer\.echo|streamlit\.(?:write|dataframe|table|text|markdown|json)|tqdm\.(?:tqdm\.)?write"
)
_SEND = re.compile(
    r"(?:requests|httpx)\.(?:post|put|patch|get|request)|urllib\.request\.(?:Request|urlopen)"
    r"|(?:requests\.(?:\w+\.)*Session|httpx\.(?:Async)?Client|aiohttp\.(?:\w+\.)*ClientSession)\(\)"
    r"\.(?:post|put|patch|get|request)"
    r"|wandb\.(?:log|Table|config\.update|alert)|mlflow\.log_(?:params?|text|dict|table)"
    r"|smtplib\.SMTP(?:_SSL)?\(\)\.sendmail|slack_sdk\.\w+\(\)\.\w+"
    r"|sentry_sdk\.(?:capture_message|set_(?:user|tag|extra|context))"
    r"|openai\.OpenAI\(\)\.\S+\.create|anthropic\.Anthropic\(\)\.messages\.create"
)
_LOGGERS = _words("logger log _logger _log LOG LOGGER")
_LEVELS = _words("debug info warning error critical exception")
_WRITES = _words("write writelines writerow writerows write_text")
_VERBS = (
    _LEVELS
    | _WRITES
    | _words(
        "print pprint display echo warn log trace success post put patch get request Request urlopen Table update alert"
    )
    | _words(
        "log_param log_params log_text log_dict log_table sendmail capture_message set_user set_tag set_extra create"
    )
    | _words("set_context dataframe table text markdown json chat_postMessage")
)


class Sink(NamedTuple):
    """Where values leave."""

    kind: str
    """print, log, send or file."""
    words: str


def sink_of(call: Call) -> Sink | None:
    """The sink that a call is, or None."""
    last = call.function.child_by_field_name("attribute") or call.function
    verb = name_of(last)
    if last.type != "identifier" or (verb not in _VERBS and call.scope.look(verb) is None):
        return None
    names = dotted(call.function, call.scope)
    for kind, pattern in (("print", _PRINT), ("log", _LOG), ("send", _SEND)):
        for name in names:
            if pattern.fullmatch(name):
                return Sink(kind, name.replace("()", "").removeprefix("builtins."))
    owner = call.function.child_by_field_name("object")
    if owner is None:
        return None
    if text_of(owner).rpartition(".")[2] in _LOGGERS and verb in _LEVELS:
        return Sink("log", f"{text_of(owner)}.{verb}"[:60])
    if verb in _WRITES and any(name.startswith(("builtins.open()", "io.open()", "csv.", "pathlib.")) for name in names):
        return Sink("file", f"{text_of(owner)}.{verb}"[:60])
    return None
