# SPDX-License-Identifier: Apache-2.0
"""``hauberk key``: identities, each a name with roles and two private keys that stay on this machine."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli.options import Json, Quiet
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import KeyUnavailable
from hauberk.signing.key import PublicKey, check_name, check_roles
from hauberk.signing.keystore import create, default_name, key_folder, list_identities, load_public

app = App(
    name="key",
    help=(
        "Make and list identities. An identity is a name, roles and two private keys (Ed25519 and ML-DSA-65). They are "
        "kept in $HAUBERK_KEYS, else $XDG_CONFIG_HOME/hauberk/keys, readable by their owner alone."
    ),
)


@app.command
def new(
    *,
    name: Annotated[str, Parameter(help="Who signs: a person or a machine.")],
    role: Annotated[
        tuple[str, ...], Parameter(help="What they may do, such as approver; repeatable.", negative="")
    ] = (),
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Make an identity and keep its private keys for yourself.

    The first one becomes the default. Give the .pub file to whoever is to verify what you sign.

    Example: hauberk key new --name alice --role approver
    """
    identity = create(name, check_roles(tuple(sorted(set(role)))))
    if json:
        sys.stdout.write(encode_pretty(_facts(identity.public, default=default_name(key_folder()) == name)) + "\n")
    elif not quiet and identity.path is not None:
        sys.stdout.write(
            f"made {identity.public.id}\n"
            f"  private keys  {identity.path}  (yours alone; back them up, and never beside a ledger)\n"
            f"  public key    {identity.path.with_suffix('.pub')}  (give it to whoever is to verify)\n"
        )
    return 0


@app.command(name="list")
def list_keys(*, json: Json = False, quiet: Quiet = False) -> int:
    """List the identities of this user.

    Example: hauberk key list
    """
    chosen = default_name(key_folder())
    keys = list(list_identities())
    if json:
        sys.stdout.write(encode_pretty([_facts(key, default=key.name == chosen) for key in keys]) + "\n")
        return 0
    for key in keys:
        mark = "  (default)" if key.name == chosen else ""
        sys.stdout.write(f"{key.id}  {' '.join(key.roles) or '-'}{mark}\n")
    if not keys and not quiet:
        sys.stderr.write(f"no key in {key_folder()}; make one: hauberk key new --name NAME\n")
    return 0


@app.command
def show(name: str = "", /, *, json: Json = False, quiet: Quiet = False) -> int:
    """Print a public key in the form that `hauberk verify --key` reads.

    Without a NAME, that of the default identity.

    Example: hauberk key show alice > alice.pub
    """
    del quiet  # the key is the output
    folder = key_folder()
    name = name or default_name(folder)
    if not name:
        message = f"no key in {folder}"
        raise KeyUnavailable(message, remedy="hauberk key new --name NAME")
    key = load_public(folder / f"{check_name(name)}.pub")
    sys.stdout.write(encode_pretty(_facts(key, default=default_name(folder) == name)) + "\n" if json else key.text)
    return 0


def _facts(key: PublicKey, *, default: bool) -> dict[str, object]:
    return {
        "schema": "hauberk/key/1",
        "id": key.id,
        "name": key.name,
        "roles": key.roles,
        "default": default,
        "public": key.text,
    }
