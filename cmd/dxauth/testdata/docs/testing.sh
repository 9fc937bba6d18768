# platform: none
# store: plaintext
cat >test-upload.sh <<'END'
#!/bin/sh
set -eu
echo wonderland-2026 | dxauth login --username alice --password-stdin --project "Exome 2026"
dxauth exec -- ./upload.sh
test "$(dxauth pwd)" = "Exome 2026:/"
END
cat >test-code.sh <<'END'
#!/bin/sh
set -eu
{ echo builder-2026; dxauth sandbox code bob; } | dxauth login --username bob --password-stdin --noprojects
test "$(dxauth whoami)" = bob
END
printf '#!/bin/sh\nexec dxauth whoami\n' >upload.sh
chmod +x *.sh
