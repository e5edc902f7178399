# SPDX-License-Identifier: Apache-2.0
from sqlalchemy.orm import Session
def users(session: Session, name):
    return session.query(User).filter(User.name == name).all()
