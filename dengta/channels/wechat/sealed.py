"""What is sealed in the tables of WeChat, for the rotation of data keys."""
from dengta.channels.wechat import inbox, pieces, tokens
from dengta.channels.wechat.tables import access_token, wechat_inbox, wechat_out
from dengta.privacy.rotation import SealedColumn

COLUMNS = (
    SealedColumn(wechat_inbox, [wechat_inbox.c.id], wechat_inbox.c.content, inbox.place),
    SealedColumn(wechat_out, [wechat_out.c.id], wechat_out.c.content, pieces.place),
    SealedColumn(
        access_token, [access_token.c.account], access_token.c.token, lambda row: tokens.place(row.account)
    ),
)
