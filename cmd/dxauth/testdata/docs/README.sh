# platform: demo
# store: keyring
unset DXAUTH_SERVER
SECRET=0123456789abcdefghijABCDEFGHIJ01
(umask 077 && echo "$SECRET" >token.txt)
cat >count-samples.sh <<'END'
#!/bin/sh
echo "24 samples in $(dxauth pwd | cut -d : -f 1)"
END
cat >program <<'END'
#!/bin/sh
exec dxauth whoami
END
ln -s program upload.sh
cat >test-my-scripts <<'END'
#!/bin/sh
echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects && dxauth whoami
END
chmod +x count-samples.sh program test-my-scripts
