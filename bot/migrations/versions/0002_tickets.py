"""tickets with referrals, notes and audit trail, consents, drafts of reports, staff on duty, mails"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("pin_hash", sa.String(128), nullable=False),
        sa.Column("wrong_pins", sa.Integer, nullable=False),
        sa.Column("pin_locked_until", MOMENT),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("result", sa.String(24)),
        sa.Column("owner", sa.String(64)),
        sa.Column("owner_name", sa.String(64)),
        sa.Column("claimed_at", MOMENT),
        sa.Column("owner_active_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("user_wrote_at", MOMENT),
        sa.Column("staff_wrote_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("brief", sa.LargeBinary, nullable=False),
        sa.Column("contact", sa.LargeBinary, nullable=False),
        sa.Column("context", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.LargeBinary),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
        sa.UniqueConstraint("key", name="uq_tickets_key"),
    )
    op.create_index("ix_tickets_state_due_at", "tickets", ["state", "due_at"])
    op.create_index("ix_tickets_owner_state", "tickets", ["owner", "state"])
    op.create_index("ix_tickets_conversation_id", "tickets", ["conversation_id"])
    op.create_index("ix_tickets_created_at", "tickets", ["created_at"])
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at"])
    op.create_table(
        "ticket_referrals",
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("contact", sa.String(48), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("why", sa.String(48), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64)),
        sa.Column("by_name", sa.String(64)),
        sa.Column("at", MOMENT),
        sa.PrimaryKeyConstraint("ticket_id", "contact", name="pk_ticket_referrals"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_ticket_referrals_ticket_id_tickets", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("author_name", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_notes"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_ticket_notes_ticket_id_tickets", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_ticket_notes_ticket_id", "ticket_notes", ["ticket_id"])
    op.create_table(
        "ticket_audit",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("change", sa.String(32), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_audit"),
        sa.UniqueConstraint("ticket_id", "seq", name="uq_ticket_audit_ticket_id_seq"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_ticket_audit_ticket_id_tickets", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(32)),
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("seq", sa.Integer),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.UniqueConstraint("report", "purpose", name="uq_consents_report_purpose"),
    )
    op.create_index("ix_consents_conversation_id", "consents", ["conversation_id"])
    op.create_index("ix_consents_ticket_id", "consents", ["ticket_id"])
    op.create_table(
        "report_drafts",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_report_drafts"),
    )
    op.create_index("ix_report_drafts_changed_at", "report_drafts", ["changed_at"])
    op.create_table(
        "on_duty",
        sa.Column("staff", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("available", sa.Boolean, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("staff", name="pk_on_duty"),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(32)),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("key", name="uq_mails_key"),
    )
    op.create_index("ix_mails_next_try_at", "mails", ["next_try_at"])
    op.create_table(
        "ticket_look_ups",
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_ticket_look_ups"),
    )


def downgrade() -> None:
    for table in (
        *("ticket_look_ups", "mails", "on_duty", "report_drafts", "consents"),
        *("ticket_audit", "ticket_notes", "ticket_referrals", "tickets"),
    ):
        op.drop_table(table)
