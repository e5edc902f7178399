# SPDX-License-Identifier: Apache-2.0
"""Keys, identities and what they sign. Every signature of hauberk is two: Ed25519 and ML-DSA-65, and both must hold.

An identity is a name with roles and a pair of keys. ``$HAUBERK_KEYS``, else ``$XDG_CONFIG_HOME/hauberk/keys``, holds
``NAME.key`` (mode 0600, refused when others can read it) and ``NAME.pub`` (what others are given).

::

    identity = create("alice", roles=("approver",))     make a key and keep it        keystore
    identity = load("alice");  list_identities()        read it again
    identity = default_identity()                       the user's own; .fresh says that it was made just now
    identity = ephemeral("demo")                        kept nowhere
    identity.sign(message, context)  -> Signatures      identity
    verify(message, context, signatures, public_key)    raises SignatureInvalid       key
    public_key.text  <->  parse_public_key(data)        the .pub form                 key
    sign_note(text, identity);  open_note(data, keys)   C2SP signed notes             note
    seal(body, identity, kind); open_statement(s, keys) signed canonical JSON         statement
"""

from hauberk.signing.identity import Identity, ephemeral
from hauberk.signing.key import PublicKey, Signatures, parse_public_key, verify
from hauberk.signing.keystore import create, default_identity, key_folder, list_identities, load, load_public
from hauberk.signing.note import Note, open_note, sign_note
from hauberk.signing.statement import Statement, open_statement, parse_statement, seal

__all__ = [
    "Identity",
    "Note",
    "PublicKey",
    "Signatures",
    "Statement",
    "create",
    "default_identity",
    "ephemeral",
    "key_folder",
    "list_identities",
    "load",
    "load_public",
    "open_note",
    "open_statement",
    "parse_public_key",
    "parse_statement",
    "seal",
    "sign_note",
    "verify",
]
