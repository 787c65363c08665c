"""messages that the bot did not understand"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "not_understood",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name="pk_not_understood"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_not_understood_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_not_understood_at", "not_understood", ["at"])


def downgrade() -> None:
    op.drop_index("ix_not_understood_at", "not_understood")
    op.drop_table("not_understood")
