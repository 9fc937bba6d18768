# platform: demo
# store: plaintext
unset DXAUTH_SERVER
