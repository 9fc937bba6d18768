# platform: demo
# store: auto
cat >list-samples.sh <<'END'
#!/bin/sh
echo "24 samples in $(dxauth pwd | cut -d : -f 1)"
END
cp list-samples.sh align.sh
chmod +x list-samples.sh align.sh
# A Slurm of one machine, which passes on nothing but the home.
cat >../../bin/sbatch <<END
#!/bin/sh
exec env -i HOME="\$HOME" PATH="\$PATH" DXAUTH_SERVER="\$DXAUTH_SERVER" bash "\$2"
END
chmod +x ../../bin/sbatch
trap 'unset DXAUTH_STATE_DIR; dxauth logout --all --yes' EXIT # the kernel's keys outlive the test
