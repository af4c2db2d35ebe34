"""Custom actions, one module per business area. The SDK imports every module here: nothing but actions lives here."""
