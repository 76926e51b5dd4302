"""Deadlines, notes and decisions of cases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deadline",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("responsible_id", _BIG, nullable=True),
        sa.Column("unit_id", _BIG, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_name", sa.String(200), nullable=True),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_deadline_case_id_case_file")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_deadline_record_id_record")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["user_account.id"], name=op.f("fk_deadline_responsible_id_user_account")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_deadline_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        sa.UniqueConstraint("uid", name=op.f("uq_deadline_uid")),
    )
    for columns in (
        ["case_id"],
        ["state", "due_on"],
        ["responsible_id", "state", "due_on"],
        ["unit_id", "state", "due_on"],
    ):
        _index("deadline", columns)
    op.create_table(
        "case_note",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("corrects_id", _BIG, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_note_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_case_note_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["case_note.id"], name=op.f("fk_case_note_corrects_id_case_note")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_note_uid")),
    )
    _index("case_note", ["case_id", "made_at"])
    _create_decision()
    _index("record", ["moved_to_id"])
    _protect_notes()


def downgrade() -> None:
    op.drop_index(op.f("ix_record_moved_to_id"), "record")
    op.drop_table("decision")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER case_note_unchanged ON case_note")
        op.execute("DROP FUNCTION refuse_note_change()")
    op.drop_table("case_note")
    op.drop_table("deadline")


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("body", sa.String(200), nullable=False),
        sa.Column("paragraph", sa.String(40), nullable=True),
        sa.Column("delegation_point", sa.String(40), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", _BIG, nullable=True),
        sa.Column("registered_by_name", sa.String(200), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_decision_case_id_case_file")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_decision_record_id_record")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["user_account.id"], name=op.f("fk_decision_registered_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("uid", name=op.f("uq_decision_uid")),
    )
    _index("decision", ["case_id"])
    _index("decision", ["decided_on"])


def _index(table: str, columns: list[str]) -> None:
    name = "_".join([columns[0], *(f"{table}_{column}" for column in columns[1:])])
    op.create_index(op.f(f"ix_{table}_{name}"), table, columns)


def _protect_notes() -> None:
    """A note is never changed nor removed, whatever statement asks for it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_note_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'case_note is never changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER case_note_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON case_note "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_note_change()"
        )
        return
    for name, verb in (("unchanged", "UPDATE"), ("kept", "DELETE")):
        op.execute(
            f"CREATE TRIGGER case_note_{name} BEFORE {verb} ON case_note "
            "BEGIN SELECT RAISE(ABORT, 'case_note is never changed'); END"
        )
