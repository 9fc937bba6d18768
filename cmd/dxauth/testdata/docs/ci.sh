# platform: demo
# store: plaintext
cat >upload.sh <<'END'
#!/bin/sh
# The token of exec, not that of the job, which reaches more.
set -eu
dxauth whoami
[ "$DX_SECURITY_CONTEXT" ] && ! echo "$DX_SECURITY_CONTEXT" | grep 0123456789abcdefghij
END
cp upload.sh download.sh
chmod +x upload.sh download.sh
