"""WeChat: 公众号, mini programs and 微信客服. What the platforms send, what they are answered, and their interfaces."""
