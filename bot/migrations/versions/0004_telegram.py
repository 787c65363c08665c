"""chats and updates of Telegram, codes that move a conversation to another channel"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "telegram_chats",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("chat_id", sa.LargeBinary, nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("delivered_seq", sa.Integer, nullable=False),
        sa.Column("bundle_end", sa.Integer, nullable=False),
        sa.Column("parts_sent", sa.Integer, nullable=False),
        sa.Column("keyboard", sa.Boolean, nullable=False),
        sa.Column("moved_away", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("blocked_at", MOMENT),
        sa.Column("staff_typing_until", MOMENT),
        sa.Column("active_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_telegram_chats"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_telegram_chats_conversation_id_conversations",
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint("conversation_id", name="uq_telegram_chats_conversation_id"),
    )
    op.create_index("ix_telegram_chats_active_at", "telegram_chats", ["active_at"])
    op.create_table(
        "telegram_updates",
        sa.Column("update_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("handled_at", MOMENT),
        sa.PrimaryKeyConstraint("update_id", name="pk_telegram_updates"),
    )
    op.create_index("ix_telegram_updates_handled_at", "telegram_updates", ["handled_at"])
    op.create_table(
        "move_codes",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("to", sa.String(16), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_move_codes"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_move_codes_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_move_codes_conversation_id", "move_codes", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("move_codes")
    op.drop_table("telegram_updates")
    op.drop_table("telegram_chats")
