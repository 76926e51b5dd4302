"""Disposal, and what is struck out of the log by it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
# What is left of an event when its values are struck out.
_KEPT = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "action",
    "authority_code",
    "entity_type",
    "entity_uid",
    "request_id",
)
_STRUCK = ("before", "after", "reason", "salt")
_TABLES = (
    "disposal_content",
    "disposal_item",
    "disposal_proposal",
    "disposal_counter",
    "retention_day",
    "legal_hold",
    "case_disposal",
)


def upgrade() -> None:
    op.add_column("case_file", sa.Column("disposed", sa.String(40), nullable=True))
    op.add_column("audit_event", sa.Column("salt", sa.String(32), nullable=True))
    _create_case_disposal()
    _create_hold()
    _create_proposal()
    _create_redaction()
    _allow_striking_out()
    _allow_disposing_of_notes()


def downgrade() -> None:
    _keep_notes()
    _refuse_all_changes()
    op.drop_table("audit_redaction")
    for table in _TABLES:
        op.drop_table(table)
    op.drop_column("audit_event", "salt")
    op.drop_column("case_file", "disposed")


def _create_case_disposal() -> None:
    op.create_table(
        "case_disposal",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("depth", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(300), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by_name", sa.String(200), nullable=False),
        sa.Column("certificate", sa.String(60), nullable=False),
        sa.Column("certificate_uid", sa.Uuid(), nullable=False),
        sa.Column("disposed_at", _MOMENT, nullable=False),
        sa.Column("record_count", _BIG, nullable=False),
        sa.Column("file_count", _BIG, nullable=False),
        sa.Column("files", _JSON, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_disposal_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_disposal")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_disposal_uid")),
        sa.UniqueConstraint("case_id", "depth", name=op.f("uq_case_disposal_case_id_depth")),
    )


def _create_hold() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by_name", sa.String(200), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_legal_hold_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_legal_hold_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
        sa.UniqueConstraint("uid", name=op.f("uq_legal_hold_uid")),
    )
    op.create_index(op.f("ix_legal_hold_case_id"), "legal_hold", ["case_id"])
    op.create_table(
        "retention_day",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.Column("noted_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_retention_day_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_retention_day")),
    )


def _create_proposal() -> None:
    op.create_table(
        "disposal_counter",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("last_number", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_disposal_counter_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "year", name=op.f("pk_disposal_counter")),
    )
    op.create_table(
        "disposal_proposal",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("depth", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by_id", _BIG, nullable=True),
        sa.Column("proposed_by_name", sa.String(200), nullable=False),
        sa.Column("decision", sa.String(200), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _BIG, nullable=True),
        sa.Column("decided_by_name", sa.String(200), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("last_change_id", _BIG, nullable=True),
        *(
            sa.Column(name, _BIG, nullable=False)
            for name in (
                "contents_removed",
                "contents_kept",
                "bytes_removed",
                "events_struck",
                "packages_removed",
                "version",
            )
        ),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_disposal_proposal_authority_id_authority")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{what}_by_id"],
                ["user_account.id"],
                name=op.f(f"fk_disposal_proposal_{what}_by_id_user_account"),
            )
            for what in ("proposed", "decided")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_proposal")),
        sa.UniqueConstraint("uid", name=op.f("uq_disposal_proposal_uid")),
        sa.UniqueConstraint(
            "authority_id", "year", "number", name=op.f("uq_disposal_proposal_authority_id_year_number")
        ),
    )
    op.create_index(op.f("ix_disposal_proposal_state_disposal_proposal_id"), "disposal_proposal", ["state", "id"])
    op.create_table(
        "disposal_item",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("proposal_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("number_text", sa.String(60), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("rule", sa.String(300), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        *(
            sa.Column(name, _BIG, nullable=False)
            for name in ("record_count", "file_count", "byte_count", "paper_count")
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("disposed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["disposal_proposal.id"],
            name=op.f("fk_disposal_item_proposal_id_disposal_proposal"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_disposal_item_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_item")),
        sa.UniqueConstraint("proposal_id", "case_id", name=op.f("uq_disposal_item_proposal_id_case_id")),
    )
    op.create_index(
        op.f("ix_disposal_item_proposal_id_disposal_item_state_disposal_item_id"),
        "disposal_item",
        ["proposal_id", "state", "id"],
    )
    op.create_index(op.f("ix_disposal_item_case_id"), "disposal_item", ["case_id"])
    op.create_table(
        "disposal_content",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("proposal_id", _BIG, nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["disposal_proposal.id"],
            name=op.f("fk_disposal_content_proposal_id_disposal_proposal"),
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_disposal_content")),
    )
    op.create_index(op.f("ix_disposal_content_proposal_id"), "disposal_content", ["proposal_id"])


def _create_redaction() -> None:
    op.create_table(
        "audit_redaction",
        sa.Column("event_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("remaining", sa.String(64), nullable=False),
        sa.Column("decision", sa.String(300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(88), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_audit_redaction_event_id_audit_event")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_redaction")),
    )


def _allow_striking_out() -> None:
    """An event with a redaction may lose its values, and nothing else of it may change."""
    if op.get_bind().dialect.name == "postgresql":
        # SECURITY and search path as the caller's: the tables are those of the register.
        kept = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _KEPT)
        struck = " OR ".join(f"NEW.{name} IS NOT NULL" for name in _STRUCK)
        op.execute(
            "CREATE FUNCTION refuse_but_striking_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 (names of ours)
            f"IF {kept} OR {struck} OR NEW.entity_label NOT IN (OLD.entity_label, '') OR NOT EXISTS "
            "(SELECT 1 FROM audit_redaction WHERE event_id = OLD.id) THEN "
            "RAISE EXCEPTION 'audit_event is append-only'; END IF; RETURN NEW; END $$"
        )
        op.execute("DROP TRIGGER audit_event_append_only ON audit_event")
        op.execute(
            "CREATE TRIGGER audit_event_append_only BEFORE DELETE OR TRUNCATE ON audit_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER audit_event_strike_out BEFORE UPDATE ON audit_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_but_striking_out()"
        )
        op.execute(
            "CREATE TRIGGER audit_redaction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_redaction "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    kept = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _KEPT)
    struck = " OR ".join(f"NEW.{name} IS NOT NULL" for name in _STRUCK)
    op.execute("DROP TRIGGER audit_event_no_update")
    op.execute(
        f"CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event WHEN {kept} OR {struck} "  # noqa: S608 (names of ours)
        "OR NEW.entity_label NOT IN (OLD.entity_label, '') "
        "OR NOT EXISTS (SELECT 1 FROM audit_redaction WHERE event_id = OLD.id) "
        "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_redaction_no_{verb.lower()} BEFORE {verb} ON audit_redaction "
            "BEGIN SELECT RAISE(ABORT, 'audit_redaction is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER audit_redaction_no_replace BEFORE INSERT ON audit_redaction "
        "WHEN EXISTS (SELECT 1 FROM audit_redaction WHERE event_id = NEW.event_id) "
        "BEGIN SELECT RAISE(ABORT, 'audit_redaction is append-only'); END"
    )


def _allow_disposing_of_notes() -> None:
    """A note goes with its case, once it is noted that the case is disposed of; else it is never removed."""
    gone = "EXISTS (SELECT 1 FROM case_disposal WHERE case_id = OLD.case_id AND depth = 'everything')"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER case_note_unchanged ON case_note")
        op.execute(
            "CREATE FUNCTION refuse_note_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT {gone} THEN RAISE EXCEPTION 'case_note is never changed'; END IF; RETURN OLD; END $$"
        )
        op.execute(
            "CREATE TRIGGER case_note_unchanged BEFORE UPDATE OR TRUNCATE ON case_note "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_note_change()"
        )
        op.execute(
            "CREATE TRIGGER case_note_kept BEFORE DELETE ON case_note "
            "FOR EACH ROW EXECUTE FUNCTION refuse_note_removal()"
        )
        return
    op.execute("DROP TRIGGER case_note_kept")
    op.execute(
        f"CREATE TRIGGER case_note_kept BEFORE DELETE ON case_note WHEN NOT {gone} "
        "BEGIN SELECT RAISE(ABORT, 'case_note is never changed'); END"
    )


def _keep_notes() -> None:
    """As it was: a note is never removed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER case_note_kept ON case_note")
        op.execute("DROP TRIGGER case_note_unchanged ON case_note")
        op.execute("DROP FUNCTION refuse_note_removal()")
        op.execute(
            "CREATE TRIGGER case_note_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON case_note "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_note_change()"
        )
        return
    op.execute("DROP TRIGGER case_note_kept")
    op.execute(
        "CREATE TRIGGER case_note_kept BEFORE DELETE ON case_note "
        "BEGIN SELECT RAISE(ABORT, 'case_note is never changed'); END"
    )


def _refuse_all_changes() -> None:
    """As it was: events are only ever added to."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_redaction_append_only ON audit_redaction")
        op.execute("DROP TRIGGER audit_event_strike_out ON audit_event")
        op.execute("DROP FUNCTION refuse_but_striking_out()")
        op.execute("DROP TRIGGER audit_event_append_only ON audit_event")
        op.execute(
            "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for name in (
        "audit_redaction_no_update",
        "audit_redaction_no_delete",
        "audit_redaction_no_replace",
        "audit_event_no_update",
    ):
        op.execute(f"DROP TRIGGER {name}")
    op.execute(
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
    )
