"""What an export was chosen by, and its parts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_OF_PACKAGE = ("package_name", "package_sha256", "package_size", "report")

# What was one package becomes the first part; it keeps the identifier that stands in the package.
_PARTS = """
INSERT INTO export_part (uid, export_id, number, state, case_count, file_count, byte_count, has_protected,
                         progress, files_done, bytes_done, bytes_checked, finished_at, package_name,
                         package_sha256, package_size, report, error)
SELECT e.uid, e.id, 1, e.state, e.total,
       (SELECT count(*) FROM document d JOIN record r ON r.id = d.record_id
        JOIN export_item i ON i.case_id = r.case_id WHERE i.export_id = e.id),
       (SELECT coalesce(sum(b.size), 0) FROM blob b JOIN document d ON d.sha256 = b.sha256
        JOIN record r ON r.id = d.record_id JOIN export_item i ON i.case_id = r.case_id WHERE i.export_id = e.id),
       CASE WHEN EXISTS (SELECT 1 FROM party p JOIN export_item i ON i.case_id = p.case_id
                         WHERE i.export_id = e.id AND p.is_protected)
              OR EXISTS (SELECT 1 FROM party p JOIN record r ON r.id = p.record_id
                         JOIN export_item i ON i.case_id = r.case_id WHERE i.export_id = e.id AND p.is_protected)
            THEN {true} ELSE {false} END,
       e.progress, 0, 0, 0, e.finished_at, e.package_name, e.package_sha256, e.package_size, e.report, e.error
FROM export e
"""
_BACK = """
UPDATE export SET {column} = (SELECT p.{column} FROM export_part p
                              WHERE p.export_id = export.id AND p.number = 1)
"""


def upgrade() -> None:
    _create_part()
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(_PARTS.format(true="true", false="false") if is_postgresql else _PARTS.format(true="1", false="0"))
    with op.batch_alter_table("export_item") as item:
        item.add_column(sa.Column("part_id", _BIG, nullable=True))
        item.create_foreign_key(op.f("fk_export_item_part_id_export_part"), "export_part", ["part_id"], ["id"])
    op.create_index(op.f("ix_export_item_part_id"), "export_item", ["part_id"])
    op.execute(
        "UPDATE export_item SET part_id ="
        " (SELECT p.id FROM export_part p WHERE p.export_id = export_item.export_id)"
    )
    with op.batch_alter_table("export") as export:
        export.add_column(sa.Column("criteria", _JSON, nullable=False, server_default="{}"))
        export.add_column(sa.Column("agreement_id", _BIG, nullable=True))
        export.add_column(sa.Column("profile", sa.String(40), nullable=False, server_default="fgs2"))
        export.add_column(sa.Column("record_status", sa.String(40), nullable=False, server_default="NEW"))
        export.add_column(sa.Column("replaces_id", _BIG, nullable=True))
        for column in ("max_bytes", "max_files", "max_cases", "files_per_second", "bytes_per_second"):
            export.add_column(sa.Column(column, _BIG, nullable=True))
        export.add_column(sa.Column("started_at", _MOMENT, nullable=True))
        export.add_column(sa.Column("held_by", sa.String(200), nullable=True))
        export.create_foreign_key(
            op.f("fk_export_agreement_id_delivery_agreement"), "delivery_agreement", ["agreement_id"], ["id"]
        )
        export.create_foreign_key(op.f("fk_export_replaces_id_export"), "export", ["replaces_id"], ["id"])
        for column in _OF_PACKAGE:
            export.drop_column(column)
    op.create_index(op.f("ix_export_state"), "export", ["state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_export_state"), "export")
    with op.batch_alter_table("export") as export:
        export.add_column(sa.Column("package_name", sa.String(200), nullable=True))
        export.add_column(sa.Column("package_sha256", sa.String(64), nullable=True))
        export.add_column(sa.Column("package_size", _BIG, nullable=True))
        export.add_column(sa.Column("report", _JSON, nullable=True))
    for column in _OF_PACKAGE:
        op.execute(_BACK.format(column=column))
    with op.batch_alter_table("export") as export:
        export.drop_constraint(op.f("fk_export_replaces_id_export"), type_="foreignkey")
        export.drop_constraint(op.f("fk_export_agreement_id_delivery_agreement"), type_="foreignkey")
        for column in ("held_by", "started_at"):
            export.drop_column(column)
        for column in ("max_bytes", "max_files", "max_cases", "files_per_second", "bytes_per_second"):
            export.drop_column(column)
        for column in ("replaces_id", "record_status", "profile", "agreement_id", "criteria"):
            export.drop_column(column)
    op.drop_index(op.f("ix_export_item_part_id"), "export_item")
    with op.batch_alter_table("export_item") as item:
        item.drop_constraint(op.f("fk_export_item_part_id_export_part"), type_="foreignkey")
        item.drop_column("part_id")
    op.drop_table("export_part")


def _create_part() -> None:
    counts = ("case_count", "file_count", "byte_count", "progress", "files_done", "bytes_done", "bytes_checked")
    op.create_table(
        "export_part",
        sa.Column("export_id", _BIG, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        *(sa.Column(name, _BIG, nullable=False) for name in counts),
        sa.Column("has_protected", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("package_name", sa.String(200), nullable=True),
        sa.Column("package_sha256", sa.String(64), nullable=True),
        sa.Column("package_size", _BIG, nullable=True),
        sa.Column("report", _JSON, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["export.id"], name=op.f("fk_export_part_export_id_export")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_part")),
        sa.UniqueConstraint("export_id", "number", name=op.f("uq_export_part_export_id_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_export_part_uid")),
    )
