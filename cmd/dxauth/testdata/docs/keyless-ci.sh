# platform: trusting
# store: plaintext
cat >upload.sh <<'END'
#!/bin/sh
# The token of exec is that of the account for jobs, and reaches the project.
set -eu
test "$(dxauth whoami)" = genomics_ci
dxauth api project-qjgQ87qZ9bXjz2bQzkXPBVyF describe '{"fields": {"level": true}}' | grep -q CONTRIBUTE
END
chmod +x upload.sh
