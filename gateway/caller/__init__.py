"""A telephone caller that speaks SIP: places one call, says its lines when the other side is done, keeps what it heard.

It is the peer by which a gateway is tried and tested. It uses the same signalling and media as the gateway, from the
other end of the line.
"""
